"""Rates of flagged segments, and differences of two of them, from unit types; opens no file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kdaudit.comparison.estimates import Effect, Estimate, nothing_to_compare
from kdaudit.comparison.intervals import (
    MANY,
    Corners,
    effective_size,
    paired_corners,
    percentile,
    proportion_interval,
    unpaired_corners,
    widened,
)
from kdaudit.comparison.resampling import resampled_types
from kdaudit.comparison.significance import mcnemar, sign_flip
from kdaudit.comparison.units import Types
from kdaudit.segments import BoolArray, FloatArray


@dataclass(frozen=True)
class RateSettings:
    """Number of bootstrap resamples (and of random signs), and the intervals' confidence.

    `shared`: of a measure that flags shared translations alone, see `unit_weight`.
    """

    resamples: int = 10_000
    confidence: float = 0.95
    shared: bool = False


def rate(types: Types, confidence: float, *, shared: bool = False) -> Estimate:
    """One model's rate; columns of the types: eligible, flagged. `shared`: see `RateSettings`."""
    n, flagged = types.total(0), types.total(1)
    if n == 0:
        return Estimate(0, 0, None, (None, None), "clopper-pearson")
    size = effective_size(types.column(0), types.column(1), types.counts, shared=shared)
    low, high, interval = proportion_interval(flagged / n * size, size, confidence)
    return Estimate(n, flagged, flagged / n, (low, high), interval)


def paired_effect(types: Types, settings: RateSettings, rng: np.random.Generator) -> Effect:
    """Two models on the same segments; columns: eligible, flagged, eligible, flagged.

    McNemar's exact test; bootstrap intervals, or exact conservative ones where
    either model or their discordance has under 10 units.
    """
    n = types.total(0)
    if n == 0:
        return nothing_to_compare(0, "clopper-pearson")
    change = types.column(1) - types.column(3)
    p_value = mcnemar(change, types.counts, settings.resamples, rng)
    if _few(types):
        corners = paired_corners(types, settings.confidence, shared=settings.shared)
        return _effect(types, n, corners, "clopper-pearson", p_value)
    return _effect(types, n, _bootstrap(types, settings, rng), "bootstrap", p_value)


def unpaired_effect(types: Types, settings: RateSettings, rng: np.random.Generator) -> Effect:
    """Two rates whose denominators are the models' own; columns as for `paired_effect`.

    The intervals are a bootstrap of the joint states of both models; the test is
    `ratio_test`.
    """
    n = int(np.maximum(types.column(0), types.column(2)) @ types.counts)
    if types.total(0) == 0 or types.total(2) == 0:
        return nothing_to_compare(n, "bootstrap")
    p_value = ratio_test(types, settings.resamples, rng)
    if _few(types):
        corners = unpaired_corners(types, settings.confidence)
        return _effect(types, n, corners, "clopper-pearson", p_value)
    return _effect(types, n, _bootstrap(types, settings, rng), "bootstrap", p_value)


def ratio_test(types: Types, resamples: int, rng: np.random.Generator) -> float:
    """The two-sided p-value of a difference of two rates with denominators of their own.

    With the pooled rate r, a unit's residual is (flagged - r eligible) / all eligible
    of the model, and its part in the difference is the model's residual less the
    reference's: the parts add up to the difference. Two tests, and the larger p.
    Random signs for the parts: with equal denominators this is McNemar's test, but it
    sees too little variance where the model with the small denominator happens to have
    no event. So, second, the score test: the parts' variance is at least what flags
    drawn at the rate r would have, a unit's flags taken as one.
    """
    from scipy.special import ndtr

    pooled = (types.total(1) + types.total(3)) / (types.total(0) + types.total(2))
    residuals, expected = [], 0.0
    for first in (0, 2):
        eligible, total = types.column(first), types.total(first)
        residuals.append((types.column(first + 1) - pooled * eligible) / total)
        expected += pooled * (1 - pooled) * float((eligible / total) ** 2 @ types.counts)
    parts = residuals[0] - residuals[1]
    observed = float(parts @ types.counts)
    together = float((residuals[0] * residuals[1]) @ types.counts)
    variance = max(expected - 2 * together, float(parts**2 @ types.counts))
    score = 2 * float(ndtr(-abs(observed) / np.sqrt(variance))) if variance > 0 else 1.0
    return max(score, sign_flip(parts, types.counts, observed, resamples, rng))


def _effect(types: Types, n: int, corners: Corners, interval: str, p_value: float) -> Effect:
    model = types.total(1) / types.total(0)
    reference = types.total(3) / types.total(2)
    return Effect(
        n=n,
        difference=model - reference,
        difference_ci=corners.difference,
        relative_change=model / reference - 1 if reference else None,
        relative_change_ci=corners.relative if reference else None,
        interval=interval,
        p_value=p_value,
        discordant=_units(types, types.column(1) != types.column(3)),
    )


def _few(types: Types) -> bool:
    """Whether a bootstrap would have too few events to draw from."""
    model, reference = types.column(1), types.column(3)
    events = _units(types, model > 0), _units(types, reference > 0)
    return min(*events, _units(types, model != reference)) < MANY


def _units(types: Types, which: BoolArray) -> int:
    return int(types.counts[which].sum())


def _bootstrap(types: Types, settings: RateSettings, rng: np.random.Generator) -> Corners:
    """Percentile intervals of the difference and of the relative change."""
    confidence = widened(settings.confidence, types.column(1) - types.column(3), types.counts)
    sums = resampled_types(types, settings.resamples, rng)
    model, reference = _ratio(sums[:, 0], sums[:, 1]), _ratio(sums[:, 2], sums[:, 3])
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = model / reference - 1  # infinite, or nan, where no event was drawn
    low, high = percentile(model - reference, confidence)
    assert low is not None, "a difference of rates is bounded"
    assert high is not None, "a difference of rates is bounded"
    return Corners((low, high), percentile(relative, confidence))


def _ratio(eligible: FloatArray, flagged: FloatArray) -> FloatArray:
    """Rates; nan for a resample in which nothing is eligible."""
    rates = np.full(len(flagged), np.nan)
    np.divide(flagged, eligible, out=rates, where=eligible > 0)
    return rates
