"""The segments at both ends of a column: the most and the least confident, say; opens no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from kdaudit.errors import RecipeError
from kdaudit.segments import BoolArray, FloatArray, Segments
from kdaudit.subgroups.base import REST, UNDEFINED, named
from kdaudit.subgroups.confidence import CONFIDENCE
from kdaudit.subgroups.draws import Keys, check_seed, lowest, mixed
from kdaudit.subgroups.numbers import finite_numbers


@dataclass(frozen=True)
class Extremes:
    """The `size` segments with the `lowest` numbers of a column, the `size` with the `highest`,
    and the `rest`; segments without a number are `undefined`.

    `column`: the teacher's confidence in its translation, or any other. Of equal numbers at
    a border, those are taken whose ids come first (last, for the highest) in an order that is
    drawn with `seed`: another order of the rows takes the same segments. RecipeError where
    fewer than 2 `size` segments have a number: halves of a corpus are no extremes, and a
    smaller size than was asked for would stand in tables under its name.
    """

    size: int = 10_000
    column: str = CONFIDENCE
    seed: int = 1
    name: ClassVar[str] = "extremes"

    def __post_init__(self) -> None:
        if self.size < 1:
            raise RecipeError(f"extremes: size must be at least 1, not {self.size}")
        check_seed(self.seed, "extremes")

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.column,)

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        values = finite_numbers(segments, self.column)
        rows = np.flatnonzero(~np.isnan(values))
        codes = np.full(len(values), 3)
        codes[rows] = 2
        if len(rows):
            self._check_enough(len(rows))
            ties = mixed(segments.ids[rows], self.seed)
            codes[rows[_lowest(values[rows], ties, self.size)]] = 0
            codes[rows[_lowest(-values[rows], ~ties, self.size)]] = 1
        return named(codes, ["lowest", "highest", REST, UNDEFINED])

    def signature(self) -> str:
        return f"extremes(size={self.size},column={self.column},seed={self.seed})"

    def _check_enough(self, defined: int) -> None:
        if 2 * self.size > defined:
            raise RecipeError(
                f"extremes: {defined} segments have a '{self.column}', too few for the {self.size} "
                f"lowest and the {self.size} highest: size can be {defined // 2} at most"
            )


def _lowest(values: FloatArray, ties: Keys, count: int) -> BoolArray:
    """Which are the `count` lowest values, (n,); of those equal to the last one, by `ties`."""
    border = np.partition(values, count - 1)[count - 1]
    chosen: BoolArray = values < border
    tied = np.flatnonzero(values == border)
    missing = count - int(chosen.sum())
    chosen[tied[lowest(ties[tied], missing)]] = True
    return chosen
