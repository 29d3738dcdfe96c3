"""Schemes that count: how often a pair occurs, how long a source is; opens no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from kdaudit.errors import RecipeError
from kdaudit.segments import IntArray, Segments
from kdaudit.subgroups.bands import check_increasing, integer_bands, listed
from kdaudit.texts import numbered

COPIES = "copies_in_train"
"""The column with how often a segment's pair occurs in the training split."""

_ROWS = 10_000
"""Texts that are Python strings at a time."""


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

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        return integer_bands(copies(segments, segments), self.bands)

    def signature(self) -> str:
        return f"frequency(bands={listed(self.bands)})"


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

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        return integer_bands(segments.numbers(COPIES).astype(np.int64), self.bands)

    def signature(self) -> str:
        return f"repetition(bands={listed(self.bands)})"


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

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        return integer_bands(_words(segments.strings("source")), self.edges, "words")

    def signature(self) -> str:
        return f"length(edges={listed(self.edges)})"


def copies(segments: Segments, others: Segments) -> IntArray:
    """How often the (source, target) pair of each segment occurs among others, (n,)."""
    both = [segments] if others is segments else [segments, others]
    sources, targets = (_numbers(both, column) for column in ("source", "target"))
    _, pair = np.unique(sources * (len(sources) + 1) + targets, return_inverse=True)
    there = pair[len(pair) - len(others) :]
    occurrences: IntArray = np.bincount(there, minlength=len(pair))[pair[: len(segments)]]
    return occurrences


def _numbers(parts: Sequence[Segments], column: str) -> IntArray:
    """Equal numbers for equal texts of a column of all parts, below their number of rows."""
    chunks = [chunk for part in parts for chunk in part.strings(column).chunks]
    return numbered(pa.chunked_array(chunks, pa.string()))


def _words(texts: pa.ChunkedArray) -> IntArray:
    """The number of words of each text, (n,), as `str.split` finds them: Arrow's own notion of
    white space is another one, and no faster."""
    counts = [np.zeros(0, dtype=np.int64)]
    for batch in pa.table({"text": texts}).to_batches(max_chunksize=_ROWS):
        counts.append(np.array([len(text.split()) for text in batch.column(0).to_pylist()]))
    return np.concatenate(counts)


def _check_starts(starts: Sequence[int], what: str) -> None:
    check_increasing(starts, what)
    if any(int(start) != start or start < 0 for start in starts):
        raise RecipeError(f"{what} must be whole numbers of at least 0, not {list(starts)}")
