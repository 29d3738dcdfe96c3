"""Parquet, read in parts; a packed file is unpacked in memory; writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kdaudit.corpus.readers.columns import Columns, by_name, from_tables, missing, segments
from kdaudit.corpus.readers.streams import check_kind, content, explained, packing
from kdaudit.errors import InputError, first_line
from kdaudit.segments import Segments

_ROWS = 10_000  # of a part


def read_parquet(path: Path, columns: Columns | None = None, first: int | None = None) -> Segments:
    """Columns by their names; `source` and `target` by default. Errors name the row, from 1."""
    names = by_name(columns, path)
    return segments(from_tables(_parts(path, names.values()), names, path, first))


def _parts(path: Path, wanted: Iterable[str]) -> Iterator[pa.Table]:
    with ExitStack() as stack:
        try:
            check_kind(path)
            packed = packing(path)
            file = (
                pa.BufferReader(content(path)) if packed else stack.enter_context(path.open("rb"))
            )
        except OSError as error:
            raise explained(error, path, "") from error
        try:
            whole = pq.ParquetFile(file)
            columns = _columns(whole.schema_arrow.names, wanted, path)
            for batch in whole.iter_batches(_ROWS, columns=columns):
                yield pa.table(batch)
        except (pa.ArrowException, UnicodeDecodeError, OSError) as error:  # damaged names, too
            raise InputError(f"is no whole Parquet file: {first_line(error)}", path=path) from error


def _columns(there: list[str], wanted: Iterable[str], path: Path) -> list[str]:
    """The names of the columns that hold what is wanted, at the top or inside."""
    tops = []
    for name in wanted:
        top = name if name in there else name.split(".")[0]
        if top not in there:
            raise missing(name, there, path)
        tops.append(top)
    return tops
