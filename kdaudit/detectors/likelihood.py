"""Log-probabilities per token as scores: what detectors by likelihood share; opens no file.

A score of this kind is on the scale of the model that gave it: it depends on how long
and with which label smoothing that model was trained. So a threshold is a number, and no
quantile of the split: with a quantile every model would have the same rate.
"""

from __future__ import annotations

import numpy as np

from kdaudit.detectors.base import Scored
from kdaudit.detectors.settings import require
from kdaudit.segments import BoolArray, FloatArray

UNLIKELY = -1.0
"""Natural log per token: a geometric mean of the tokens' probabilities of 0.37."""


def per_token(log_probability: FloatArray, tokens: FloatArray) -> FloatArray:
    """Mean log-probability of a token (n,), natural log; nan where there is no token."""
    mean: FloatArray = np.full(len(tokens), np.nan)
    np.divide(log_probability, tokens, out=mean, where=tokens > 0)
    return mean


def check_threshold(threshold: float, detector: str) -> None:
    """RecipeError for a threshold that no mean log-probability can fail."""
    require(threshold <= 0, detector, "threshold is a mean natural log-probability: 0 or less")


def scored_by(values: FloatArray) -> Scored:
    """Values as scores: eligible is what has one."""
    return Scored(~np.isnan(values), values, [""] * len(values))


def below(scored: Scored, threshold: float) -> BoolArray:
    """The eligible rows whose score is below the threshold."""
    flags: BoolArray = scored.eligible & (scored.score < threshold)
    return flags
