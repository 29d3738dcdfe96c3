"""Means over seeds with their spread and interval; opens no file.

What a seed's run says of its models is one draw. The interval is about the method: other
trainings, on other segments like these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kdaudit.comparison.inherited import Interval

BISECTIONS = 50
"""A p-value is found to within 2^-50."""


@dataclass(frozen=True)
class Spread:
    """A value over seeds.

    `values`: each seed's, None where it has none; then mean and interval are None. `sd`: the
    standard deviation over seeds, with one less than their number as divisor; `sd_published`
    with their number, as the published figures have it. `p_value`: that the mean is 0.
    """

    values: tuple[float | None, ...]
    mean: float | None
    sd: float | None
    sd_published: float | None
    ci: tuple[float, float] | None
    p_value: float | None


def over_seeds(
    values: Sequence[float | None],
    intervals: Sequence[Interval | None],
    *,
    same_segments: bool,
    confidence: float,
) -> Spread:
    """The mean of at least two seeds' values, from each one's own interval over segments.

    Student's t of the seeds' values, with what segments add; w is the mean of the seeds' squared
    standard errors. On segments of each seed's own that is in the spread over seeds: half the
    interval is t s / √k on k - 1 degrees of freedom, and at least z √(w / k), what it would be
    if seeds made no difference (in the manner of the correction of Hartung and Knapp's method,
    Röver, Knapp & Friede 2015): a spread of 0 by chance is no certainty. On the same segments
    their share does not shrink with more seeds: √(t² s² / k + z² w), as of two independent
    parts. Some of w is in s², too, so that the interval is no narrower than it may be. None
    where a seed's own interval is not bounded. `p_value`: one less the confidence at which the
    interval ends at 0.
    """
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return Spread(tuple(values), None, None, None, None, None)
    mean, sd = float(np.mean(known)), float(np.std(known, ddof=1))
    variances = [_variance(interval, confidence) for interval in intervals]
    whole = [one for one in variances if one is not None]
    bounds, p_value = None, None
    if len(whole) == len(values):
        within = float(np.mean(whole))
        error = _Error(sd**2 / len(known), within, len(known), same_segments)
        half = error.half_width(confidence)
        bounds, p_value = (mean - half, mean + half), error.p_value(mean)
    return Spread(tuple(values), mean, sd, float(np.std(known)), bounds, p_value)


@dataclass(frozen=True)
class _Error:
    """The variance of a mean over seeds: of the seeds, estimated from them, and of one seed's
    segments, which is known."""

    of_seeds: float
    of_segments: float
    seeds: int
    same_segments: bool

    def half_width(self, confidence: float) -> float:
        """Half of the two-sided interval."""
        from scipy.special import ndtri, stdtrit

        tail = (1 + confidence) / 2
        by_seeds = float(stdtrit(self.seeds - 1, tail)) ** 2 * self.of_seeds
        by_segments = float(ndtri(tail)) ** 2 * self.of_segments
        if self.same_segments:
            return float(np.sqrt(by_seeds + by_segments))
        return float(np.sqrt(max(by_seeds, by_segments / self.seeds)))

    def p_value(self, mean: float) -> float:
        """The two-sided p-value of a mean of 0, by bisection."""
        if mean == 0:
            return 1.0
        low, high = 0.0, 1.0  # confidences at which the interval is too narrow, and too wide
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            if self.half_width(middle) < abs(mean):
                low = middle
            else:
                high = middle
        return 1 - low


def _variance(interval: Interval | None, confidence: float) -> float | None:
    """The squared standard error that an interval stands for."""
    from scipy.special import ndtri

    low, high = interval or (None, None)
    if low is None or high is None:
        return None
    return float((high - low) / (2 * ndtri((1 + confidence) / 2))) ** 2
