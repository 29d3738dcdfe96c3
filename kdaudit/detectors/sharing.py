"""Which sources share a translation; opens no file.

The unit of `repeated_target` and `natural`. Texts are compared after `str.strip`;
blank sources and blank translations take no part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.segments import BoolArray, FloatArray, IntArray
from kdaudit.texts import filled, numbered, stripped, taken


@dataclass(frozen=True)
class Sharing:
    """Row by row: `filled`, source and translation are not blank; `first`, and the pair has not
    occurred before; `sources`, the distinct sources of its translation, nan where not filled;
    `other`, a row that has another one of them, -1 where there is none. `texts`: the sources,
    stripped."""

    filled: BoolArray
    first: BoolArray
    sources: FloatArray
    other: IntArray
    texts: pa.ChunkedArray

    @property
    def counts(self) -> npt.NDArray[np.int32]:
        """`sources`, 0 where not filled."""
        counts = np.zeros(len(self.sources), dtype=np.int32)
        np.copyto(counts, self.sources, casting="unsafe", where=self.filled)
        return counts

    def examples(self) -> pa.ChunkedArray:
        """Another source of each row's translation, (n,), empty where there is none."""
        with_empty = pa.chunked_array([*self.texts.chunks, pa.array([""], pa.string())])
        return taken(with_empty, np.where(self.other < 0, len(self.texts), self.other))


def sharing(sources: pa.ChunkedArray, translations: pa.ChunkedArray) -> Sharing:
    """Group the rows by translation and count the distinct sources of each."""
    sources, translations = stripped(sources), stripped(translations)
    takes_part = filled(sources) & filled(translations)
    rows, group = _not_alone(numbered(translations), takes_part)
    own = numbered(taken(sources, rows))
    pa.default_memory_pool().release_unused()  # many texts are not to be held longer than needed
    place, pair = _distinct(group, own)
    number = np.bincount(group[place])  # of distinct sources, by group
    several = number[group[place]] > 1
    at = np.sort(place[several])
    others = np.full(len(rows), -1)
    others[at] = rows[at[_others(taken(sources, rows[at]), group[at])]]
    pa.default_memory_pool().release_unused()

    first, counts = takes_part.copy(), np.where(takes_part, 1.0, np.nan)
    first[rows] = False
    first[rows[place]] = True
    counts[rows] = number[group]
    other = np.full(len(takes_part), -1)
    other[rows] = others[place[pair]]
    return Sharing(takes_part, first, counts, other, sources)


def _not_alone(numbers: IntArray, takes_part: BoolArray) -> tuple[IntArray, IntArray]:
    """The rows whose number another row has too, and their groups, numbered from 0."""
    many = np.bincount(numbers[takes_part], minlength=int(numbers.max(initial=-1)) + 1) > 1
    rows = np.flatnonzero(takes_part & many[numbers])
    return rows, (np.cumsum(many) - 1)[numbers[rows]]


def _distinct(group: IntArray, source: IntArray) -> tuple[IntArray, IntArray]:
    """The place at which each distinct (group, source) occurs first, and each row's pair."""
    key = group * (source.max(initial=0) + 1) + source
    _, place, pair = np.unique(key, return_index=True, return_inverse=True)
    return place, pair


def _others(sources: pa.ChunkedArray, group: IntArray) -> IntArray:
    """For each of the distinct sources of some groups the place of another one of its group: of
    the least of them, whatever the rows' order."""
    by_text = pc.sort_indices(sources).to_numpy().astype(np.int64)
    order = by_text[np.argsort(group[by_text], kind="stable")]
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    least, second = order[starts], order[starts + 1]
    _, own = np.unique(group, return_inverse=True)
    others: IntArray = least[own]
    others[least] = second
    return others
