"""How a file of a run directory is read: its hash is looked at before, what is wrong is said."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kdaudit.artifacts.layout import Shard, shard_name
from kdaudit.errors import ArtifactError, first_line
from kdaudit.recorded import check_recorded

PART_ROWS = 65_536
"""Rows of a part of a table that is not held as a whole."""

_BROKEN = (pa.ArrowException, UnicodeDecodeError, OSError)
"""What Arrow raises for a damaged file: by the byte that is wrong, it is invalid, or asks for what
is not implemented, or names a column in no UTF-8."""

_SHARD = re.compile(r"part-(\d{5})-of-(\d{5})\.parquet")


def read_json(path: Path) -> Any:
    """A JSON file; ArtifactError where it is missing or broken."""
    check_recorded(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtifactError(f"{path}: no such file: `kdaudit run` makes it") from error
    except OSError as error:
        raise ArtifactError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # the latter: nested deeper than Python goes
        raise ArtifactError(f"{path}: is no JSON: {first_line(error)}") from error


def read_object(path: Path, *keys: str) -> dict[str, Any]:
    """A JSON object that has these keys; ArtifactError where it is none or lacks one."""
    found = read_json(path)
    if not isinstance(found, dict):
        raise ArtifactError(f"{path}: expected a JSON object, found a {type(found).__name__}")
    for key in keys:
        if key not in found:
            raise ArtifactError(f"{path}: has no '{key}'")
    return found


def read_table(path: Path, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """A table, or all shards of one in order; ArtifactError names what is wrong with it."""
    return pa.concat_tables(list(read_parts(path, schema, columns)))


def read_parts(
    path: Path, schema: pa.Schema, columns: list[str] | None = None
) -> Iterator[pa.Table]:
    """The same piece by piece, for what need not be held as a whole."""
    for file in _files(path):
        yield from _parts_of_file(file, schema, columns)


def count_rows(path: Path) -> int:
    """The rows of one file, or of all shards; ArtifactError where it is missing or no whole
    table."""
    rows = 0
    for one in _files(path):
        with _opened(one) as file:
            rows += file.metadata.num_rows
    return rows


def read_rows(
    path: Path, schema: pa.Schema, columns: list[str] | None, rows: range
) -> Iterator[pa.Table]:
    """Some rows of one file, or of all shards, in order, at most `PART_ROWS` at a time, read as
    they are asked for."""
    start = 0
    for one in _files(path):
        with _opened(one) as file:
            _check_columns(one, file.schema_arrow, schema, columns)
            count = file.metadata.num_rows
            own = range(max(rows.start - start, 0), min(rows.stop - start, count))
            start += count
            if own:
                yield from _rows_of_file(file, columns, own)


def _rows_of_file(
    file: pq.ParquetFile, columns: list[str] | None, rows: range
) -> Iterator[pa.Table]:
    groups, start = _groups(file, rows)
    for batch in file.iter_batches(PART_ROWS, groups, columns):
        own = range(max(rows.start - start, 0), min(rows.stop - start, batch.num_rows))
        if own:
            yield pa.table(batch.slice(own.start, len(own)))
        start += batch.num_rows


def read_shard(
    path: Path, schema: pa.Schema, shard: Shard, columns: list[str] | None = None
) -> pa.Table:
    """The rows of a shard, out of its own file where the directory `path` has one, which may be
    the only one yet, or else out of one file or all shards of another number."""
    if (path / shard.name).is_file():
        return read_table(path / shard.name, schema, columns)
    parts = list(read_rows(path, schema, columns, shard.rows(count_rows(path))))
    return pa.concat_tables(parts) if parts else read_table(path, schema, columns).slice(0, 0)


def shards(directory: Path) -> list[Path]:
    """The shards in a directory, by number; ArtifactError where the set is not complete."""
    found = sorted(directory.glob("*.parquet"))  # numbers have leading zeros
    for path in found:
        if _SHARD.fullmatch(path.name) is None:
            raise ArtifactError(f"{path}: is no shard of a split")
    names = [path.name for path in found]
    if not found or names != [shard_name(n, len(found)) for n in range(len(found))]:
        shown = ", ".join(names) or "none"
        raise ArtifactError(f"{directory}: the set of shards is not complete (found: {shown})")
    return found


def _files(path: Path) -> list[Path]:
    return shards(path) if path.is_dir() else [path]


def metadata(path: Path) -> dict[str, str]:
    """What was stored beside a table by `write_table`."""
    first = shards(path)[0] if path.is_dir() else path
    check_recorded(first)
    try:
        stored = pq.read_schema(first).metadata or {}
        own = {key: value for key, value in stored.items() if key != b"ARROW:schema"}
        return {key.decode(): value.decode() for key, value in own.items()}
    except _BROKEN as error:
        raise ArtifactError(f"{first}: is no whole Parquet file: {first_line(error)}") from error


def _groups(file: pq.ParquetFile, rows: range) -> tuple[list[int], int]:
    """The row groups that hold some rows, and the row that the first of them begins with."""
    found: list[int] = []
    first = start = 0
    for number in range(file.num_row_groups):
        stop = start + file.metadata.row_group(number).num_rows
        if start < rows.stop and rows.start < stop:
            first = first if found else start
            found.append(number)
        start = stop
    return found, first


def _parts_of_file(path: Path, schema: pa.Schema, columns: list[str] | None) -> Iterator[pa.Table]:
    with _opened(path) as file:  # whole columns at once take twice their memory
        _check_columns(path, file.schema_arrow, schema, columns)
        for number in range(file.num_row_groups):
            yield file.read_row_group(number, columns=columns)
        if not file.num_row_groups:
            yield file.read(columns=columns)


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """A Parquet file; ArtifactError where it is missing, is not the one that was written there, or
    breaks off while it is read."""
    check_recorded(path)
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except FileNotFoundError as error:
        raise ArtifactError(f"{path}: no such file: `kdaudit run` makes it") from error
    except _BROKEN as error:
        raise ArtifactError(f"{path}: is no whole Parquet file: {first_line(error)}") from error


def _check_columns(
    path: Path, found: pa.Schema, schema: pa.Schema, columns: list[str] | None
) -> None:
    for field in schema:
        if columns is not None and field.name not in columns:
            continue
        if field.name not in found.names:
            raise ArtifactError(f"{path}: has no column '{field.name}'")
        kind = found.field(field.name).type
        if kind != field.type:
            raise ArtifactError(f"{path}: column '{field.name}' is {kind}, not {field.type}")
