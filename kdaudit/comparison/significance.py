"""Tests of a difference, Holm's correction, and the verdict in a word; opens no file."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from kdaudit.segments import FloatArray, IntArray

Verdict = Literal["higher", "lower", "indistinguishable", "too_few"]

FEWEST_DISCORDANT = 6
"""Below this many discordant units the exact two-sided test cannot reach 0.05 (2 / 2**5 > 0.05)."""

EXACT_UP_TO = 20_000
"""Sums of weights up to this size are tested exactly, larger ones with random signs."""


def mcnemar(change: IntArray, counts: IntArray, resamples: int, rng: np.random.Generator) -> float:
    """The two-sided p-value of McNemar's exact test for units of any weight.

    `change` (t,): the model's flagged segments less the reference's, per unit type;
    `counts` (t,): units of that type. If the models are exchangeable, each unit's
    change has either sign with probability 1/2; p is the probability that the
    absolute sum is at least as large as it is. With units of one weight this is
    the binomial test of the discordant units (McNemar 1947, exact form).
    """
    from scipy.special import bdtr

    total = int(change @ counts)
    sizes, multiplicity = _by_size(np.abs(change), counts)
    if not len(sizes):
        return 1.0
    if len(sizes) == 1:
        units = int(multiplicity[0])
        fewer = (units - abs(total) // int(sizes[0])) // 2
        return min(1.0, 2 * float(bdtr(fewer, units, 0.5)))
    if int(sizes @ multiplicity) <= EXACT_UP_TO:
        return _exact(sizes, multiplicity, abs(total))
    return sign_flip(sizes.astype(np.float64), multiplicity, abs(total), resamples, rng)


def sign_flip(
    sizes: FloatArray, counts: IntArray, observed: float, resamples: int, rng: np.random.Generator
) -> float:
    """The two-sided p-value of a sum of changes, by random signs of the units.

    p = (1 + resamples whose absolute sum is at least `observed`) / (1 + resamples).
    """
    sums = np.zeros(resamples)
    for size, count in zip(np.abs(sizes), counts, strict=True):
        sums += size * (2 * rng.binomial(int(count), 0.5, size=resamples) - count)
    as_large = np.abs(sums) >= abs(observed) * (1 - 1e-9)  # a tie is a tie despite rounding
    return float((1 + np.count_nonzero(as_large)) / (1 + resamples))


def bootstrap_p(difference: float, resampled: FloatArray, units: float) -> float:
    """The two-sided p-value of a difference from its bootstrap distribution, shifted to 0.

    As sacreBLEU's paired bootstrap has it (Riezler & Maxwell 2005): one more than
    the resamples that lie at least as far from their mean as the difference lies
    from 0, over one more than the resamples. Undefined resamples are left out. The
    quantile of the normal distribution with that p is then taken for one of Student's,
    as in the intervals (`expanded`): `units` of them, if they were of one size.
    """
    from scipy.special import ndtri, stdtr

    values = resampled[np.isfinite(resampled)]
    if not len(values):
        return 1.0
    distance = np.abs(values - values.mean())
    as_far = np.count_nonzero(distance >= abs(difference) * (1 - 1e-9))
    freedom = max(1.0, units - 1)
    z = ndtri((1 + as_far) / (1 + len(values)) / 2) / np.sqrt(1 + 1 / freedom)
    return float(2 * stdtr(freedom, z))


def holm(p_values: npt.ArrayLike) -> FloatArray:
    """Holm's (1979) adjusted p-values, in the order of the given ones."""
    p = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, stepped)
    return adjusted


def verdict(
    difference: float | None, discordant: int, p_adjusted: float | None, confidence: float
) -> Verdict:
    """What is to be said of a contrast in one word."""
    if difference is None or p_adjusted is None or discordant < FEWEST_DISCORDANT:
        return "too_few"
    if p_adjusted >= round(1 - confidence, 12) or difference == 0:
        return "indistinguishable"
    return "higher" if difference > 0 else "lower"


def _by_size(sizes: IntArray, counts: IntArray) -> tuple[IntArray, IntArray]:
    """Distinct sizes above 0, and the units of each."""
    distinct, place = np.unique(sizes, return_inverse=True)
    units = np.bincount(place, weights=counts, minlength=len(distinct)).astype(np.int64)
    kept = (distinct > 0) & (units > 0)
    return distinct[kept], units[kept]


def _exact(sizes: IntArray, counts: IntArray, observed: int) -> float:
    """P(|sum of signed sizes| >= observed), by convolution over the sizes."""
    from scipy.special import gammaln

    chances = np.ones(1)
    for size, count in zip(sizes, counts, strict=True):
        step = np.zeros(int(size * count) + 1)
        up = np.arange(int(count) + 1)
        ways = gammaln(count + 1) - gammaln(up + 1) - gammaln(count - up + 1)
        step[:: int(size)] = np.exp(ways - count * np.log(2))
        chances = np.convolve(chances, step)
    largest = int(sizes @ counts)
    sums = 2 * np.arange(largest + 1) - largest
    return float(min(1.0, chances[np.abs(sums) >= observed].sum()))
