"""Subgroups that a user's file names; opens no file: the stage reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.errors import RecipeError
from kdaudit.segments import Segments
from kdaudit.subgroups.base import REST, encoded

USERS = "users_subgroup"
"""The column with what the user's file says; null for a segment that it does not name."""


@dataclass(frozen=True)
class UsersFile:
    """What a table of `id` and `subgroup` says; a segment that it does not name is in `rest`.

    `files`: by split, a TSV, CSV, JSON lines or Parquet file. Ids are those of the corpus in
    the run directory, which count from 0 in the order of its files. `columns`: `id` and
    `subgroup` to the columns there; those of these names by default, in a TSV file the first
    two.
    """

    files: Mapping[str, str]
    columns: Mapping[str, str | int] | None = None
    name: ClassVar[str] = "file"

    def __post_init__(self) -> None:
        if not self.files:
            raise RecipeError("file: there is no file: give 'files' by split")
        if self.columns is not None and set(self.columns) != {"id", "subgroup"}:
            raise RecipeError("file: columns are those of 'id' and 'subgroup', both")

    @property
    def needs(self) -> tuple[str, ...]:
        return (USERS,)

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        return encoded(pc.fill_null(segments.column(USERS), REST))

    def signature(self) -> str:
        columns = "" if self.columns is None else f",columns={dict(self.columns)}"
        return f"file(files={dict(self.files)}{columns})"
