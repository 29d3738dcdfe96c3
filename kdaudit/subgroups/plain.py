"""Schemes that look at no text: all segments, a seeded sample, a column of the corpus; no files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.errors import AlignmentError, RecipeError
from kdaudit.segments import Segments
from kdaudit.subgroups.base import REST, encoded, named
from kdaudit.subgroups.draws import check_seed, lowest, mixed

NONE = "none"
"""The subgroup of rows for which a column holds nothing."""


@dataclass(frozen=True)
class All:
    """One subgroup, `all`."""

    name: ClassVar[str] = "all"

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        return named(np.zeros(len(segments), dtype=np.int32), ["all"])

    def signature(self) -> str:
        return "all"


@dataclass(frozen=True)
class Random:
    """A `sample` of `size` segments, and the `rest`.

    Whether a segment is drawn depends on the seed and the ids alone, so another
    order of the rows draws the same segments.
    """

    size: int = 1_000
    seed: int = 1
    name: ClassVar[str] = "random"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise RecipeError(f"random: size must be at least 1, not {self.size}")
        check_seed(self.seed, "random")

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        drawn = lowest(mixed(segments.ids, self.seed), self.size)
        return named(~drawn, ["sample", REST])

    def signature(self) -> str:
        return f"random(size={self.size},seed={self.seed})"


@dataclass(frozen=True)
class Column:
    """The values of one column of the corpus, as text; `none` where it is null or empty."""

    column: str
    name: ClassVar[str] = "column"

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.column,)

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        if self.column not in segments:
            there = ", ".join(segments.table.column_names)
            raise AlignmentError(f"no column '{self.column}' to group by (there are: {there})")
        values = segments.table.column(self.column)
        if pa.types.is_nested(values.type):
            raise RecipeError(f"column '{self.column}' holds {values.type}, not single values")
        texts = pc.fill_null(pc.cast(values, pa.string()), "")
        return encoded(pc.if_else(pc.equal(texts, ""), NONE, texts))

    def signature(self) -> str:
        return f"column(column={self.column})"
