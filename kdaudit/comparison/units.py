"""Units, and the table of their types: what is tested and resampled; opens no file.

A unit is what was drawn independently: a distinct (source, target) pair with all
its copies, or a group of segments that share a translation. What matters of a
unit is how many of its segments are eligible and flagged, for one model or for
two: its type. Corpora of any size have few types, and everything after this
module works on types and their counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from kdaudit.comparison.inputs import Categories
from kdaudit.segments import BoolArray, IntArray

ROOM = 8
"""Keys within a range of at most this many times their number are counted without sorting."""

STRATA = 1 << 16
"""Schemes are tabulated together as long as their subgroups have at most so many combinations."""


@dataclass(frozen=True)
class Types:
    """Distinct unit types of one subgroup: `values` (t, c) segment counts, `counts` (t,) units.

    Columns of `values`: eligible and flagged of one model, or of two in turn.
    """

    values: IntArray
    counts: IntArray

    def column(self, index: int) -> IntArray:
        """One column of the values, (t,)."""
        column: IntArray = self.values[:, index]
        return column

    def total(self, index: int) -> int:
        """The sum of one column over all units, in segments."""
        return int(self.column(index) @ self.counts)


@dataclass(frozen=True)
class Units:
    """Which rows are one unit: every row alone, but for `rows` (m,), of which those with the same
    number in `unit` (m,), from 0, are together."""

    rows: IntArray
    unit: IntArray
    _cells: dict[int, tuple[Categories, npt.NDArray[Any], npt.NDArray[Any]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def cells(self, categories: Categories) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """The units apart by subgroup: a number (m,) for each of `rows`, and the subgroup (c,) of
        each number. It is kept, since all measures of a split ask for it."""
        if id(categories) not in self._cells:
            groups, codes = max(1, len(categories.names)), categories.codes[self.rows]
            of_row = dense(self.unit * groups + codes).astype(np.int32)  # several are kept
            subgroup = np.zeros(int(of_row.max(initial=-1)) + 1, dtype=codes.dtype)
            subgroup[of_row] = codes
            self._cells[id(categories)] = categories, of_row, subgroup
        _, of_row, subgroup = self._cells[id(categories)]
        return of_row, subgroup

    @classmethod
    def of(cls, keys: IntArray) -> Units:
        """Rows with equal keys are one unit."""
        if not _is_narrow(keys):
            order = np.argsort(keys)
            in_order = keys[order]
            same = in_order[1:] == in_order[:-1]
            del in_order
            together = np.append(False, same) | np.append(same, False)
            return cls(order[together], np.cumsum(np.append(True, ~same)[together]) - 1)
        keys = _from_zero(keys)
        several = np.bincount(keys) > 1
        rows = np.flatnonzero(several[keys])
        return cls(rows, (np.cumsum(several) - 1)[keys[rows]])


@dataclass(frozen=True)
class Strata:
    """Schemes that are tabulated together: `codes` (n,) is the combination of subgroups in which
    a row is, `subgroup` the code of the subgroup, for each scheme, in each combination."""

    schemes: Mapping[str, Categories]
    codes: npt.NDArray[Any]
    subgroup: Mapping[str, IntArray]

    @classmethod
    def of(cls, schemes: Mapping[str, Categories]) -> list[Strata]:
        """All schemes, as many together as may be."""
        parts: list[dict[str, Categories]] = []
        for name, categories in schemes.items():
            if not parts or _combinations({**parts[-1], name: categories}) > STRATA:
                parts.append({})
            parts[-1][name] = categories
        return [cls._combined(part) for part in parts]

    @classmethod
    def _combined(cls, schemes: Mapping[str, Categories]) -> Strata:
        shape = [max(1, len(categories.names)) for categories in schemes.values()]
        codes = np.ravel_multi_index([one.codes for one in schemes.values()], shape)
        size = _combinations(schemes)
        subgroup = np.unravel_index(np.arange(size), shape)
        return cls(
            schemes,
            codes.astype(np.min_scalar_type(size)),
            dict(zip(schemes, subgroup, strict=True)),
        )


def tabulate(strata: Strata, units: Units, masks: Sequence[BoolArray]) -> dict[str, list[Types]]:
    """For each scheme and subgroup the types of its units: per mask (n,) the number of true rows.

    Rows of a unit in different subgroups are different units. Those without a true
    row in any mask are left out. Most units are one row, which has a type by its
    stratum and the bits of its masks: counted for all rows, less those that are not
    alone. A mask that is given twice is counted once.
    """
    place_of = {id(mask): place for place, mask in enumerate({id(m): m for m in masks}.values())}
    columns = [place_of[id(mask)] for mask in masks]
    masks = [masks[columns.index(place)] for place in range(len(place_of))]
    width = len(masks)
    bits = np.zeros(len(strata.codes), dtype=np.uint8)
    for place, mask in enumerate(masks):
        bits |= mask.view(np.uint8) << place
    row_types = strata.codes.astype(np.int64) << width
    row_types |= bits
    size = _combinations(strata.schemes) << width
    alone = np.bincount(row_types, minlength=size)
    alone -= np.bincount(row_types[units.rows], minlength=size)
    there = [(bits[units.rows] >> place & 1).astype(np.bool_) for place in range(width)]
    return {
        scheme: _split(
            *_of_rows(alone, strata.subgroup[scheme], width),
            *_of_cells(units, categories, there),
            len(categories.names),
            columns,
        )
        for scheme, categories in strata.schemes.items()
    }


def _combinations(schemes: Mapping[str, Categories]) -> int:
    return prod(max(1, len(categories.names)) for categories in schemes.values())


def _of_rows(alone: IntArray, subgroup: IntArray, width: int) -> tuple[IntArray, IntArray]:
    """Subgroup and values (t, 1 + width) of units of one row, and how many there are of each."""
    found = np.flatnonzero(alone)
    key = subgroup[found >> width] << width | found & (1 << width) - 1
    counts = np.bincount(key, weights=alone[found]).astype(np.int64)  # exact up to 2**53
    key = np.flatnonzero(counts)
    values = [key >> place & 1 for place in range(width)]
    return np.stack([key >> width, *values], axis=1), counts[key]


def _of_cells(
    units: Units, categories: Categories, there: Sequence[BoolArray]
) -> tuple[IntArray, IntArray]:
    """The same for units of several rows, apart by subgroup."""
    of_row, subgroup = units.cells(categories)
    sums = [np.bincount(of_row[mask], minlength=len(subgroup)) for mask in there]
    return _distinct([subgroup, *sums])


def dense(keys: IntArray) -> IntArray:
    """Each key's rank among the distinct keys, from 0."""
    if not len(keys):
        return keys.astype(np.int64)
    if not _is_narrow(keys):
        return np.unique(keys, return_inverse=True)[1].astype(np.int64)
    keys = _from_zero(keys)
    present = np.zeros(int(keys.max()) + 1, dtype=np.bool_)
    present[keys] = True
    ranks: IntArray = (np.cumsum(present) - 1)[keys]
    return ranks


