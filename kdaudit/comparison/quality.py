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


@dataclass(frozen=True)
class Resampled:
    """One model's quality on one subgroup of n segments: value, resamples (r,), units (u, k).

    `size`: how many units of one size they are worth, by Kish's (sum w)^2 / sum w^2.
    """

    n: int
    value: float | None
    values: FloatArray
    units: FloatArray
    size: float


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
    return Resampled(len(rows), value, quality.metric.aggregate(sums), units, size)


def estimate(resampled: Resampled, confidence: float) -> Estimate:
    """The value, with its percentile interval, expanded to Student's width."""
    if resampled.value is None:
        return Estimate(resampled.n, None, None, (None, None), "bootstrap")
    bounds = percentile(resampled.values, expanded(confidence, resampled.size))
    return Estimate(resampled.n, None, resampled.value, bounds, "bootstrap")


def effect(model: Resampled, reference: Resampled, *, paired: bool, confidence: float) -> Effect:
    """The model less the reference; see `bootstrap_p` for the test."""
    if model.value is None or reference.value is None:
        return nothing_to_compare(model.n, "bootstrap")
    difference = model.value - reference.value
    differences = model.values - reference.values
    size = min(model.size, reference.size)
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


def _kish(copies: IntArray) -> float:
    return float(copies.sum() ** 2 / (copies**2).sum()) if len(copies) else 0.0


def _discordant(model: FloatArray, reference: FloatArray, paired: bool) -> int:
    """Units that differ; units that have no partner all do, unless the models are equal."""
    if paired:
        return int(np.any(model != reference, axis=1).sum())
    return 0 if np.array_equal(model, reference) else min(len(model), len(reference))
