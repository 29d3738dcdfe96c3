"""Metrics whose statistics add up: one segment is one unit; opens no file."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kdaudit.quality.base import QualityScores
from kdaudit.segments import FloatArray


def averaged(score: FloatArray) -> QualityScores:
    """Scores whose aggregate is their `mean`: value and number of each segment, 0 where nan."""
    statistics = np.stack([np.nan_to_num(score), ~np.isnan(score)], axis=-1)
    return QualityScores(score, list(statistics))


def stacked(statistics: Sequence[FloatArray], width: int) -> FloatArray:
    """Statistics of n segments as units (n, width), also where n is 0."""
    return np.array(statistics, dtype=np.float64).reshape(-1, width)


def mean(sums: FloatArray) -> FloatArray:
    """The mean out of sums (..., 2) of values and of ones; nan where nothing was summed."""
    result: FloatArray = np.full(sums.shape[:-1], np.nan)
    np.divide(sums[..., 0], sums[..., 1], out=result, where=sums[..., 1] > 0)
    return result
