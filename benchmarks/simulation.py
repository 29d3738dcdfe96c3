"""Made-up populations of units, and data sets drawn from them, for `benchmarks.statistics`.

A unit is a pair with its copies, or a group of segments that share a translation. A
population says which units there are and how likely each verdict on one is; a data set
is so many units drawn from it, as the types and counts that `kdaudit.comparison` works
on. Opens no file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kdaudit.comparison.units import Types
from kdaudit.segments import FloatArray, IntArray

COPIES = np.array([1, 2, 4, 8, 16])
"""Weights of repeated pairs, one as frequent as another."""

GROUPS = np.array([5, 8, 12, 20, 32, 50])
"""Segments that share a translation: clusters of 5 to 50, one size as frequent as another."""

KINDS = {
    "once": "every pair once",
    "repeated": "pairs that occur 1, 2, 4, 8 or 16 times",
    "related": "the same, flagged the oftener the more copies there are",
    "shared": "half of the segments in groups of 5 to 50 with one translation, the only ones that "
    "are flagged; at a rate of 0.5 all of them",
}

FLAGGED, PASSED, APART = (1, 1), (1, 0), (0, 0)
"""States of a unit for a model: whether its segments are eligible, and flagged."""


@dataclass(frozen=True)
class Population:
    """Units of several weights: `weights` (k,) in segments, the `shares` (k,) of units of each,
    and the `chances` (k,) that one is flagged; `units` of them are a data set."""

    units: int
    weights: IntArray
    shares: FloatArray
    chances: FloatArray

    @classmethod
    def of(cls, kind: str, segments: int, rate: float) -> Population:
        """One of `KINDS`, of about so many segments, flagged at this rate (of segments)."""
        weights, shares, chances = np.array([1]), np.array([1.0]), np.array([rate])
        if kind in ("repeated", "related"):
            weights, shares = COPIES, np.full(len(COPIES), 1 / len(COPIES))
            chances = np.full(len(COPIES), rate)
            if kind == "related":
                chances = COPIES * rate * COPIES.mean() / (COPIES**2).mean()
        if kind == "shared":
            groups = GROUPS[max(10, segments // 10) >= GROUPS]
            inside = 1.0 if rate > 0.25 else 0.5
            alone = (1 - inside) * groups.mean()  # units of one segment for each group
            weights = np.append(1, groups)
            shares = np.append(alone, np.full(len(groups), inside / len(groups)))
            shares, chances = (
                shares / shares.sum(),
                np.append(0, np.full(len(groups), rate / inside)),
            )
        return cls(max(2, round(segments / float(weights @ shares))), weights, shares, chances)

    @property
    def events(self) -> float:
        """Flagged units that are expected."""
        return float(self.units * self.shares @ self.chances)

    @property
    def rate(self) -> float:
        """Flagged segments over all segments."""
        segments = self.shares * self.weights
        return float(segments @ self.chances / segments.sum())

    def times(self, factor: float) -> Population:
        """The same units, flagged so many times as often."""
        return Population(self.units, self.weights, self.shares, self.chances * factor)

    @property
    def possible(self) -> bool:
        """Whether all chances are chances."""
        return bool((self.chances <= 1).all())


def one_model(population: Population, sets: int, rng: np.random.Generator) -> Iterator[Types]:
    """Data sets of one model's verdicts; columns of the types: eligible, flagged."""
    states = [(FLAGGED,), (PASSED,)]
    chances = np.stack([population.chances, 1 - population.chances], axis=1)
    return _drawn(population, states, chances, sets, rng)


def two_models(
    model: Population, reference: Population, together: float, sets: int, rng: np.random.Generator
) -> Iterator[Types]:
    """Data sets of two models' verdicts on the same units; columns: eligible, flagged, twice.

    `together`: the share of units for which one lot decides for both models.
    """
    marginals = [np.stack([one.chances, 1 - one.chances], axis=1) for one in (model, reference)]
    states = [(one, other) for one in (FLAGGED, PASSED) for other in (FLAGGED, PASSED)]
    return _drawn(model, states, _joint(*marginals, together), sets, rng)


def own_denominators(
    model: Population,
    reference: Population,
    eligible: tuple[float, float],
    together: float,
    sets: int,
    rng: np.random.Generator,
) -> Iterator[Types]:
    """The same where each model has eligible units of its own, this share of all; `chances` are
    then those of an eligible unit."""
    marginals = [
        np.stack([share * one.chances, share * (1 - one.chances), 0 * one.chances + 1 - share], 1)
        for one, share in zip((model, reference), eligible, strict=True)
    ]
    kinds = FLAGGED, PASSED, APART
    states = [(one, other) for one in kinds for other in kinds]
    return _drawn(model, states, _joint(*marginals, together), sets, rng)


def _joint(model: FloatArray, reference: FloatArray, together: float) -> FloatArray:
    """Chances (k, s * s) of two models' states out of those of each (k, s)."""
    ends, others = np.cumsum(model, axis=1), np.cumsum(reference, axis=1)
    starts, their_starts = ends - model, others - reference
    last = np.minimum(ends[:, :, None], others[:, None, :])
    first = np.maximum(starts[:, :, None], their_starts[:, None, :])
    one_lot = np.clip(last - first, 0, None)
    two_lots = model[:, :, None] * reference[:, None, :]
    joint: FloatArray = together * one_lot + (1 - together) * two_lots
    return joint.reshape(len(model), -1)


def _drawn(
    population: Population,
    states: list[tuple[tuple[int, int], ...]],
    chances: FloatArray,
    sets: int,
    rng: np.random.Generator,
) -> Iterator[Types]:
    """Types of so many data sets: each weight (k) in each state (s), with `chances` (k, s)."""
    of_unit = np.array(states).reshape(len(states), -1)
    values = (population.weights[:, None, None] * of_unit).reshape(-1, of_unit.shape[1])
    cells = (population.shares[:, None] * chances).ravel()
    for _ in range(sets):
        counts = rng.multinomial(population.units, cells / cells.sum())
        there = (counts > 0) & values.any(axis=1)
        yield Types(values[there], counts[there])
