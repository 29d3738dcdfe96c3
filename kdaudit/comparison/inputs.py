"""What is compared: flags, quality statistics and splits, as values; opens no file.

Row i of everything that belongs to one split speaks of the same segment.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from kdaudit.errors import AlignmentError, InputError
from kdaudit.segments import BoolArray, FloatArray, IntArray, same_length

FIRST = "below "
"""How the name of a band begins that comes before the others."""

LAST = {"rest": 1, "none": 2, "undefined": 3}
"""Subgroups that come after the others, in this order."""


class Metric(Protocol):
    """What the comparison asks of a quality metric (see kdaudit.quality.base)."""

    paired: ClassVar[bool]
    """Whether unit i of two models is the same segment."""

    def units(self, statistics: Sequence[FloatArray]) -> FloatArray: ...

    def aggregate(self, sums: FloatArray) -> FloatArray: ...


@dataclass(frozen=True)
class Flags:
    """One detector's verdicts on one model's translations of one split.

    `eligible`, `flagged` (n,): flagged only where eligible. `shared` (n,): a key of
    the translation that a segment shares with others, for measures whose unit is
    the translation; None: the unit is the distinct pair. `paired`: False where the
    eligible rows are the model's own (`extractive_of_replicated`), so that two
    models have different denominators.
    """

    measure: str
    model: str
    split: str
    eligible: BoolArray
    flagged: BoolArray
    shared: IntArray | None = None
    paired: bool = True

    def __post_init__(self) -> None:
        shared = self.eligible if self.shared is None else self.shared
        same_length(eligible=self.eligible, flagged=self.flagged, shared=shared)
        stray = np.flatnonzero(self.flagged & ~self.eligible)
        if len(stray):
            raise InputError(
                f"{self.measure} of {self.model} on {self.split}: "
                f"row {stray[0]} is flagged without being eligible"
            )


@dataclass(frozen=True)
class Quality:
    """One metric's statistics of one model's translations of one split, n rows."""

    measure: str
    model: str
    split: str
    metric: Metric
    statistics: Sequence[FloatArray]


@dataclass(frozen=True)
class Denoising:
    """A student whose quality by one measure is compared with its teacher's, and which is good."""

    measure: str
    student: str
    teacher: str
    higher_is_better: bool


@dataclass(frozen=True)
class Categories:
    """A column of names: `names[codes[i]]` is the subgroup of row i; names sort naturally."""

    codes: npt.NDArray[Any]
    names: tuple[str, ...]

    @classmethod
    def of(cls, values: Any) -> Categories:
        """From a sequence of names, or from an Arrow string or dictionary column."""
        if isinstance(values, Categories):
            return values
        column = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        if not pa.types.is_dictionary(column.type):
            column = column.cast(pa.string()).dictionary_encode()
        if column.indices.null_count or column.dictionary.null_count:
            raise AlignmentError("a segment without a subgroup: a scheme must name one for each")
        found = column.dictionary.to_pylist()
        used = np.zeros(len(found), dtype=np.bool_)
        indices = np.asarray(column.indices.to_numpy(), dtype=np.int64)
        used[indices] = True
        names = sorted((str(found[i]) for i in np.flatnonzero(used)), key=natural)
        place = {name: number for number, name in enumerate(names)}
        kind = np.min_scalar_type(len(names))  # there may be many rows
        rank = np.array([place.get(name, 0) for name in found], kind)
        return cls(rank[indices] if len(found) else indices, tuple(names))

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True)
class Split:
    """One split: `unit` (n,) is a key of each row's distinct (source, target) pair.

    `schemes`: for each scheme the subgroup's name of every row. Intervals from
    resampled quality depend on the keys' order, so a key should depend on the pair
    alone (a hash), not on where it stands.
    """

    name: str
    unit: IntArray
    schemes: Mapping[str, Categories] = field(default_factory=dict)

    def __post_init__(self) -> None:
        same_length(unit=self.unit, **self.schemes)

    @classmethod
    def of(cls, name: str, unit: IntArray, schemes: Mapping[str, Any]) -> Split:
        """A split whose schemes are any columns that `Categories.of` takes."""
        return cls(name, unit, {key: Categories.of(values) for key, values in schemes.items()})


def natural(name: str) -> tuple[int, list[tuple[int, float, str]]]:
    """A sorting key: numbers by their value, `below 0.2` first, `rest` and the like last."""
    parts = enumerate(re.split(r"((?:^-)?\d+(?:\.\d+)?)", name))
    key = [(0, float(part), "") if i % 2 else (1, 0.0, part) for i, part in parts if part]
    return -1 if name.startswith(FIRST) else LAST.get(name, 0), key
