"""Oscillatory hallucination: a translation that repeats a bigram over and over; opens no file.

The rule of Raunak et al. 2021 with the thresholds and the tokenizer of Dankers &
Raunak 2025: the most frequent bigram of the translation occurs more than 10 times,
and over 4 times more often than the most frequent bigram of the source, which is
shorter than 50 tokens. On the labelled translations of Guerreiro et al. 2023 it
finds 14 of 86 oscillations, all of them correctly: it misses most.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Literal, NamedTuple

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.settings import require, signature
from kdaudit.detectors.tokenize import basic_tokenize
from kdaudit.segments import BoolArray, Segments


@dataclass(frozen=True)
class Oscillatory:
    """Counts of the most frequent bigram on either side, in tokens of `basic_tokenize`.

    Flagged: translation's count > `min_count`, difference of the counts >
    `min_difference`, source tokens < `max_source_tokens`. Eligible: at least
    `min_words` white-space words and 2 tokens on both sides; 1 suits languages
    that are written without spaces. Longer sources are eligible and never
    flagged: that is the published rate. `score`: the difference, nan where not
    eligible. `evidence`: the repeated bigram and its count. Features:
    `source_tokens`, `target_tokens`, `source_count`, `target_count`.
    """

    min_count: int = 10
    min_difference: int = 4
    max_source_tokens: int = 50
    min_words: int = 2

    name: ClassVar[str] = "oscillatory"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"

    def __post_init__(self) -> None:
        require(self.min_count >= 0, self.name, "min_count is 0 or more")
        require(self.max_source_tokens >= 1, self.name, "max_source_tokens is 1 or more")

    @property
    def needs(self) -> Needs:
        return Needs(("source", "translation"))

    def score(self, segments: Segments, services: Services) -> Scored:
        source = [top_bigram(text) for text in segments.texts("source")]
        target = [top_bigram(text) for text in segments.texts("translation")]
        columns = {
            "source_tokens": np.array([side.tokens for side in source], dtype=np.int32),
            "target_tokens": np.array([side.tokens for side in target], dtype=np.int32),
            "source_count": np.array([side.occurrences for side in source], dtype=np.int32),
            "target_count": np.array([side.occurrences for side in target], dtype=np.int32),
        }
        words = [min(one.words, other.words) for one, other in zip(source, target, strict=True)]
        shorter = np.minimum(columns["source_tokens"], columns["target_tokens"])
        eligible = (np.array(words, dtype=np.int64) >= self.min_words) & (shorter >= 2)
        difference = (columns["target_count"] - columns["source_count"]).astype(np.float64)
        evidence = [
            f"{side.bigram} ({side.occurrences})" if side.occurrences > 1 and use else ""
            for side, use in zip(target, eligible, strict=True)
        ]
        return Scored(eligible, np.where(eligible, difference, np.nan), evidence, columns)

    def judge(self, scored: Scored) -> BoolArray:
        features = {name: np.asarray(values) for name, values in scored.features.items()}
        flags: BoolArray = (
            scored.eligible
            & (features["target_count"] > self.min_count)
            & (features["target_count"] - features["source_count"] > self.min_difference)
            & (features["source_tokens"] < self.max_source_tokens)
        )
        return flags

    def signature(self) -> str:
        return signature(self, tokenizer="bert-basic-lower")


class TopBigram(NamedTuple):
    """Words and tokens of a text, and its most frequent bigram, the first of several; 0
    occurrences where there is none."""

    words: int
    tokens: int
    bigram: str
    occurrences: int


def top_bigram(text: str) -> TopBigram:
    """The most frequent bigram of a text; none where there are fewer than 2 tokens."""
    words, tokens = len(text.split()), basic_tokenize(text)
    if len(tokens) < 2:
        return TopBigram(words, len(tokens), "", 0)
    if len(set(tokens)) >= len(tokens) - 1:
        # A bigram that occurs twice needs two tokens that do, or one three times.
        return TopBigram(words, len(tokens), " ".join(tokens[:2]), 1)
    bigram, count = Counter(pairwise(tokens)).most_common(1)[0]
    return TopBigram(words, len(tokens), " ".join(bigram), count)
