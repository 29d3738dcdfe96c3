"""Counterfactual memorization from the scores of models, one model at a time; opens no file.

For a pair with scores s by the n models that were trained with it and t by the m that were not

    CM = mean(s) - mean(t)                               Feldman & Zhang 2020, definition 1
    standard error = sqrt(var(s) / n + var(t) / m)       of independently trained models

with unbiased variances, each side's own: models that know a pair agree, others need not. It
needs two models on either side. The interval is Welch's: CM give or take Student's quantile
at the Welch-Satterthwaite degrees of freedom. A pair's band is uncertain where an edge of a
band lies inside its interval, or where it has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kdaudit.segments import BoolArray, FloatArray, IntArray, same_length

Counts = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Estimates:
    """What is known of each pair, (pairs,); nan where there is no model on a side.

    `low`, `high`: bounds of the interval; nan where there is no standard error.
    """

    mean_in: FloatArray
    mean_out: FloatArray
    memorization: FloatArray
    standard_error: FloatArray
    low: FloatArray
    high: FloatArray
    models_in: Counts
    models_out: Counts


class _Side:
    """Mean and variance of scores that come model by model (Welford 1962)."""

    def __init__(self, pairs: int):
        self.count: Counts = np.zeros(pairs, dtype=np.int32)
        self._mean: FloatArray = np.zeros(pairs)
        self._squares: FloatArray = np.zeros(pairs)

    def add(self, scores: FloatArray, where: BoolArray) -> None:
        self.count += where
        change = np.where(where, scores - self._mean, 0.0)
        self._mean += change / np.maximum(self.count, 1)
        self._squares += np.where(where, change * (scores - self._mean), 0.0)

    @property
    def mean(self) -> FloatArray:
        return np.where(self.count > 0, self._mean, np.nan)

    @property
    def variance_of_mean(self) -> FloatArray:
        """Unbiased variance over n; nan for fewer than two scores."""
        known = self.count > 1
        divisor = np.where(known, self.count * (self.count - 1.0), 1.0)
        return np.where(known, self._squares / divisor, np.nan)


class Estimator:
    """Takes the scores of one model after the other; its memory does not grow with them."""

    def __init__(self, pairs: int):
        self._inside, self._outside = _Side(pairs), _Side(pairs)

    def add(self, scores: FloatArray, inside: BoolArray) -> None:
        """One model's scores (pairs,), and which pairs it was trained on. A nan, a pair that the
        model cannot score, counts on no side."""
        same_length(scores=scores, inside=inside)
        known = ~np.isnan(scores)
        self._inside.add(scores, known & inside)
        self._outside.add(scores, known & ~inside)

    def estimates(self, confidence: float = 0.95) -> Estimates:
        """What the models so far say, with intervals of that confidence."""
        inside, outside = self._inside, self._outside
        memorization = inside.mean - outside.mean
        parts = inside.variance_of_mean, outside.variance_of_mean
        error = np.sqrt(sum(parts))
        counts = inside.count, outside.count
        margin = error * _quantile(parts, counts, confidence)
        return Estimates(
            inside.mean,
            outside.mean,
            memorization,
            error,
            memorization - margin,
            memorization + margin,
            inside.count.copy(),
            outside.count.copy(),
        )


def _quantile(
    parts: tuple[FloatArray, FloatArray], counts: tuple[Counts, Counts], confidence: float
) -> FloatArray:
    """Student's two-sided quantile at the degrees of freedom of Welch (1947) and Satterthwaite."""
    from scipy.special import stdtrit

    total = parts[0] + parts[1]
    below = sum(
        part**2 / np.maximum(count - 1, 1) for part, count in zip(parts, counts, strict=True)
    )
    some = total > 0  # without variance the margin is 0, whatever the quantile
    freedom = np.divide(total**2, below, out=np.ones_like(total), where=some)
    return np.asarray(stdtrit(freedom, (1 + confidence) / 2), dtype=np.float64)


def banded(memorization: FloatArray, edges: Sequence[float]) -> IntArray:
    """The band of each pair from 0 up, -1 for nan; `edges` rise, and belong to the band above."""
    bands = np.digitize(memorization, np.asarray(edges, dtype=np.float64))
    return np.where(np.isnan(memorization), -1, bands).astype(np.int64)


def uncertain(found: Estimates, edges: Sequence[float]) -> BoolArray:
    """Whose band is uncertain, (pairs,): the bounds of the interval are in different ones, or there
    is no interval."""
    known = ~np.isnan(found.low)
    differ: BoolArray = banded(found.low, edges) != banded(found.high, edges)
    return ~known | differ


def uncertain_share(found: Estimates, edges: Sequence[float]) -> float:
    """The share of uncertain pairs among those that any model scores; 0 where there is none."""
    scored = (found.models_in + found.models_out) > 0
    return float(uncertain(found, edges)[scored].mean()) if scored.any() else 0.0


def enough(found: Estimates, edges: Sequence[float], share: float, least: int, done: int) -> bool:
    """The stopping rule: whether `done` models, at least `least`, leave the band of at most `share`
    of the pairs uncertain, so that no further model is trained."""
    return done >= least and uncertain_share(found, edges) <= share
