"""TER (Snover et al. 2006) as sacreBLEU computes it, in percent; opens no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from kdaudit.quality.base import QualityScores
from kdaudit.quality.sacre import sacrebleu_signature, segment_statistics
from kdaudit.quality.sums import stacked
from kdaudit.segments import FloatArray, Segments

WIDTH = 2


@dataclass(frozen=True)
class Ter:
    """Edits (insertions, deletions, substitutions, shifts of blocks) per word of the target.

    The settings are sacreBLEU's. Statistics (2,): edits, and words of the target.
    Undefined where translation and target are both empty; 100 where only the
    target is.
    """

    normalized: bool = False
    no_punct: bool = False
    asian_support: bool = False
    case_sensitive: bool = False

    name: ClassVar[str] = "ter"
    higher_is_better: ClassVar[bool] = False
    paired: ClassVar[bool] = True

    @property
    def needs(self) -> tuple[str, ...]:
        return ("target", "translation")

    def score(self, segments: Segments) -> QualityScores:
        statistics = segment_statistics(
            self._metric(), segments.texts("translation"), segments.texts("target"), WIDTH
        )
        return QualityScores(self.aggregate(statistics), list(statistics))

    def units(self, statistics: Sequence[FloatArray]) -> FloatArray:
        return stacked(statistics, WIDTH)

    def aggregate(self, sums: FloatArray) -> FloatArray:
        edits, words = sums[..., 0], sums[..., 1]
        score: FloatArray = np.where(edits > 0, 1.0, np.nan)
        np.divide(edits, words, out=score, where=words > 0)
        return 100 * score

    def signature(self) -> str:
        return sacrebleu_signature(self._metric(), "TER")

    def _metric(self) -> Any:
        from sacrebleu.metrics.ter import TER

        return TER(self.normalized, self.no_punct, self.asian_support, self.case_sensitive)
