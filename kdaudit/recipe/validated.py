"""How many training pairs serve for validation where no other pairs are given; reads a text."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

from kdaudit.corpus.readers.streams import raw_lines

VALIDATED = 500
"""Training pairs whose loss is shown while a model trains; nothing depends on it."""


def validated(source: Path) -> int:
    """So many, or all lines of a smaller corpus; 1 of an empty one: its reader says that it is."""
    return max(sum(1 for _ in islice(raw_lines(source), VALIDATED)), 1)
