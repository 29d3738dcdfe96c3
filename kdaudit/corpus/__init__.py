"""Where the text comes from: readers, the embedded corpus and planted cases.

Reads the user's files through `readers`; writes nothing. `subwords` is imported
on its own, since it needs SentencePiece.
"""

from kdaudit.corpus.embedded import embedded_splits, generate, generate_sources
from kdaudit.corpus.planted import KINDS, Planting, plant
from kdaudit.corpus.readers import (
    joined,
    read_aligned,
    read_dataset,
    read_lines,
    read_sources,
    read_table,
    read_tsv,
)

__all__ = [
    "KINDS",
    "Planting",
    "embedded_splits",
    "generate",
    "generate_sources",
    "joined",
    "plant",
    "read_aligned",
    "read_dataset",
    "read_lines",
    "read_sources",
    "read_table",
    "read_tsv",
]
