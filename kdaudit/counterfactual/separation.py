"""How well a score tells one group from another: AUROC with its interval; opens no file.

AUROC is the probability that a random case scores above a random other one, ties counting
half (Mann & Whitney 1947). Its variance is that of DeLong, DeLong & Clarke-Pearson (1988), by
mid-ranks (Sun & Xu 2014); the interval is taken on the logit, so that it stays within 0 and 1.
Where the groups do not overlap that variance is 0: the bound is then Clopper & Pearson's for
all cases of the smaller group on their side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kdaudit.segments import FloatArray


@dataclass(frozen=True)
class Separation:
    """`cases` and `others`: how many there are with a score. The AUROC and its bounds are None
    where one of the two is 0."""

    cases: int
    others: int
    auroc: float | None
    ci_low: float | None
    ci_high: float | None


def separation(cases: FloatArray, others: FloatArray, confidence: float = 0.95) -> Separation:
    """The AUROC of the scores of cases against those of others; nan, no score, is left out."""
    cases, others = cases[~np.isnan(cases)], others[~np.isnan(others)]
    counts = len(cases), len(others)
    if not all(counts):
        return Separation(*counts, None, None, None)
    above, below = _placements(cases, others)
    auroc = float(above.mean())
    variance = _variance_of_mean(above) + _variance_of_mean(below)
    if variance == 0 and auroc in (0.0, 1.0):
        bound = ((1 - confidence) / 2) ** (1 / min(counts))
        low, high = (bound, 1.0) if auroc == 1.0 else (0.0, 1 - bound)
    else:
        low, high = _logit_interval(auroc, variance, confidence)
    return Separation(*counts, auroc, low, high)


def _placements(cases: FloatArray, others: FloatArray) -> tuple[FloatArray, FloatArray]:
    """For each case the share of others below it, and for each other that of cases above it."""
    from scipy.stats import rankdata

    ranks = rankdata(np.concatenate([cases, others]))
    above = (ranks[: len(cases)] - rankdata(cases)) / len(others)
    below = 1 - (ranks[len(cases) :] - rankdata(others)) / len(cases)
    return above, below


def _variance_of_mean(values: FloatArray) -> float:
    return float(values.var(ddof=1)) / len(values) if len(values) > 1 else 0.0


def _logit_interval(auroc: float, variance: float, confidence: float) -> tuple[float, float]:
    from scipy.special import expit, logit
    from scipy.stats import norm

    margin = norm.ppf((1 + confidence) / 2) * np.sqrt(variance) / (auroc * (1 - auroc))
    low, high = expit(logit(auroc) + np.array([-margin, margin]))
    return float(low), float(high)
