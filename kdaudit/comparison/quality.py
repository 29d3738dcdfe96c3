"""Quality measures by bootstrap of their stored statistics; opens no file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kdaudit.comparison.estimates import Effect, Estimate, nothing_to_compare
from kdaudit.comparison.inputs import Quality
from kdaudit.comparison.intervals import expanded, finite, percentile
from kdaudit.comparison.resampling import Resamples, summed
from kdaudit.comparison.significance import bootstrap_p
from kdaudit.comparison.units import dense
from kdaudit.segments import FloatArray, IntArray

FEW = 2_000
"""With more units the variance is known well enough."""


@dataclass(frozen=True)
class Resampled:
    """One model's quality on one subgroup of n segments: value, resamples (r,), units (u, k).

    `size`: how many units of one size they are worth, by Kish's (sum w)^2 / sum w^2.
    `influence` (u,): the value less that without the unit; None of more than `FEW` units.
    """

    n: int
    value: float | None
    values: FloatArray
    units: FloatArray
    size: float
    influence: FloatArray | None


def row_units(quality: Quality) -> FloatArray | None:
    """The units of all rows (n, k) where unit i is row i; None for a metric with other units."""
    if not quality.metric.paired:
        return None
    units = quality.metric.units(quality.statistics)
    assert len(units) == len(quality.statistics), f"{quality.measure}: a paired unit is a row"
    return units


def resample(
    quality: Quality,
    of_rows: FloatArray | None,
    rows: IntArray,
    pairs: IntArray,
    draws: Resamples,
) -> Resampled:
    """The quality of the given rows of a split.

    `of_rows`: `row_units` of the split. `pairs` (of the rows): a key of each one's
    distinct pair, whose copies are drawn together; their order is that of the keys.
    A metric with units of its own (windows of text) is drawn for each model alone.
    """
    if of_rows is None:
        units = quality.metric.units([quality.statistics[row] for row in rows])
        sums, size = draws.sums(units, alone=quality.model), float(len(units))
    else:
        pair = dense(pairs)
        copies = np.bincount(pair)
        units = summed(of_rows[rows], pair, len(copies))
        sums, size = draws.sums(units), _kish(copies)
    value = finite(float(quality.metric.aggregate(units.sum(axis=0))))
    influence = None
    if value is not None and 1 < len(units) <= FEW:
        influence = value - quality.metric.aggregate(units.sum(axis=0) - units)
    return Resampled(len(rows), value, quality.metric.aggregate(sums), units, size, influence)


def estimate(resampled: Resampled, confidence: float) -> Estimate:
    """The value, with its percentile interval, expanded to Student's width."""
    if resampled.value is None:
        return Estimate(resampled.n, None, None, (None, None), "bootstrap")
    size = _worth(resampled.size, resampled.influence)
    bounds = percentile(resampled.values, expanded(confidence, size))
    return Estimate(resampled.n, None, resampled.value, bounds, "bootstrap")


def effect(model: Resampled, reference: Resampled, *, paired: bool, confidence: float) -> Effect:
    """The model less the reference; see `bootstrap_p` for the test."""
    if model.value is None or reference.value is None:
        return nothing_to_compare(model.n, "bootstrap")
    difference = model.value - reference.value
    differences = model.values - reference.values
    size = _size_of_both(model, reference, paired=paired)
    confidence = expanded(confidence, size)
    relative, relative_ci = None, None
    if reference.value != 0:
        relative = difference / reference.value
        with np.errstate(divide="ignore", invalid="ignore"):
            relative_ci = percentile(differences / reference.values, confidence)
    return Effect(
        n=model.n,
        difference=difference,
        difference_ci=percentile(differences, confidence),
        relative_change=relative,
        relative_change_ci=relative_ci,
        interval="bootstrap",
        p_value=bootstrap_p(difference, differences, size),
        discordant=_discordant(model.units, reference.units, paired),
    )


def _size_of_both(model: Resampled, reference: Resampled, *, paired: bool) -> float:
    """How many units of one size the difference of two models rests on."""
    if paired and model.influence is not None and reference.influence is not None:
        return _worth(min(model.size, reference.size), model.influence - reference.influence)
    return min(_worth(one.size, one.influence) for one in (model, reference))


def _worth(size: float, influence: FloatArray | None) -> float:
    """At most so many units as tell the variance as well: one more than Satterthwaite's (1946)
    degrees of freedom, 2 (Σc²)² / (Σc⁴ − (Σc²)² / u), of the units' influences c. Long segments
    and unlike ones weigh more than their copies say."""
    if influence is None or not np.isfinite(influence).all():
        return size
    squares = (influence - influence.mean()) ** 2
    total, uncertain = squares.sum(), (squares**2).sum() - squares.sum() ** 2 / len(squares)
    return min(size, 1 + 2 * total**2 / uncertain) if uncertain > 0 else size


def _kish(copies: IntArray) -> float:
    return float(copies.sum() ** 2 / (copies**2).sum()) if len(copies) else 0.0


def _discordant(model: FloatArray, reference: FloatArray, paired: bool) -> int:
    """Units that differ; units that have no partner all do, unless the models are equal."""
    if paired:
        return int(np.any(model != reference, axis=1).sum())
    return 0 if np.array_equal(model, reference) else min(len(model), len(reference))
