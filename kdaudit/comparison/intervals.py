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


def effective_size(
    eligible: IntArray, flagged: IntArray, counts: IntArray, *, shared: bool = False
) -> float:
    """How many independent segments these units are worth; their number where all weigh 1.

    The smaller of two: the segments over the weight of a unit (`unit_weight`), which
    takes a unit's verdicts as one and is Kish's (sum w)^2 / sum w^2 where not `shared`;
    and the size at which a binomial rate would have the variance of the ratio estimator
    (Cochran 1977, eq. 6.13, by linearisation), which notices where heavy units are flagged.
    """
    total = float(eligible @ counts)
    kish = total / unit_weight(eligible, counts, shared=shared)
    rate = float(flagged @ counts) / total
    residual = float(((flagged - rate * eligible) ** 2) @ counts)
    if residual <= 0 or rate in (0.0, 1.0):
        return kish
    return min(kish, rate * (1 - rate) * total * total / residual)


def paired_corners(types: Types, confidence: float, *, shared: bool = False) -> Corners:
    """Conservative bounds for two models on the same segments, from few discordant units.

    The segments that only the model flags, and those that only the reference flags, get
    an exact interval each, at half the error (Bonferroni), on counts scaled by the weight
    of one unit; the corners of both bound the difference. They are taken out of all
    segments for the difference. For the relative change they are taken out of those that
    either model flags: (1 - lost) / (1 - gained) is then the ratio of the rates, and what
    both flag need not be known.
    """
    model, reference = types.column(1), types.column(3)
    change = model - reference
    weight = unit_weight(types.column(0), types.counts, shared=shared)
    if change.any():
        weight = max(weight, unit_weight(np.abs(change), types.counts))
    level, sides = (1 + confidence) / 2, (np.maximum(change, 0), np.maximum(-change, 0))
    events = [float(side @ types.counts) / weight for side in sides]

    gained, lost = (clopper_pearson(x, types.total(0) / weight, level) for x in events)
    difference = gained[0] - lost[1], gained[1] - lost[0]
    if types.total(3) == 0:
        return Corners(difference, None)
    either = float(np.maximum(model, reference) @ types.counts) / weight
    gained, lost = (clopper_pearson(x, either, level) for x in events)
    return Corners(difference, _ratio((1 - lost[1], 1 - lost[0]), (1 - gained[1], 1 - gained[0])))


def unpaired_corners(types: Types, confidence: float) -> Corners:
    """Conservative bounds for two rates with their own denominators: exact, at half the error."""
    level = (1 + confidence) / 2
    bounds = []
    for first in (0, 2):
        eligible, flagged = types.column(first), types.column(first + 1)
        size = effective_size(eligible, flagged, types.counts)
        rate = types.total(first + 1) / types.total(first)
        bounds.append(clopper_pearson(rate * size, size, level))
    model, reference = bounds
    difference = model[0] - reference[1], model[1] - reference[0]
    return Corners(difference, _ratio(model, reference) if types.total(3) else None)


def widened(confidence: float, sizes: IntArray, counts: IntArray) -> float:
    """The confidence at which percentiles of resamples are as wide as Student's t would have it.

    A bootstrap takes the variance that it sees for the true one, and a few units of unlike
    `sizes` (t,), `counts` (t,) of each, hardly tell it ("expanded percentiles", Hesterberg
    2015). Satterthwaite's (1946) degrees of freedom are twice the squared variance over the
    variance of the variance, of which the part that the number of units has is left out:
    units of one size need nothing, and many units next to nothing.
    """
    from scipy.special import ndtr, stdtrit

    squares = sizes.astype(np.float64) ** 2
    variance, units = float(squares @ counts), float(counts[sizes != 0].sum())
    uncertain = float(squares**2 @ counts) - variance**2 / units if units else 0.0
    if uncertain <= 1e-9 * variance**2:
        return confidence
    z = stdtrit(2 * variance**2 / uncertain, (1 + confidence) / 2)
    return float(2 * ndtr(z) - 1)


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


def expanded(confidence: float, units: float) -> float:
    """The confidence at which percentiles of resampled means of so many units are as wide as
    Student's interval, which a plain percentile interval of few is not (Hesterberg 2015)."""
    from scipy.special import ndtr, stdtrit

    freedom = max(1.0, units - 1)
    z = stdtrit(freedom, (1 + confidence) / 2) * np.sqrt(1 + 1 / freedom)
    return float(2 * ndtr(z) - 1)


def unit_weight(segments: IntArray, counts: IntArray, *, shared: bool = False) -> float:
    """The size of the unit in which a random one of these segments lies, on average.

    `shared`: for measures that flag nothing but shared translations units of one segment
    are left out, where there are others: none of them can be an event.
    """
    several = segments > 1
    if shared and several.any():
        segments, counts = segments[several], counts[several]
    return float((segments * segments) @ counts) / float(segments @ counts)


def _ratio(model: Bounds, reference: Bounds) -> tuple[float, float | None]:
    """Bounds of model / reference - 1."""
    high = model[1] / reference[0] - 1 if reference[0] > 0 else None
    return model[0] / reference[1] - 1, high
