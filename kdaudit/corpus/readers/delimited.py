"""TSV without header or quoting, and CSV with both; writes nothing.

A TSV file has its columns by number, from 0, and every line has as many as the
first one. A CSV file is that of RFC 4180: commas, a header, and quoted cells that
may hold commas, doubled quotes and line breaks. Python's own reader is not used:
it drops lone carriage returns, and limits the length of a cell for the whole process.
All cells are text, empty ones too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice
from operator import itemgetter
from pathlib import Path

from kdaudit.corpus.readers.columns import (
    Columns,
    by_name,
    check_first,
    from_rows,
    missing,
    segments,
)
from kdaudit.corpus.readers.streams import lines, without_end
from kdaudit.errors import InputError
from kdaudit.segments import Segments

BY_NUMBER: Columns = {"source": 0, "target": 1}

_CELL = re.compile(r'(?:"([^"]*(?:""[^"]*)*)"|([^",]*))(,|\Z)')


def read_tsv(path: Path, columns: Columns | None = None, first: int | None = None) -> Segments:
    """Columns of a TSV file; the first two by default."""
    columns = columns or BY_NUMBER
    numbers = []
    for there in columns.values():
        if not isinstance(there, int) or there < 0:
            raise InputError(
                f"columns: a TSV file has no header; expected a number from 0, not '{there}'",
                path=path,
            )
        numbers.append(there)
    return _chosen(_tsv_rows(path, max(numbers) + 1), numbers, list(columns), path, first)


def read_csv(path: Path, columns: Columns | None = None, first: int | None = None) -> Segments:
    """Columns of a CSV file by the names in its header; `source` and `target` by default."""
    names = by_name(columns, path)
    records = _records(path)
    header = _cells(*next(records), path)
    for name in header:
        if header.count(name) > 1:
            raise InputError(f"the header has two columns '{name}'", path=path, line=1)
    for name in names.values():
        if name not in header:
            raise missing(name, header, path, 1)
    numbers = [header.index(name) for name in names.values()]
    return _chosen(_csv_rows(records, len(header), path), numbers, list(names), path, first)


def _chosen(
    rows: Iterator[list[str]],
    numbers: Sequence[int],
    names: Sequence[str],
    path: Path,
    first: int | None,
) -> Segments:
    """The cells of those numbers under those names."""
    # Of one number, itemgetter gives the cell itself and no tuple.
    choose = itemgetter(*numbers) if len(numbers) > 1 else lambda row: (row[numbers[0]],)
    table = from_rows(map(choose, islice(rows, first)), names, path)
    check_first(first, len(table), path)
    return segments(table)


def _tsv_rows(path: Path, needed: int) -> Iterator[list[str]]:
    expected = 0
    for number, line in enumerate(lines(path), start=1):
        cells = without_end(line).split("\t")
        if len(cells) < needed:
            raise InputError(
                f"{len(cells)} tab-separated columns, at least {needed} needed",
                path=path,
                line=number,
            )
        expected = expected or len(cells)
        if len(cells) != expected:
            raise InputError(
                f"{len(cells)} tab-separated columns, the first line has {expected}",
                path=path,
                line=number,
            )
        yield cells


def _csv_rows(records: Iterator[tuple[int, str]], width: int, path: Path) -> Iterator[list[str]]:
    for number, record in records:
        cells = _cells(number, record, path)
        if len(cells) != width:
            raise InputError(f"{len(cells)} cells, the header has {width}", path=path, line=number)
        yield cells


def _records(path: Path) -> Iterator[tuple[int, str]]:
    """Lines, joined where a quoted cell goes on in the next one, with the first one's number."""
    start, parts = 1, list[str]()
    is_open = False
    for number, line in enumerate(lines(path), start=1):
        if not parts:
            start = number
        parts.append(line)
        is_open ^= line.count('"') % 2 == 1
        if not is_open:
            yield start, without_end("".join(parts))
            parts = []
    if parts:
        raise InputError(
            "a quote that is opened in this row is never closed", path=path, line=start
        )


def _cells(number: int, record: str, path: Path) -> list[str]:
    if '"' not in record:
        return record.split(",")
    cells: list[str] = []
    position, comma = 0, ","
    while comma:
        match = _CELL.match(record, position)
        if match is None:
            raise InputError(
                f"cell {len(cells) + 1} has a quote inside: expected it doubled, in a quoted cell",
                path=path,
                line=number,
            )
        quoted, plain, comma = match.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        position = match.end()
    return cells
