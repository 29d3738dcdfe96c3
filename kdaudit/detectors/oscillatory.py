"""Oscillatory hallucination: a translation that repeats a bigram over and over; opens no file.

The rule of Raunak et al. 2021 with the thresholds and the tokenizer of Dankers &
Raunak 2025: the most frequent bigram of the translation occurs more than 10 times,
and over 4 times more often than the most frequent bigram of the source, which is
shorter than 50 tokens. On the labelled translations of Guerreiro et al. 2023 it
finds 14 of 86 oscillations, all of them correctly: it misses most.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.bigrams import top_bigrams
from kdaudit.detectors.settings import require, signature
from kdaudit.segments import BoolArray, Segments


@dataclass(frozen=True)
class Oscillatory:
    """Counts of the most frequent bigram on either side, in tokens of `basic_tokenize`.

    Flagged: translation's count > `min_count`, difference of the counts >
    `min_difference`, source tokens < `max_source_tokens`. Eligible: at least
    `min_words` white-space words and 2 tokens on both sides; 1 suits languages
    that are written without spaces. Longer sources are eligible and never
    flagged: that is the published rate. With `leave_out_long` they are not eligible, with
    `count_long` they are flagged like the others: the released script's rates `short` and
    `long`. `score`: the difference, nan where not
    eligible. `evidence`: the repeated bigram and its count. Features:
    `source_tokens`, `target_tokens`, `source_count`, `target_count`.
    """

    min_count: int = 10
    min_difference: int = 4
    max_source_tokens: int = 50
    min_words: int = 2
    leave_out_long: bool = False
    count_long: bool = False

    name: ClassVar[str] = "oscillatory"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(self.min_count >= 0, self.name, "min_count is 0 or more")
        require(self.max_source_tokens >= 1, self.name, "max_source_tokens is 1 or more")
        both = self.leave_out_long and self.count_long
        require(not both, self.name, "long sources are left out or counted, not both")

    @property
    def needs(self) -> Needs:
        return Needs(("source", "translation"))

    def score(self, segments: Segments, services: Services) -> Scored:
        source = top_bigrams(segments.strings("source"), show=False)
        target = top_bigrams(segments.strings("translation"))
        columns = {
            "source_tokens": source.tokens,
            "target_tokens": target.tokens,
            "source_count": source.occurrences,
            "target_count": target.occurrences,
        }
        words = np.minimum(source.words, target.words)
        tokens = np.minimum(source.tokens, target.tokens)
        eligible: BoolArray = (words >= self.min_words) & (tokens >= 2)
        if self.leave_out_long:
            eligible &= source.tokens < self.max_source_tokens
        difference = (target.occurrences - source.occurrences).astype(np.float64)
        evidence = [""] * len(segments)
        for row, bigram in target.shown.items():
            if eligible[row]:
                evidence[row] = f"{bigram} ({target.occurrences[row]})"
        return Scored(eligible, np.where(eligible, difference, np.nan), evidence, columns)

    def judge(self, scored: Scored) -> BoolArray:
        features = {name: np.asarray(values) for name, values in scored.features.items()}
        flags: BoolArray = (
            scored.eligible
            & (features["target_count"] > self.min_count)
            & (features["target_count"] - features["source_count"] > self.min_difference)
            & (self.count_long | (features["source_tokens"] < self.max_source_tokens))
        )
        return flags

    def signature(self) -> str:
        return signature(self, tokenizer="bert-basic-lower")
