"""Schemes that look at no text: all segments, a seeded sample, a column of the corpus; no files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.errors import AlignmentError, RecipeError
from kdaudit.segments import IntArray, Segments

NONE = "none"
"""The subgroup of rows for which a column holds nothing."""


@dataclass(frozen=True)
class All:
    """One subgroup, `all`."""

    name: ClassVar[str] = "all"

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def assign(self, segments: Segments) -> list[str]:
        return ["all"] * len(segments)

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
        if not 0 <= self.seed < 2**63:
            raise RecipeError(f"random: seed must be from 0 to 2**63 - 1, not {self.seed}")

    @property
    def needs(self) -> tuple[str, ...]:
        return ()

    def assign(self, segments: Segments) -> list[str]:
        drawn = np.zeros(len(segments), dtype=np.bool_)
        drawn[np.argsort(_mixed(segments.ids, self.seed), kind="stable")[: self.size]] = True
        return ["sample" if is_drawn else "rest" for is_drawn in drawn]

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

    def assign(self, segments: Segments) -> list[str]:
        if self.column not in segments:
            there = ", ".join(segments.table.column_names)
            raise AlignmentError(f"no column '{self.column}' to group by (there are: {there})")
        values = segments.table.column(self.column)
        if pa.types.is_nested(values.type):
            raise RecipeError(f"column '{self.column}' holds {values.type}, not single values")
        texts = pc.fill_null(pc.cast(values, pa.string()), "")
        return [text or NONE for text in texts.to_pylist()]

    def signature(self) -> str:
        return f"column(column={self.column})"


def _mixed(ids: IntArray, seed: int) -> npt.NDArray[np.uint64]:
    """Pseudo-random numbers, a different one for each id (splitmix64, Steele et al. 2014).

    The seed is mixed first, so that neighbouring seeds draw unlike samples.
    """
    start = _splitmix(np.array([seed], dtype=np.uint64))
    return _splitmix(ids.astype(np.uint64) ^ start)


def _splitmix(state: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """One output of splitmix64 for each state: a bijection, so unlike states never collide."""
    z = state + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
