"""chrF and chrF++ (Popović 2015, 2017) as sacreBLEU computes them, 0 to 100; opens no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kdaudit.errors import RecipeError
from kdaudit.quality.base import QualityScores
from kdaudit.quality.sacre import sacrebleu_signature, segment_statistics
from kdaudit.quality.sums import stacked
from kdaudit.segments import FloatArray, Segments


@dataclass(frozen=True)
class Chrf:
    """F-score of character n-grams, and of word n-grams where `word_order` is not 0.

    `char_order`, `word_order`, `beta` (the weight of recall), `lowercase`:
    sacreBLEU's; `word_order=2` is chrF++. Statistics (3 * orders,): for each order
    the n-grams of the translation, of the target, and the matches. Undefined where
    the target has no n-gram, as nothing is counted then.
    """

    char_order: int = 6
    word_order: int = 0
    beta: int = 2
    lowercase: bool = False

    name: ClassVar[str] = "chrf"
    higher_is_better: ClassVar[bool] = True
    paired: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if self.char_order < 1 or self.word_order < 0 or self.beta < 1:
            raise RecipeError(f"{self.name}: char_order and beta are 1 or more, word_order 0")

    @property
    def needs(self) -> tuple[str, ...]:
        return ("target", "translation")

    def score(self, segments: Segments) -> QualityScores:
        return self._compare(segments.texts("translation"), segments.texts("target"))

    def units(self, statistics: Sequence[FloatArray]) -> FloatArray:
        return stacked(statistics, self._width)

    def aggregate(self, sums: FloatArray) -> FloatArray:
        return chrf(sums, self.beta)

    def signature(self) -> str:
        name = f"chrF{self.beta}" + "+" * self.word_order
        return sacrebleu_signature(self._metric(), name)

    @property
    def _width(self) -> int:
        return 3 * (self.char_order + self.word_order)

    def _compare(self, hypotheses: list[str], references: list[str]) -> QualityScores:
        statistics = segment_statistics(self._metric(), hypotheses, references, self._width)
        return QualityScores(self.aggregate(statistics), list(statistics))

    def _metric(self) -> Any:
        from sacrebleu.metrics.chrf import CHRF

        return CHRF(self.char_order, self.word_order, self.beta, self.lowercase)


@dataclass(frozen=True)
class BackTranslation(Chrf):
    """chrF of the source against the translation's back-translation by a reverse model.

    It needs no target, and the reverse model is none of the audited ones: the gate
    of natural hallucinations. Undefined where the source has no n-gram.
    """

    name: ClassVar[str] = "back_translation"

    @property
    def needs(self) -> tuple[str, ...]:
        return ("source", "back_translation")

    def score(self, segments: Segments) -> QualityScores:
        return self._compare(segments.texts("back_translation"), segments.texts("source"))

    def signature(self) -> str:
        return f"{self.name}|{super().signature()}"


def chrf(sums: FloatArray, beta: float) -> FloatArray:
    """chrF (...,) of summed statistics (..., 3 * orders): sacreBLEU's, with effective order.

    Precision and recall are averaged over the orders that both sides have.
    """
    hypothesis, reference, matches = sums[..., 0::3], sums[..., 1::3], sums[..., 2::3]
    both = (hypothesis > 0) & (reference > 0)
    orders = np.maximum(both.sum(axis=-1), 1)
    precision = _quotient(matches, hypothesis, both).sum(axis=-1) / orders
    recall = _quotient(matches, reference, both).sum(axis=-1) / orders
    weighted = beta**2 * precision + recall
    score = _quotient((1 + beta**2) * precision * recall, weighted, weighted > 0)
    return np.where(sums.any(axis=-1), 100 * score, np.nan)


def _quotient(numerator: FloatArray, denominator: FloatArray, where: Any) -> FloatArray:
    """Numerator over denominator, 0 elsewhere."""
    result: FloatArray = np.zeros(np.shape(numerator))
    return np.divide(numerator, denominator, out=result, where=where)
