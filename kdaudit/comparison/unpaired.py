"""Two releases from their stored values alone: differences of two intervals; opens no file.

Where only values and intervals are at hand, the interval of a difference is recovered from them
(MOVER: Newcombe 1998, method 10, for Wilson's intervals; Zou & Donner 2008 for any), and that of
a ratio likewise (Donner & Zou 2012). Both take the values for independent. Those of one corpus
go together, so the intervals are wider than paired ones would be.
"""

from __future__ import annotations

from math import sqrt

from kdaudit.comparison.estimates import Effect, nothing_to_compare
from kdaudit.comparison.results import Interval, Measurement

INTERVAL = "newcombe"
"""What such an interval is called."""

Bounded = tuple[float, float, float]
"""A value with its bounds: low, value, high."""


def unpaired_effect(row: Measurement, before: Measurement, confidence: float) -> Effect:
    """A measure less the same measure before, from both intervals, of that confidence.

    `discordant`: of rates the larger number of flagged segments, of quality the segments, since
    nothing is known of single ones. Without a bound nothing is compared.
    """
    after, other = _bounded(row), _bounded(before)
    if after is None or other is None:
        return nothing_to_compare(min(row.n, before.n), INTERVAL)
    difference = after[1] - other[1]
    low, high = _difference(after, other)
    is_rate = row.flagged is not None and before.flagged is not None
    events = max(row.flagged or 0, before.flagged or 0)
    # Relative changes are of values that cannot be negative: a score may be.
    is_relative = other[1] > 0 and min(after[0], other[0]) >= 0
    return Effect(
        n=min(row.n, before.n),
        difference=difference,
        difference_ci=(low, high),
        relative_change=after[1] / other[1] - 1 if is_relative else None,
        relative_change_ci=_ratio(after, other) if is_relative else None,
        interval=INTERVAL,
        p_value=_p_value(difference, (low, high), confidence),
        discordant=events if is_rate else min(row.n, before.n),
    )


def _bounded(row: Measurement) -> Bounded | None:
    if row.value is None or row.ci_low is None or row.ci_high is None:
        return None
    return row.ci_low, row.value, row.ci_high


def _difference(after: Bounded, before: Bounded) -> tuple[float, float]:
    difference = after[1] - before[1]
    below = sqrt((after[1] - after[0]) ** 2 + (before[2] - before[1]) ** 2)
    above = sqrt((after[2] - after[1]) ** 2 + (before[1] - before[0]) ** 2)
    return difference - below, difference + above


def _ratio(after: Bounded, before: Bounded) -> Interval:
    """Bounds of the ratio less 1; the upper one is None where the one before may be 0."""
    low, value, high = after
    other_low, other, other_high = before
    product = value * other

    def bound(ours: float, theirs: float, sign: int) -> float:
        whole = theirs * (2 * other - theirs)
        part = ours * (2 * value - ours)
        if abs(whole) < 1e-12 * other**2:  # the limit, where the root takes all of the product
            return part / (2 * product) if product else 0.0
        return (product + sign * sqrt(max(product**2 - part * whole, 0.0))) / whole

    above = bound(high, other_low, 1) - 1 if other_low > 0 else None
    return bound(low, other_high, -1) - 1, above


def _p_value(difference: float, bounds: tuple[float, float], confidence: float) -> float:
    """Two-sided, by the normal distribution whose quantile is the bound on the side of 0: below
    the level where the interval leaves 0 out, and nowhere else."""
    from scipy.special import ndtr, ndtri

    reach = difference - bounds[0] if difference > 0 else bounds[1] - difference
    if difference == 0:
        return 1.0
    if reach == 0:
        return 0.0
    z = float(ndtri((1 + confidence) / 2)) * abs(difference) / reach
    return float(2 * ndtr(-z))
