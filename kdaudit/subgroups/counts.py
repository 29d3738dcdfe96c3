"""Schemes that count: how often a pair occurs, how long a source is; opens no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from kdaudit.errors import RecipeError
from kdaudit.segments import IntArray, Segments
from kdaudit.subgroups.bands import check_increasing, integer_bands

COPIES = "copies_in_train"
"""The column with how often a segment's pair occurs in the training split."""


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
        return integer_bands(copies(segments, segments), self.bands)

    def signature(self) -> str:
        return f"frequency(bands={_listed(self.bands)})"


@dataclass(frozen=True)
class Repetition:
    """How often the segment's (source, target) pair occurs in the training split.

    `bands`: as for `Frequency`, which counts in the segment's own split; a pair that
    training has not seen is in the band `0`.
    """

    bands: Sequence[int] = (1, 2, 3, 4, 5)
    name: ClassVar[str] = "repetition"

    def __post_init__(self) -> None:
        _check_starts(self.bands, "repetition: bands")
        if self.bands[0] != 1:
            raise RecipeError(f"repetition: bands must begin at 1, not {self.bands[0]}")

    @property
    def needs(self) -> tuple[str, ...]:
        return ("source", "target", COPIES)

    def assign(self, segments: Segments) -> list[str]:
        return integer_bands(segments.numbers(COPIES).astype(np.int64), self.bands)

    def signature(self) -> str:
        return f"repetition(bands={_listed(self.bands)})"


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


def copies(segments: Segments, others: Segments) -> IntArray:
    """How often the (source, target) pair of each segment occurs among others, (n,)."""
    size = len(segments)
    sources, targets = (_codes(segments, others, column) for column in ("source", "target"))
    _, pair = np.unique(sources * (len(sources) + 1) + targets, return_inverse=True)
    occurrences: IntArray = np.bincount(pair[size:], minlength=len(pair))[pair[:size]]
    return occurrences


def _check_starts(starts: Sequence[int], what: str) -> None:
    check_increasing(starts, what)
    if any(int(start) != start or start < 0 for start in starts):
        raise RecipeError(f"{what} must be whole numbers of at least 0, not {list(starts)}")


def _listed(numbers: Sequence[float]) -> str:
    return ",".join(f"{number:g}" for number in numbers)


def _codes(segments: Segments, others: Segments, column: str) -> IntArray:
    """A number below the number of rows for each distinct text of a column of both, in order."""
    chunks = [chunk for part in (segments, others) for chunk in part.strings(column).chunks]
    texts = pa.chunked_array(chunks, pa.string()).combine_chunks()
    return np.asarray(texts.dictionary_encode().indices.to_numpy(), dtype=np.int64)
