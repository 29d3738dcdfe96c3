"""Several runs of one recipe with different seeds, taken together; opens no file.

One run speaks of its models, several of the method. Rows are those that every run has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeVar

from kdaudit.comparison.inherited import Interval
from kdaudit.comparison.results import Comparison, Contrast, Measurement
from kdaudit.comparison.significance import holm, verdict
from kdaudit.comparison.spread import Spread, over_seeds

Row = TypeVar("Row", Measurement, Contrast)
Key = tuple[str, ...]

PLACE = ("measure", "model", "split", "scheme", "subgroup")
"""What names a measurement; a contrast has its reference, too."""


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
class SeedContrast:
    """A model less the reference on one subgroup over seeds.

    `relative_change` is each seed's difference over its reference's value. The verdict is that
    of the difference, after Holm's correction over the scheme's subgroups; `too_few` where
    fewer than 6 units differ in all seeds together. `discordant`: each seed's.
    """

    measure: str
    model: str
    reference: str
    split: str
    scheme: str
    subgroup: str
    is_rate: bool
    difference: Spread
    relative_change: Spread
    p_adjusted: float | None
    verdict: str
    discordant: tuple[int, ...]


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

    def to_json_dict(self) -> dict[str, Any]:
        """As JSON has it: intervals and seeds' values as lists."""
        return {
            "recipe": self.recipe,
            "runs": dict(self.runs),
            "same_segments": self.same_segments,
            "measurements": [asdict(row) for row in self.measurements],
            "contrasts": [asdict(row) for row in self.contrasts],
            "left_out": {name: list(found) for name, found in self.left_out.items()},
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
        _with_verdicts(
            [_contrast(rows, spread, rows[0].measure in rates) for rows in contrasted.values()],
            confidence,
        ),
        _left_out(found, measured),
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


Spreading = Callable[[Sequence[float | None], Sequence[Interval | None]], Spread]


def _measurement(rows: Sequence[Measurement], spread: Spreading) -> SeedMeasurement:
    first = rows[0]
    value = spread([row.value for row in rows], [(row.ci_low, row.ci_high) for row in rows])
    is_rate = first.flagged is not None
    if is_rate:
        value = _within(value, 0.0, 1.0)
    place = {name: getattr(first, name) for name in PLACE}
    return SeedMeasurement(**place, is_rate=is_rate, value=value)


def _contrast(rows: Sequence[Contrast], spread: Spreading, is_rate: bool) -> SeedContrast:
    first = rows[0]
    relative = spread(
        [row.relative_change for row in rows], [row.relative_change_ci for row in rows]
    )
    return SeedContrast(
        **{name: getattr(first, name) for name in PLACE},
        reference=first.reference,
        is_rate=is_rate,
        difference=spread([row.difference for row in rows], [row.difference_ci for row in rows]),
        relative_change=_within(relative, -1.0, math.inf) if is_rate else relative,
        p_adjusted=None,
        verdict="too_few",
        discordant=tuple(row.discordant for row in rows),
    )


def _within(spread: Spread, least: float, most: float) -> Spread:
    """The spread with an interval that does not leave what is possible."""
    if spread.ci is None:
        return spread
    low, high = spread.ci
    return replace(spread, ci=(max(least, low), min(most, high)))


def _with_verdicts(rows: Sequence[SeedContrast], confidence: float) -> list[SeedContrast]:
    """Each with the word for it; Holm's correction over a scheme's subgroups."""
    families: dict[Key, list[SeedContrast]] = {}
    for row in rows:
        key = row.measure, row.model, row.reference, row.split, row.scheme
        families.setdefault(key, []).append(row)
    return [row for family in families.values() for row in _judged(family, confidence)]


def _judged(family: Sequence[SeedContrast], confidence: float) -> list[SeedContrast]:
    p_values = [row.difference.p_value for row in family]
    adjusted = iter(holm([p for p in p_values if p is not None]).tolist())
    found = []
    for row, p in zip(family, p_values, strict=True):
        p_adjusted = None if p is None else next(adjusted)
        word = verdict(row.difference.mean, sum(row.discordant), p_adjusted, confidence)
        found.append(replace(row, p_adjusted=p_adjusted, verdict=word))
    return found
