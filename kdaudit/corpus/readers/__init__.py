"""Readers of parallel text and of sources alone; read files and data sets, write nothing.

Text is UTF-8, strictly, and comes out to the letter; of a byte order mark at the
beginning of a file nothing is kept. `.gz` and `.zst` files are unpacked, by name.
Columns of the result: `source`, `target` (null without targets), then attributes;
ids count from 0 in input order. With `first` only so many rows are read. Every
mistake of the input is an InputError with the path, and the line or row where
there is one.
"""

from __future__ import annotations

from pathlib import Path

from kdaudit.corpus.readers.columns import Columns, joined
from kdaudit.corpus.readers.delimited import read_csv, read_tsv
from kdaudit.corpus.readers.hub import read_dataset
from kdaudit.corpus.readers.jsonl import read_jsonl
from kdaudit.corpus.readers.parquet import read_parquet
from kdaudit.corpus.readers.streams import PACKED, packing
from kdaudit.corpus.readers.text import read_aligned, read_lines, read_sources
from kdaudit.errors import InputError
from kdaudit.segments import Segments

TABLES = {
    ".csv": read_csv,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".parquet": read_parquet,
    ".tsv": read_tsv,
}
"""Readers of tables by the ending of the file's name."""


def read_table(path: Path, columns: Columns | None = None, first: int | None = None) -> Segments:
    """A table of the form that its name says."""
    ending = path.with_suffix("").suffix if packing(path) else path.suffix
    if ending not in TABLES:
        raise InputError(
            f"unknown ending '{ending}' (known: {', '.join(TABLES)}; "
            f"each also with {' or '.join(PACKED)})",
            path=path,
        )
    return TABLES[ending](path, columns, first)


__all__ = [
    "Columns",
    "joined",
    "read_aligned",
    "read_csv",
    "read_dataset",
    "read_jsonl",
    "read_lines",
    "read_parquet",
    "read_sources",
    "read_table",
    "read_tsv",
]
