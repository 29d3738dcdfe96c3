"""Where the text comes from: readers, the embedded corpus and planted cases.

Reads the user's files through `readers`; writes nothing. `subwords` is imported
on its own, since it needs SentencePiece.
"""

from kdaudit.corpus.embedded import embedded_splits, generate
from kdaudit.corpus.planted import KINDS, Planting, plant
from kdaudit.corpus.readers import (
    AlignedFiles,
    TsvFile,
    read,
    read_aligned,
    read_lines,
    read_tsv,
)

__all__ = [
    "KINDS",
    "AlignedFiles",
    "Planting",
    "TsvFile",
    "embedded_splits",
    "generate",
    "plant",
    "read",
    "read_aligned",
    "read_lines",
    "read_tsv",
]
