"""A user's file of `id` and `subgroup`, beside the segments that it names; reads that file.

TSV, CSV, JSON lines or Parquet, plain or packed. Each mistake is an InputError with the path,
and the line, or in a CSV or Parquet file the row (from 1, the header not counted).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.corpus import read_table
from kdaudit.corpus.readers.streams import packing
from kdaudit.errors import InputError
from kdaudit.segments import IntArray
from kdaudit.subgroups.users import UsersFile
from kdaudit.texts import filled, stripped

_IDS, _NAMES = "segment", "subgroup"
_BY_LINE = {".tsv", ".jsonl", ".ndjson"}
"""Endings of files with a row in each line, and no header."""


def users_subgroups(settings: UsersFile, split: str, ids: IntArray) -> pa.Array:
    """The subgroup that the file names for each of these ids, (n,); null where it names none.

    InputError for an id that is not among them, that is no whole number, or that is named
    twice, and for a subgroup without a name.
    """
    path = Path(settings.files[split])
    there = settings.columns or ({"id": 0, "subgroup": 1} if _ending(path) == ".tsv" else {})
    columns = {_IDS: there.get("id", "id"), _NAMES: there.get("subgroup", "subgroup")}
    table = read_table(path, columns).table
    named, names = _whole_numbers(table[_IDS], path), _names(table[_NAMES], path)
    order = np.argsort(ids, kind="stable")
    place = np.minimum(np.searchsorted(ids[order], named), max(len(ids) - 1, 0))
    rows = order[place] if len(ids) else place
    known = ids[rows] == named if len(ids) else np.zeros(len(named), dtype=np.bool_)
    if not known.all():
        row = int(np.argmin(known))
        raise _error(path, row, f"id {named[row]} is not in the split '{split}'")
    _check_once(named, path)
    at = np.full(len(ids), -1)
    at[rows] = np.arange(len(named))
    return names.take(pa.array(at, mask=at < 0))


def _whole_numbers(ids: pa.ChunkedArray, path: Path) -> IntArray:
    """The ids; in a TSV or CSV file they are text."""
    if pa.types.is_string(ids.type):
        ids = stripped(pc.fill_null(ids, ""))
        whole = pc.match_substring_regex(ids, r"^\d{1,18}$")
        if not pc.all(whole).as_py():
            row = pc.index(whole, False).as_py()
            raise _error(path, row, f"expected an id, a whole number, got '{ids[row]}'")
        return np.asarray(ids.cast(pa.int64()).to_numpy(), dtype=np.int64)
    if ids.null_count:
        raise _error(path, pc.index(ids.is_null(), True).as_py(), "there is no id")
    if not pa.types.is_integer(ids.type):
        raise InputError(f"ids are whole numbers, not {ids.type}", path=path)
    return np.asarray(ids.to_numpy(), dtype=np.int64)


def _names(names: pa.ChunkedArray, path: Path) -> pa.Array:
    texts = pc.fill_null(names.cast(pa.string()), "")
    given = filled(stripped(texts))
    if not given.all():
        raise _error(path, int(np.argmin(given)), "the subgroup has no name")
    return texts.combine_chunks()


def _check_once(ids: IntArray, path: Path) -> None:
    order = np.argsort(ids, kind="stable")
    again = np.flatnonzero(ids[order][1:] == ids[order][:-1])
    if len(again):
        place = again[np.argmin(order[again + 1])]
        first, second = order[place], order[place + 1]
        raise _error(
            path, int(second), f"id {ids[first]} is named a second time, after {_row(path, first)}"
        )


def _error(path: Path, row: int, message: str) -> InputError:
    if _ending(path) in _BY_LINE:
        return InputError(message, path=path, line=row + 1)
    return InputError(f"{_row(path, row)}: {message}", path=path)


def _row(path: Path, row: int) -> str:
    return f"{'line' if _ending(path) in _BY_LINE else 'row'} {row + 1}"


def _ending(path: Path) -> str:
    return path.with_suffix("").suffix if packing(path) else path.suffix
