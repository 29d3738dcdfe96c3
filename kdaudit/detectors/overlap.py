"""Overlap: nothing in the translation looks like its source; opens no file.

Translations between languages of one script keep names, numbers and cognates, and with them
character trigrams. A translation that is about something else does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.characters import letters
from kdaudit.detectors.ngrams import common
from kdaudit.detectors.settings import require, signature
from kdaudit.segments import BoolArray, Segments

ORDER = 3


@dataclass(frozen=True)
class Overlap:
    """Flagged: `score` is below `min_overlap`.

    `score`: Dice's coefficient of the distinct character trigrams of source and translation, 0
    to 1; nan where not eligible. Eligible: both have at least `min_letters` letters, most of
    them of one script: short texts share little by chance, and scripts share nothing.
    """

    min_overlap: float = 0.04
    min_letters: int = 40

    name: ClassVar[str] = "overlap"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(0 < self.min_overlap <= 1, self.name, "min_overlap is above 0 and at most 1")
        require(self.min_letters >= 1, self.name, "min_letters is 1 or more")

    @property
    def needs(self) -> Needs:
        return Needs(("source", "translation"))

    def score(self, segments: Segments, services: Services) -> Scored:
        source, translation = segments.strings("source"), segments.strings("translation")
        ours, theirs = letters(source), letters(translation)
        fewest = np.minimum(ours.letters, theirs.letters)
        eligible: BoolArray = (fewest >= self.min_letters) & (ours.script == theirs.script)
        dice = common(source, translation, ORDER).dice()
        return Scored(eligible, np.where(eligible, dice, np.nan), [""] * len(segments))

    def judge(self, scored: Scored) -> BoolArray:
        flags: BoolArray = scored.eligible & (scored.score < self.min_overlap)
        return flags

    def signature(self) -> str:
        return signature(self, order=ORDER)
