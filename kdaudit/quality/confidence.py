"""Confidence: how likely a model finds its own translation, per token; opens no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kdaudit.quality.base import QualityScores
from kdaudit.quality.sums import averaged, mean, stacked
from kdaudit.segments import FloatArray, Segments


@dataclass(frozen=True)
class Confidence:
    """Geometric mean of the token probabilities, 0 to 1: exp(log_probability / tokens).

    `log_probability` is the translation's sum of natural logs and `tokens` its
    number of tokens, both with the end of sentence. Statistics (2,): the
    confidence and 1, so the value of several segments is the arithmetic mean of
    theirs. Undefined, and left out, without tokens or log-probability.
    """

    name: ClassVar[str] = "confidence"
    higher_is_better: ClassVar[bool] = True
    paired: ClassVar[bool] = True

    @property
    def needs(self) -> tuple[str, ...]:
        return ("log_probability", "tokens")

    def score(self, segments: Segments) -> QualityScores:
        log_probability, tokens = segments.numbers("log_probability"), segments.numbers("tokens")
        per_token: FloatArray = np.full(len(segments), np.nan)
        np.divide(log_probability, tokens, out=per_token, where=tokens > 0)
        return averaged(np.exp(per_token))

    def units(self, statistics: Sequence[FloatArray]) -> FloatArray:
        return stacked(statistics, 2)

    def aggregate(self, sums: FloatArray) -> FloatArray:
        return mean(sums)

    def signature(self) -> str:
        return "confidence|token_probability:geometric_mean|segments:arithmetic_mean"
