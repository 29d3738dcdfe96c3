"""Schemes that count: how often a pair occurs, how long a source is; opens no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kdaudit.errors import AlignmentError, RecipeError
from kdaudit.segments import IntArray, Segments
from kdaudit.subgroups.bands import check_increasing, integer_bands


@dataclass(frozen=True)
class Frequency:
    """How often the segment's (source, target) pair occurs in the split.

    `bands`: the lowest count of each band; by default `1`, `2`, `3`, `4`, `5+`, the
    repetition buckets of Raunak & Menezes (2022) with the last one open.
    """

    bands: Sequence[int] = (1, 2, 3, 4, 5)
    name: ClassVar[str] = "frequency"

    def __post_init__(self) -> None:
        _check_starts(self.bands, "frequency: bands")
        if self.bands[0] != 1:
            raise RecipeError(f"frequency: bands must begin at 1, not {self.bands[0]}")

    @property
    def needs(self) -> tuple[str, ...]:
        return ("source", "target")

    def assign(self, segments: Segments) -> list[str]:
        pairs = _codes(segments, "source") * max(1, len(segments)) + _codes(segments, "target")
        _, pair, occurrences = np.unique(pairs, return_inverse=True, return_counts=True)
        return integer_bands(occurrences[pair], self.bands)

    def signature(self) -> str:
        return f"frequency(bands={_listed(self.bands)})"


@dataclass(frozen=True)
class Length:
    """The source's length in words (white-space tokens).

    `edges`: the lowest length of each band.
    """

    edges: Sequence[int] = (1, 6, 11, 21, 41)
    name: ClassVar[str] = "length"

    def __post_init__(self) -> None:
        _check_starts(self.edges, "length: edges")

    @property
    def needs(self) -> tuple[str, ...]:
        return ("source",)

    def assign(self, segments: Segments) -> list[str]:
        words = [len(source.split()) for source in segments.texts("source")]
        return integer_bands(np.asarray(words, dtype=np.int64), self.edges, "words")

    def signature(self) -> str:
        return f"length(edges={_listed(self.edges)})"


def _check_starts(starts: Sequence[int], what: str) -> None:
    check_increasing(starts, what)
    if any(int(start) != start or start < 0 for start in starts):
        raise RecipeError(f"{what} must be whole numbers of at least 0, not {list(starts)}")


def _listed(numbers: Sequence[float]) -> str:
    return ",".join(f"{number:g}" for number in numbers)


def _codes(segments: Segments, column: str) -> IntArray:
    """A number below the number of rows for each distinct text of a column."""
    if column not in segments:
        raise AlignmentError(f"no column '{column}' to count pairs by")
    texts = segments.table.column(column).combine_chunks()
    codes = texts.dictionary_encode().indices
    if codes.null_count:
        row = int(np.flatnonzero(codes.is_null().to_numpy(zero_copy_only=False))[0])
        raise AlignmentError(f"column '{column}' has no value for id {segments.ids[row]}")
    return np.asarray(codes.to_numpy(), dtype=np.int64)
