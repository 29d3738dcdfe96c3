"""Lexical diversity: mean segmental type-token ratio (MSTTR), 0 to 1; opens no file.

Johnson 1944: cut the running text into windows of equal length, take the share of
distinct tokens in each, and average. The value depends on the order of the
segments, since windows run across them, and the signature says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kdaudit.errors import RecipeError
from kdaudit.quality.base import QualityScores
from kdaudit.quality.sums import mean
from kdaudit.segments import FloatArray, Segments


@dataclass(frozen=True)
class Diversity:
    """MSTTR over windows of `window` tokens: lower-cased tokens of sacreBLEU's `tokenize`.

    Statistics (tokens,): the segment's tokens as numbers, counted by first
    occurrence in the whole split. The units are windows, so two models are not
    paired; a last window that is not full is dropped, and fewer tokens than one
    window have no value. A single segment has no score.
    """

    window: int = 100
    tokenize: Literal["13a", "intl", "zh", "char", "none"] = "13a"

    name: ClassVar[str] = "diversity"
    higher_is_better: ClassVar[bool] = True
    paired: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.window < 1:
            raise RecipeError("diversity: window is 1 or more")

    @property
    def needs(self) -> tuple[str, ...]:
        return ("translation",)

    def score(self, segments: Segments) -> QualityScores:
        from sacrebleu.metrics.bleu import BLEU

        tokenizer = BLEU(tokenize=self.tokenize).tokenizer
        numbers: dict[str, int] = {}
        statistics = [
            np.array(
                [numbers.setdefault(token, len(numbers)) for token in tokenizer(text).split()],
                dtype=np.float64,
            )
            for text in map(str.lower, segments.texts("translation"))
        ]
        return QualityScores(np.full(len(segments), np.nan), statistics)

    def units(self, statistics: Sequence[FloatArray]) -> FloatArray:
        """Windows (u, 2): the share of distinct tokens, and 1."""
        text = np.concatenate([np.empty(0), *statistics])
        windows = len(text) // self.window
        ordered = np.sort(text[: windows * self.window].reshape(windows, self.window), axis=1)
        distinct = 1 + (np.diff(ordered, axis=1) > 0).sum(axis=1)
        return np.stack([distinct / self.window, np.ones(windows)], axis=-1)

    def aggregate(self, sums: FloatArray) -> FloatArray:
        return mean(sums)

    def signature(self) -> str:
        return f"MSTTR|window:{self.window}|case:lc|tok:{self.tokenize}|order:as_given"
