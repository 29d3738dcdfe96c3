"""Intervals for few and for many events, on types or on plain counts; opens no file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kdaudit.comparison.units import Types
from kdaudit.segments import FloatArray, IntArray

MANY = 10
"""From this many effective events and non-events up, the large-sample interval is used."""

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Corners:
    """Bounds of a difference and of a relative change; None: not bounded on that side."""

    difference: Bounds
    relative: tuple[float | None, float | None] | None


def proportion_interval(events: float, size: float, confidence: float) -> tuple[float, float, str]:
    """The two-sided interval of a proportion, and its name.

    Wilson's score interval from 10 events and non-events up, Clopper and Pearson's
    exact one below. `events` and `size` may be effective counts, not whole numbers.
    """
    enough = round(min(events, size - events), 9) >= MANY  # rounded: 9.9999999999 is 10
    bounds = wilson if enough else clopper_pearson
    low, high = bounds(events, size, confidence)
    return low, high, "wilson" if enough else "clopper-pearson"


def wilson(events: float, size: float, confidence: float) -> Bounds:
    """Wilson (1927), without continuity correction."""
    from scipy.special import ndtri

    z = float(ndtri((1 + confidence) / 2))
    rate = events / size
    middle = (rate + z * z / (2 * size)) / (1 + z * z / size)
    spread = rate * (1 - rate) / size + z * z / (4 * size * size)
    half = z * float(np.sqrt(spread)) / (1 + z * z / size)
    return max(0.0, middle - half), min(1.0, middle + half)


def clopper_pearson(events: float, size: float, confidence: float) -> Bounds:
    """Clopper & Pearson (1934), by the beta distribution; (0, 1) where `size` is 0."""
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    others = max(0.0, size - events)
    low = float(betaincinv(events, others + 1, tail)) if events > 0 else 0.0
    high = float(betaincinv(events + 1, others, 1 - tail)) if others > 0 else 1.0
    return low, high


def effective_size(eligible: IntArray, flagged: IntArray, counts: IntArray) -> float:
    """How many independent segments these units are worth; their number where all weigh 1.

    The smaller of two: Kish's (sum w)^2 / sum w^2 over the units' eligible
    segments, which takes a unit's verdicts as one; and the size at which a
    binomial rate would have the variance of the ratio estimator (Cochran 1977,
    eq. 6.13, by linearisation), which notices where heavy units are flagged.
    """
    total = float(eligible @ counts)
    kish = total * total / float((eligible * eligible) @ counts)
    rate = float(flagged @ counts) / total
    residual = float(((flagged - rate * eligible) ** 2) @ counts)
    if residual <= 0 or rate in (0.0, 1.0):
        return kish
    return min(kish, rate * (1 - rate) * total * total / residual)


def paired_corners(types: Types, confidence: float) -> Corners:
    """Conservative bounds for two models on the same segments, from few discordant units.

    The segments that only the model flags, and those that only the reference
    flags, get an exact interval each, at half the error (Bonferroni), on counts
    scaled by the weight of one unit; the corners of both bound the difference.
    """
    eligible, model, reference = types.column(0), types.column(1), types.column(3)
    change, total = model - reference, float(types.total(0))
    weight = _weight(types, eligible)
    if change.any():
        weight = max(weight, _weight(types, np.abs(change)))
    level = (1 + confidence) / 2
    gained, lost = (
        clopper_pearson(float(side @ types.counts) / weight, total / weight, level)
        for side in (np.maximum(change, 0), np.maximum(-change, 0))
    )
    common = float(np.minimum(model, reference) @ types.counts) / total
    return _corners(gained, lost, common, any_reference=types.total(3) > 0)


def unpaired_corners(types: Types, confidence: float) -> Corners:
    """Conservative bounds for two rates with their own denominators: exact, at half the error."""
    level = (1 + confidence) / 2
    bounds = []
    for first in (0, 2):
        eligible, flagged = types.column(first), types.column(first + 1)
        size = effective_size(eligible, flagged, types.counts)
        rate = types.total(first + 1) / types.total(first)
        bounds.append(clopper_pearson(rate * size, size, level))
    return _corners(bounds[0], bounds[1], 0.0, any_reference=types.total(3) > 0)


def percentile(resampled: FloatArray, confidence: float) -> tuple[float | None, float | None]:
    """The percentile interval of resampled values; None on a side that is not finite.

    `nan` (a resample without a value) is left out; infinity counts as larger than
    any number, so that an interval says where it is open.
    """
    values = np.sort(resampled[~np.isnan(resampled)])
    if not len(values):
        return None, None
    tail = (1 - confidence) / 2
    low = np.quantile(values, tail, method="lower")
    high = np.quantile(values, 1 - tail, method="higher")
    return finite(low), finite(high)


def finite(value: float) -> float | None:
    """The number, or None for nan and infinity, which JSON does not have."""
    return float(value) if np.isfinite(value) else None


def _weight(types: Types, segments: IntArray) -> float:
    """The size of the unit in which a random one of these segments lies, on average."""
    return float((segments * segments) @ types.counts) / float(segments @ types.counts)


def _corners(gained: Bounds, lost: Bounds, common: float, *, any_reference: bool) -> Corners:
    """Bounds of gained - lost, and of (common + gained) / (common + lost) - 1."""
    difference = gained[0] - lost[1], gained[1] - lost[0]
    if not any_reference:
        return Corners(difference, None)
    smallest, largest = common + lost[0], common + lost[1]
    low = (common + gained[0]) / largest - 1
    high = (common + gained[1]) / smallest - 1 if smallest > 0 else None
    return Corners(difference, (low, high))
