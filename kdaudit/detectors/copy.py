"""Copy: the translation is made of its source's words; opens no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.characters import letters
from kdaudit.detectors.ngrams import common
from kdaudit.detectors.settings import require, signature
from kdaudit.segments import BoolArray, Segments

ORDER = 6
"""Of the character n-grams: long enough that related languages share few by their words."""


@dataclass(frozen=True)
class Copy:
    """Flagged: at least `min_share` of the translation's distinct character 6-grams are in the
    source.

    Eligible: translations of at least `min_letters` letters, since names and numbers are
    rightly copied. `score`: that share, nan where not eligible.
    """

    min_share: float = 0.7
    min_letters: int = 12

    name: ClassVar[str] = "copy"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(0 < self.min_share <= 1, self.name, "min_share is above 0 and at most 1")
        require(self.min_letters >= 1, self.name, "min_letters is 1 or more")

    @property
    def needs(self) -> Needs:
        return Needs(("source", "translation"))

    def score(self, segments: Segments, services: Services) -> Scored:
        source, translation = segments.strings("source"), segments.strings("translation")
        eligible = letters(translation).letters >= self.min_letters
        share = common(source, translation, ORDER).contained()
        return Scored(eligible, np.where(eligible, share, np.nan), [""] * len(segments))

    def judge(self, scored: Scored) -> BoolArray:
        flags: BoolArray = scored.eligible & (scored.score >= self.min_share)
        return flags

    def signature(self) -> str:
        return signature(self, order=ORDER)
