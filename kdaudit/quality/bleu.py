"""BLEU (Papineni et al. 2002) as sacreBLEU computes it, 0 to 100; opens no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from kdaudit.quality.base import QualityScores
from kdaudit.quality.sacre import sacrebleu_signature, segment_statistics
from kdaudit.quality.sums import stacked
from kdaudit.segments import FloatArray, Segments

ORDERS = 4
WIDTH = 2 + 2 * ORDERS


@dataclass(frozen=True)
class Bleu:
    """BLEU of 1- to 4-grams with exponential smoothing.

    `tokenize`, `lowercase`: sacreBLEU's. Statistics (10,): tokens of the
    translation and of the target, matched n-grams and n-grams of the translation
    of the orders 1 to 4. The segment score stops at the highest order that the
    translation has (effective order); the corpus score does not. Undefined where
    translation and target are both empty.
    """

    tokenize: Literal["13a", "intl", "zh", "char", "none"] = "13a"
    lowercase: bool = False

    name: ClassVar[str] = "bleu"
    higher_is_better: ClassVar[bool] = True
    paired: ClassVar[bool] = True

    @property
    def needs(self) -> tuple[str, ...]:
        return ("target", "translation")

    def score(self, segments: Segments) -> QualityScores:
        statistics = segment_statistics(
            self._metric(), segments.texts("translation"), segments.texts("target"), WIDTH
        )
        return QualityScores(bleu(statistics, effective_order=True), list(statistics))

    def units(self, statistics: Sequence[FloatArray]) -> FloatArray:
        return stacked(statistics, WIDTH)

    def aggregate(self, sums: FloatArray) -> FloatArray:
        return bleu(sums, effective_order=False)

    def signature(self) -> str:
        return sacrebleu_signature(self._metric(), "BLEU")

    def _metric(self) -> Any:
        from sacrebleu.metrics.bleu import BLEU

        # `force` only silences the warning about text that looks tokenized.
        return BLEU(tokenize=self.tokenize, lowercase=self.lowercase, force=True)


def bleu(sums: FloatArray, *, effective_order: bool) -> FloatArray:
    """BLEU (...,) of summed statistics (..., 10): the formula of sacreBLEU's `compute_bleu`."""
    translation_length, target_length = sums[..., 0], sums[..., 1]
    matched, total = sums[..., 2 : 2 + ORDERS], sums[..., 2 + ORDERS :]
    there = np.logical_and.accumulate(total > 0, axis=-1)
    # The k-th order without a match counts as 1 / 2^k matches.
    misses = np.cumsum(there & (matched == 0), axis=-1)
    counted = np.where(matched > 0, matched, 0.5**misses)
    precision: FloatArray = np.ones_like(total)
    np.divide(counted, total, out=precision, where=there)
    orders = there.sum(axis=-1) if effective_order else np.full(there.shape[:-1], ORDERS)
    log_mean = np.log(precision).sum(axis=-1) / np.maximum(orders, 1)
    penalty = _log_brevity_penalty(translation_length, target_length)
    defined = matched.any(axis=-1) & (effective_order | there.all(axis=-1))
    score = np.where(defined, 100 * np.exp(log_mean + penalty), 0.0)
    return np.where(translation_length + target_length > 0, score, np.nan)


def _log_brevity_penalty(translation_length: FloatArray, target_length: FloatArray) -> FloatArray:
    """Natural log of the brevity penalty; 0 where the translation is not shorter, or empty."""
    ratio: FloatArray = np.ones_like(translation_length)
    np.divide(target_length, translation_length, out=ratio, where=translation_length > 0)
    return np.minimum(1 - ratio, 0.0)
