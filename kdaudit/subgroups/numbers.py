"""The numbers of a column, however the corpus holds them; opens no file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.errors import InputError, RecipeError
from kdaudit.segments import FloatArray, Segments
from kdaudit.texts import stripped


def finite_numbers(segments: Segments, column: str) -> FloatArray:
    """A column's numbers, (n,); nan where there is none, or none that is finite.

    In tables of text, such as TSV and CSV, numbers are text too, and a blank cell is none.
    InputError names the first cell that is no number.
    """
    if column in segments and pa.types.is_string(segments.table.column(column).type):
        numbers = _parsed(segments, column)
    else:
        if column in segments:
            _check_kind(segments.table.column(column).type, column)
        numbers = segments.numbers(column).copy()
    numbers[~np.isfinite(numbers)] = np.nan
    return numbers


def _check_kind(kind: pa.DataType, column: str) -> None:
    plain = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_null)
    if not any(is_kind(kind) for is_kind in plain):
        raise RecipeError(f"column '{column}' holds {kind}, not numbers")


def _parsed(segments: Segments, column: str) -> FloatArray:
    texts = stripped(pc.fill_null(segments.table.column(column), ""))
    texts = pc.if_else(pc.equal(texts, ""), None, texts)
    try:
        return np.array(pc.cast(texts, pa.float64()).to_numpy(), dtype=np.float64)
    except pa.ArrowInvalid as error:
        bad = next(text for text in pc.unique(texts) if not _is_number(text))
        row = pc.index(texts, bad).as_py()
        raise InputError(
            f"column '{column}' of id {segments.ids[row]} is no number: '{bad}'"
        ) from error


def _is_number(text: pa.StringScalar) -> bool:
    try:
        text.cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True
