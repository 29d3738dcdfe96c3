"""Audit what distilled translation models memorize and hallucinate.

The command line is `python -m kdaudit`. In Python, the public names are the
version, the exception tree in `kdaudit.errors` and the aligned text in
`kdaudit.segments`; each package documents its own.
"""

from kdaudit._version import __version__

__all__ = ["__version__"]
