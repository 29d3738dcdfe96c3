"""Oscillation by its share of the text, calibrated on human labels; opens no file.

The published rule counts one bigram and misses most (see `oscillatory`). This one asks how
much of the translation is repetition, beyond the repetition that its source has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.bigrams import TopBigrams, top_bigrams
from kdaudit.detectors.characters import both_filled
from kdaudit.detectors.ngrams import compared
from kdaudit.detectors.settings import require, signature
from kdaudit.segments import BoolArray, FloatArray, Segments

ORDER = 5
"""Of the character n-grams."""


@dataclass(frozen=True)
class OscillatoryCalibrated:
    """Flagged: `score` is at least `threshold`.

    `score`: (translation's share of repeated character 5-grams - source's share) times
    √(1 + e), where e is by how many occurrences the translation's most frequent bigram
    exceeds the source's, 0 at least; nan where not eligible. Eligible: neither text is blank.
    `evidence`: the most frequent bigram and its count. Features: `source_share`,
    `target_share`, `source_count`, `target_count`.
    """

    threshold: float = 0.25

    name: ClassVar[str] = "oscillatory_calibrated"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(self.threshold > 0, self.name, "threshold is above 0")

    @property
    def needs(self) -> Needs:
        return Needs(("source", "translation"))

    def score(self, segments: Segments, services: Services) -> Scored:
        source, translation = segments.strings("source"), segments.strings("translation")
        eligible = both_filled(source, translation)
        shares = compared(source, translation, own=[ORDER]).repeated[ORDER]
        ours, theirs = top_bigrams(source, show=False), top_bigrams(translation)
        score = oscillation(shares, ours, theirs)
        evidence = [""] * len(segments)
        for row, bigram in theirs.shown.items():
            if eligible[row]:
                evidence[row] = f"{bigram} ({theirs.occurrences[row]})"
        features = {
            "source_share": shares[0],
            "target_share": shares[1],
            "source_count": ours.occurrences,
            "target_count": theirs.occurrences,
        }
        return Scored(eligible, np.where(eligible, score, np.nan), evidence, features)

    def judge(self, scored: Scored) -> BoolArray:
        flags: BoolArray = scored.eligible & (scored.score >= self.threshold)
        return flags

    def signature(self) -> str:
        return signature(self, order=ORDER)


def oscillation(
    shares: tuple[FloatArray, FloatArray], ours: TopBigrams, theirs: TopBigrams
) -> FloatArray:
    """The score of every row, (n,), from the shares and the bigrams of source and translation."""
    excess = np.maximum(theirs.occurrences - ours.occurrences, 0)
    score: FloatArray = (shares[1] - shares[0]) * np.sqrt(1 + excess)
    return score
