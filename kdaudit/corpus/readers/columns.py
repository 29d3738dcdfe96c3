"""Which column of a table is source, target or attribute, and rows of them in Arrow; opens no file.

A mapping has the name here as key and the name there as value. A name with dots
that no column has leads into nested values (`translation.en`). Source and target
are text in every row; an attribute is text, a number, a truth value or null.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.corpus.readers.streams import blocks
from kdaudit.errors import InputError, first_line
from kdaudit.registry import unknown
from kdaudit.segments import Segments

Columns = Mapping[str, str | int]
Place = Path | str

BY_NAME: Columns = {"source": "source", "target": "target"}
TEXTS = ("source", "target")
"""The columns that hold text in every row; all others are attributes."""


def segments(table: pa.Table) -> Segments:
    """A table as segments: ids from 0, and `target` null where there is a `source` alone."""
    columns = {name: table[name] for name in table.column_names}
    first = {"id": pa.array(np.arange(len(table)))}
    if "source" in columns:
        first["source"] = columns.pop("source")
        target = columns.pop("target", None)
        first["target"] = pa.nulls(len(table), pa.string()) if target is None else target
    return Segments(pa.table(first | columns))


def joined(parts: Sequence[tuple[Place, Segments]]) -> Segments:
    """Segments of several files one after the other, with new ids.

    An attribute that a file does not have is null in its rows; InputError where two
    files have different kinds of values for one.
    """
    return segments(_stacked([(place, part.table.drop_columns(["id"])) for place, part in parts]))


def check_first(first: int | None, found: int, place: Place, what: str = "rows") -> None:
    """InputError where there are fewer than are asked for, or none at all."""
    if not found:
        raise InputError(f"there are no {what}", path=place)
    if first is not None and found < first:
        raise InputError(f"has {found} {what}, 'first' asks for {first}", path=place)


def by_name(columns: Columns | None, place: Place) -> dict[str, str]:
    """The mapping to names of columns; InputError where it has a number."""
    for there in (columns or {}).values():
        if not isinstance(there, str):
            raise InputError(f"columns: expected the name of a column, not {there}", path=place)
    return {here: str(there) for here, there in (columns or BY_NAME).items()}


def missing(column: str, there: Iterable[str], place: Place, line: int | None = None) -> InputError:
    """The error for a column that is not there: the nearest name, and those there are."""
    names = [name if name.isprintable() else repr(name) for name in there]
    shown = [f"{name[:60]}…" if len(name) > 60 else name for name in names[:50]]
    return InputError(unknown(column, shown, "column"), path=place, line=line)


def from_rows(rows: Iterable[Sequence[Any]], names: Sequence[str], place: Place) -> pa.Table:
    """Rows of values, each column of one type, in Arrow."""
    tables: list[tuple[Place, pa.Table]] = [
        (place, pa.table({name: pa.nulls(0) for name in names}))
    ]
    for block in blocks(rows, _characters):
        columns = zip(names, zip(*block, strict=True), strict=True)
        part = pa.table({name: _array(name, cells, place) for name, cells in columns})
        tables.append((place, part))
    return _stacked(tables)


def from_tables(
    tables: Iterable[pa.Table], columns: Mapping[str, str], place: Place, first: int | None
) -> pa.Table:
    """The mapped columns of Arrow tables that follow each other, up to `first` rows."""
    found: list[tuple[Place, pa.Table]] = []
    rows = 0
    for table in tables:
        whole = table if first is None else table.slice(0, first - rows)
        mapped = {
            here: _checked(here, there, _column(whole, there, place), place, rows)
            for here, there in columns.items()
        }
        found.append((place, pa.table(mapped)))
        rows += len(whole)
        if rows == first:
            break
    check_first(first, rows, place)
    return _stacked(found)


def _characters(row: Sequence[Any]) -> int:
    return sum(len(value) for value in row if isinstance(value, str))


def _array(name: str, values: Sequence[Any], place: Place) -> pa.Array:
    try:
        return pa.array(values, pa.string() if name in TEXTS else None)
    except (pa.ArrowInvalid, OverflowError) as error:
        reason = first_line(error)
        raise InputError(f"column '{name}' cannot be kept: {reason}", path=place) from error


def _stacked(parts: Sequence[tuple[Place, pa.Table]]) -> pa.Table:
    try:
        table = pa.concat_tables([table for _, table in parts], promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        reason = first_line(error)
        raise InputError(f"attributes do not fit together: {reason}", path=parts[-1][0]) from error
    for number, field in enumerate(table.schema):
        if pa.types.is_null(field.type):
            texts = table.column(number).cast(pa.string())
            table = table.set_column(number, field.name, texts)
    return table


def _column(table: pa.Table, path: str, place: Place) -> pa.ChunkedArray:
    """The column of that name, or the nested values that a path leads to."""
    if path in table.column_names:
        return table.column(path)
    name, *deeper = path.split(".")
    if name not in table.column_names:
        raise missing(path, table.column_names, place)
    values = table.column(name)
    for step in deeper:
        fields = [field.name for field in values.type] if pa.types.is_struct(values.type) else []
        if step not in fields:
            raise missing(path, [f"{name}.{field}" for field in fields] or [name], place)
        values = pc.struct_field(values, fields.index(step))
        name = f"{name}.{step}"
    return values


def _checked(here: str, there: str, values: pa.ChunkedArray, place: Place, row: int) -> Any:
    """The values as text or an attribute; `row`: how many came before, for messages."""
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    kind = values.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    is_text = is_text or pa.types.is_string_view(kind)
    is_plain = is_text or pa.types.is_null(kind) or pa.types.is_boolean(kind)
    is_plain = is_plain or pa.types.is_integer(kind) or pa.types.is_floating(kind)
    if here in TEXTS and not (is_text or pa.types.is_null(kind)):
        raise InputError(f"column '{there}' holds {kind}, text is needed", path=place)
    if not (is_plain or pa.types.is_temporal(kind) or pa.types.is_decimal(kind)):
        raise InputError(f"column '{there}' holds {kind}, single values are needed", path=place)
    if here in TEXTS and values.null_count:
        first = int(np.argmax(values.is_null().to_numpy()))
        raise InputError(f"row {row + first + 1} has no value in column '{there}'", path=place)
    if is_text:
        values = values.cast(pa.string())
        _check_utf8(values, there, place, row)
    return values


def _check_utf8(values: pa.ChunkedArray, there: str, place: Place, row: int) -> None:
    """InputError with the row where text is not UTF-8: files of tables promise it, and may lie."""
    try:
        values.validate(full=True)
    except pa.ArrowInvalid as error:
        binary = values.cast(pa.binary()).to_pylist()
        for number, text in enumerate(binary, start=row + 1):
            if text is not None and text.decode("utf-8", "replace").encode() != text:
                raise InputError(
                    f"row {number} is not UTF-8 in column '{there}'", path=place
                ) from error
        raise InputError(f"column '{there}' is damaged: {error}", path=place) from error
