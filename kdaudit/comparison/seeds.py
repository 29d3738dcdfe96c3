"""Several runs of one recipe with different seeds, taken together; opens no file.

One run speaks of its models, several of the method. Rows are those that every run has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from kdaudit.comparison.inherited import Interval
from kdaudit.comparison.results import Comparison, Contrast, Measurement
from kdaudit.comparison.seed_contrasts import (
    PLACE,
    Key,
    SeedContrast,
    Spreading,
    contrast_over_seeds,
    with_verdicts,
    within,
)
from kdaudit.comparison.seed_inheritance import SeedInherited, inheritance_over_seeds
from kdaudit.comparison.spread import Spread, over_seeds

Row = TypeVar("Row", Measurement, Contrast)


@dataclass(frozen=True)
class SeedMeasurement:
    """One measure of one model on one subgroup over seeds; `is_rate`: a fraction."""

    measure: str
    model: str
    split: str
    scheme: str
    subgroup: str
    is_rate: bool
    value: Spread


@dataclass(frozen=True)
class Seeds:
    """The runs of one recipe together. `runs`: run to seed. `same_segments`: whether they were
    audited on the same segments, or each on its own; `left_out`: subgroups, by split and
    scheme, that some run lacks."""

    recipe: str
    runs: Mapping[str, int]
    same_segments: bool
    measurements: Sequence[SeedMeasurement]
    contrasts: Sequence[SeedContrast]
    left_out: Mapping[str, Sequence[str]]
    inheritance: Sequence[SeedInherited] = ()

    def to_json_dict(self) -> dict[str, Any]:
        """As JSON has it: intervals and seeds' values as lists."""
        return {
            "recipe": self.recipe,
            "runs": dict(self.runs),
            "same_segments": self.same_segments,
            "measurements": [asdict(row) for row in self.measurements],
            "contrasts": [asdict(row) for row in self.contrasts],
            "left_out": {name: list(found) for name, found in self.left_out.items()},
            "inheritance": [asdict(row) for row in self.inheritance],
        }


def together(
    recipe: str,
    runs: Mapping[str, Comparison],
    seeds: Mapping[str, int],
    *,
    same_segments: bool,
) -> Seeds:
    """What the runs of a recipe, at least two, say together."""
    found = list(runs.values())
    confidence = 1 - max(one.level for one in found)

    def spread(values: Sequence[float | None], intervals: Sequence[Interval | None]) -> Spread:
        return over_seeds(values, intervals, same_segments=same_segments, confidence=confidence)

    measured = _in_all([{_key(row): row for row in one.measurements} for one in found])
    contrasted = _in_all([{_key(row): row for row in one.contrasts} for one in found])
    rates = {rows[0].measure for rows in measured.values() if rows[0].flagged is not None}
    return Seeds(
        recipe,
        dict(seeds),
        same_segments,
        [_measurement(rows, spread) for rows in measured.values()],
        with_verdicts(
            [
                contrast_over_seeds(rows, spread, is_rate=rows[0].measure in rates)
                for rows in contrasted.values()
            ],
            confidence,
        ),
        _left_out(found, measured),
        inheritance_over_seeds(found, spread, confidence),
    )


def _key(row: Measurement | Contrast) -> Key:
    reference = (row.reference,) if isinstance(row, Contrast) else ()
    return (row.measure, row.model, *reference, row.split, row.scheme, row.subgroup)


def _in_all(runs: Sequence[Mapping[Key, Row]]) -> dict[Key, list[Row]]:
    """The rows that all runs have, by key, in the order of the first run."""
    first, *others = runs
    return {
        key: [run[key] for run in runs] for key in first if all(key in other for other in others)
    }


def _left_out(
    runs: Sequence[Comparison], kept: Mapping[Key, Sequence[Measurement]]
) -> dict[str, list[str]]:
    parts = {key[2:] for key in kept}
    found: dict[str, dict[str, None]] = {}
    for run in runs:
        for row in run.measurements:
            if (row.split, row.scheme, row.subgroup) not in parts:
                found.setdefault(f"{row.split}, {row.scheme}", {})[row.subgroup] = None
    return {name: list(subgroups) for name, subgroups in found.items()}


def _measurement(rows: Sequence[Measurement], spread: Spreading) -> SeedMeasurement:
    first = rows[0]
    value = spread([row.value for row in rows], [(row.ci_low, row.ci_high) for row in rows])
    is_rate = first.flagged is not None
    if is_rate:
        value = within(value, 0.0, 1.0)
    place = {name: getattr(first, name) for name in PLACE}
    return SeedMeasurement(**place, is_rate=is_rate, value=value)