def components(eligible: BoolArray, model: Units, reference: Units) -> Units:
    """Units for a contrast of measures that flag by shared translations.

    `model` and `reference`: which rows share a translation of theirs. Eligible segments
    are one unit where a chain of shared translations links them, whichever of the
    models made them. The verdicts play no part in it, so the models' verdicts can be
    swapped within one unit and nothing else changes, which is what the sign-flip test
    needs. Linking flagged groups alone would make more and smaller units, but a model
    that flags more then has more units to itself: simulated, that test was wrong in up
    to 13% of cases at a level of 5%.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    first, second = _group(model, eligible), _group(reference, eligible)
    count = int(first.max(initial=-1)) + 1
    second[second >= 0] += count
    nodes = max(count, int(second.max(initial=-1)) + 1)
    links = (first >= 0) & (second >= 0)
    edges = first[links], second[links]
    graph = csr_array((np.ones(len(edges[0]), dtype=np.int8), edges), shape=(nodes, nodes))
    _, labels = connected_components(graph, directed=False)
    rows = np.flatnonzero((first >= 0) | (second >= 0))
    group = np.where(first[rows] >= 0, first[rows], second[rows])
    return Units(rows, dense(labels[group].astype(np.int64)))


def _group(units: Units, eligible: BoolArray) -> npt.NDArray[np.int32]:
    """The unit of each row (n,) that shares it with another eligible row; -1 for the others."""
    kept = eligible[units.rows]
    kept &= np.bincount(units.unit[kept], minlength=len(units.rows))[units.unit] > 1
    group: npt.NDArray[np.int32] = np.full(len(eligible), -1, dtype=np.int32)
    group[units.rows[kept]] = units.unit[kept]
    return group


def _is_narrow(keys: IntArray) -> bool:
    """Whether an array over the keys' range is small enough to spare sorting them."""
    return not len(keys) or int(keys.max()) - int(keys.min()) <= ROOM * len(keys)


def _from_zero(keys: IntArray) -> IntArray:
    return keys - keys.min() if len(keys) else keys


def _distinct(columns: Sequence[npt.NDArray[Any]]) -> tuple[IntArray, IntArray]:
    """Distinct rows (t, c) of some columns, and how often each occurs."""
    key, levels = np.zeros(len(columns[0]), dtype=np.int64), []
    for column in columns:
        values = np.flatnonzero(np.bincount(column))
        rank = np.zeros(int(column.max(initial=0)) + 1, dtype=np.int64)
        rank[values] = np.arange(len(values))
        key = key * max(1, len(values)) + rank[column]
        levels.append(values)
    keys, counts = _count(key)
    table = np.zeros((len(keys), len(columns)), dtype=np.int64)
    for index in reversed(range(len(columns))):
        if len(keys):
            keys, rank = np.divmod(keys, len(levels[index]))
            table[:, index] = levels[index][rank]
    return table, counts


def _count(key: IntArray) -> tuple[IntArray, IntArray]:
    """Distinct keys in order, and how often each occurs."""
    if len(key) and int(key.max()) <= ROOM * len(key):
        counts = np.bincount(key)
        found = np.flatnonzero(counts)
        return found, counts[found]
    found, counts = np.unique(key, return_counts=True)
    return found, counts


def _split(
    table: IntArray,
    counts: IntArray,
    others: IntArray,
    of_others: IntArray,
    groups: int,
    columns: Sequence[int],
) -> list[Types]:
    """Two tables of subgroup and values added up, in order, subgroup by subgroup; of the values
    the columns that are named."""
    table, counts = np.concatenate([table, others]), np.concatenate([counts, of_others])
    some = table[:, 1:].any(axis=1)
    table, counts = table[some], counts[some]
    order = np.lexsort(table.T[::-1])
    table, counts = table[order], counts[order]
    new = np.append(True, (table[1:] != table[:-1]).any(axis=1))[: len(table)]
    counts = np.add.reduceat(counts, np.flatnonzero(new)) if len(counts) else counts
    table = table[new]
    bounds = np.searchsorted(table[:, 0], np.arange(groups + 1))
    values = table[:, [1 + column for column in columns]]
    return [Types(values[a:b], counts[a:b]) for a, b in pairwise(bounds)]
