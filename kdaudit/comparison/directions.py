"""Runs of unlike recipes side by side, and their mean with its spread; opens no file.

Directions are not drawn from anything, so their mean has a spread and no interval.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from kdaudit.comparison.results import Comparison
from kdaudit.comparison.seed_contrasts import Key, SeedContrast
from kdaudit.comparison.seed_inheritance import SeedInherited
from kdaudit.comparison.seeds import SeedMeasurement, Seeds


@dataclass(frozen=True)
class Mean:
    """Values by direction (None: it has none), the mean of those that there are, and their
    standard deviation with one less than their number and with their number as divisor."""

    values: Mapping[str, float | None]
    mean: float | None
    sd: float | None
    sd_published: float | None

    @classmethod
    def of(cls, values: Mapping[str, float | None]) -> Mean:
        known = [value for value in values.values() if value is not None]
        if not known:
            return cls(values, None, None, None)
        sd = float(np.std(known, ddof=1)) if len(known) > 1 else None
        return cls(values, float(np.mean(known)), sd, float(np.std(known)))


@dataclass(frozen=True)
class DirectionContrast:
    """A model less its reference on one subgroup, over directions; verdicts by direction."""

    measure: str
    model: str
    reference: str
    split: str
    scheme: str
    subgroup: str
    is_rate: bool
    difference: Mean
    relative_change: Mean
    verdicts: Mapping[str, str]


@dataclass(frozen=True)
class Effect:
    """What one direction says: of a run, or of its seeds together."""

    is_rate: bool
    difference: float | None
    relative_change: float | None
    verdict: str


@dataclass(frozen=True)
class Combined:
    """Several runs together: the seeds of each recipe with more than one run, and the recipes
    side by side where there are several."""

    seeds: Sequence[Seeds]
    directions: Sequence[DirectionContrast] = ()

    def only(self, split: str | None = None, scheme: str | None = None) -> Combined:
        """The rows of one split, one scheme, or both."""

        def fits(
            row: SeedMeasurement | SeedContrast | SeedInherited | DirectionContrast,
        ) -> bool:
            return split in (None, row.split) and scheme in (None, row.scheme)

        return Combined(
            [
                replace(
                    one,
                    measurements=[row for row in one.measurements if fits(row)],
                    contrasts=[row for row in one.contrasts if fits(row)],
                    inheritance=[row for row in one.inheritance if fits(row)],
                )
                for one in self.seeds
            ],
            [row for row in self.directions if fits(row)],
        )

    def to_json_dict(self) -> dict[str, Any]:
        """What stands beside the runs in JSON."""
        return {
            "schema": "kdaudit.combined/1",
            "seeds": [one.to_json_dict() for one in self.seeds],
            "directions": [asdict(row) for row in self.directions],
        }


def side_by_side(directions: Mapping[str, Comparison | Seeds]) -> list[DirectionContrast]:
    """The contrasts that at least two directions have, in the order in which they are met."""
    effects = {
        name: of_seeds(found) if isinstance(found, Seeds) else of_run(found)
        for name, found in directions.items()
    }
    keys = dict.fromkeys(key for found in effects.values() for key in found)
    rows = []
    for key in keys:
        there = {name: found.get(key) for name, found in effects.items()}
        known = [one for one in there.values() if one is not None]
        if len(known) > 1:
            measure, model, reference, split, scheme, subgroup = key
            difference, relative = (
                Mean.of({n: getattr(one, which, None) for n, one in there.items()})
                for which in ("difference", "relative_change")
            )
            words = {name: one.verdict for name, one in there.items() if one is not None}
            place = measure, model, reference, split, scheme, subgroup
            rows.append(DirectionContrast(*place, known[0].is_rate, difference, relative, words))
    return rows


def of_run(found: Comparison) -> dict[Key, Effect]:
    """The contrasts of one run."""
    rates = {row.measure for row in found.measurements if row.flagged is not None}
    return {
        (c.measure, c.model, c.reference, c.split, c.scheme, c.subgroup): Effect(
            c.measure in rates, c.difference, c.relative_change, c.verdict
        )
        for c in found.contrasts
    }


def of_seeds(found: Seeds) -> dict[Key, Effect]:
    """The contrasts of several seeds."""
    return {
        (c.measure, c.model, c.reference, c.split, c.scheme, c.subgroup): Effect(
            c.is_rate, c.difference.mean, c.relative_change.mean, c.verdict
        )
        for c in found.contrasts
    }
