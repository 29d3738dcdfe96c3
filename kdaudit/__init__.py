"""Audit what distilled translation models memorize and hallucinate.

The command line is `python -m kdaudit`. In Python, the public names are `audit` and `compare`,
which give back tables (`kdaudit.api`), the version, the exception tree in `kdaudit.errors` and
the aligned text in `kdaudit.segments`; each package documents its own.
"""

from typing import TYPE_CHECKING, Any

from kdaudit._version import __version__

if TYPE_CHECKING:
    from kdaudit.api import Audited, Compared, audit, compare

__all__ = ["Audited", "Compared", "__version__", "audit", "compare"]


def __getattr__(name: str) -> Any:
    """The names of `kdaudit.api`, imported when they are first asked for: it takes a second."""
    if name in __all__:
        from kdaudit import api

        return getattr(api, name)
    raise AttributeError(f"module 'kdaudit' has no attribute '{name}'")
