"""Aligned text with ids: the only place where parallel columns meet; opens no file.

A `Segments` is one split of a corpus. Row i of every column speaks of the same
segment, and `id` says which one. Columns of another origin (translations,
scores, quality, subgroups) come in through `join`, which checks the ids: nothing
is dropped, doubled or moved in silence.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Sized
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kdaudit.errors import AlignmentError

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def same_length(**columns: Sized) -> int:
    """The common length of named columns; AlignmentError names all lengths where they differ."""
    lengths = {name: len(values) for name, values in columns.items()}
    if len(set(lengths.values())) > 1:
        counts = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise AlignmentError(f"parallel columns differ in length: {counts}")
    return next(iter(lengths.values()), 0)


class Segments:
    """Parallel columns of one split; immutable.

    `table` has a column `id` (int64, distinct) and any others: `source`, `target`,
    `translation` (string), attributes of the corpus, joined numbers.
    """

    def __init__(self, table: pa.Table):
        if "id" not in table.column_names:
            raise AlignmentError("a table of segments needs a column 'id'")
        # In one piece numpy and the table share the ids; there may be many.
        ids = table.column("id").combine_chunks()
        self.table = table.set_column(table.column_names.index("id"), "id", ids)
        self.ids: IntArray = np.asarray(ids.to_numpy(zero_copy_only=False), dtype=np.int64)
        if not (self.ids[1:] > self.ids[:-1]).all():  # as they nearly always are
            values, counts = np.unique(self.ids, return_counts=True)
            if len(values) != len(self.ids):
                raise AlignmentError(f"id {values[counts > 1][0]} occurs more than once")

    @classmethod
    def of(cls, *, ids: Iterable[int] | None = None, **columns: Sequence[Any]) -> Segments:
        """Segments out of plain sequences of one length; ids count from 0 by default."""
        length = same_length(**columns)
        numbers = range(length) if ids is None else list(ids)
        same_length(id=numbers, **columns)
        return cls(pa.table({"id": pa.array(numbers, pa.int64()), **columns}))

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def __contains__(self, column: str) -> bool:
        return column in self.table.column_names

    def texts(self, column: str) -> list[str]:
        """A string column as a list; AlignmentError where it is absent or has nulls."""
        texts: list[str] = self.strings(column).to_pylist()
        return texts

    def strings(self, column: str) -> pa.ChunkedArray:
        """A string column as Arrow has it, for many rows; errors as for `texts`."""
        values = self.column(column)
        if values.null_count:
            row = int(np.flatnonzero(values.is_null().to_numpy())[0])
            raise AlignmentError(f"column '{column}' has no value for id {self.ids[row]}")
        return values.cast(pa.string())

    def numbers(self, column: str) -> FloatArray:
        """A numeric column as float64, nan for null."""
        return np.asarray(self.column(column).to_numpy(), dtype=np.float64)

    def with_column(self, name: str, values: Any) -> Segments:
        """A copy with one more column, or another one of that name; `values` in row order."""
        same_length(id=self.ids, **{name: values})
        table = self.table.drop_columns([name]) if name in self else self.table
        is_arrow = isinstance(values, pa.Array | pa.ChunkedArray)
        return Segments(table.append_column(name, values if is_arrow else pa.array(values)))

    def take(self, rows: npt.NDArray[Any]) -> Segments:
        """The given rows (indices or a mask), in that order."""
        indices = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        return Segments(self.table.take(pa.array(indices)))

    def join(self, other: pa.Table, columns: Mapping[str, str], what: str) -> Segments:
        """A copy with `columns` (name there to name here) of `other`, matched by id.

        `other` must have exactly these ids, in any order; AlignmentError names
        `what` and the first id that is missing, unknown or doubled.
        """
        rows = self.rows_of(other, what)
        table = self.table
        for there, here in columns.items():
            if there not in other.column_names:
                raise AlignmentError(f"{what}: no column '{there}'")
            values = other.column(there) if rows is None else other.column(there).take(rows)
            table = table.drop_columns([here]) if here in table.column_names else table
            table = table.append_column(here, values)
        return Segments(table)

    def rows_of(self, other: pa.Table, what: str) -> pa.Array | None:
        """The row of `other` for each id here; None where the order is the same already."""
        theirs = np.asarray(other.column("id").to_numpy(), dtype=np.int64)
        if np.array_equal(theirs, self.ids):
            return None
        if len(theirs) != len(self.ids):
            raise AlignmentError(f"{what}: {len(theirs)} rows for {len(self.ids)} segments")
        order = np.argsort(theirs, kind="stable")
        position = np.minimum(np.searchsorted(theirs[order], self.ids), len(theirs) - 1)
        found = theirs[order][position] == self.ids
        if not found.all():
            raise AlignmentError(f"{what}: no row for id {self.ids[~found][0]}")
        return pa.array(order[position])

    def column(self, column: str) -> pa.ChunkedArray:
        """A column as it is; AlignmentError where it is absent."""
        if column not in self:
            raise AlignmentError(
                f"no column '{column}' (there are: {', '.join(self.table.column_names)})"
            )
        return self.table.column(column)
