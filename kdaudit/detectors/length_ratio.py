"""Length ratio: a translation far longer or shorter than its source; opens no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.characters import letters
from kdaudit.detectors.settings import require, signature
from kdaudit.segments import BoolArray, FloatArray, IntArray, Segments
from kdaudit.texts import filled, stripped

FEATURES = ("source_length", "target_length")


@dataclass(frozen=True)
class LengthRatio:
    """Flagged: one side is at least `max_ratio` times as long as the other, and they are at least
    `min_difference` characters apart.

    Lengths are in characters other than white space, control characters and combining marks,
    where a wide one (ideographs, kana, Hangul) counts three times; those of the source are
    multiplied by `usual`, the pair of languages' own ratio of translation to source.

    Eligible: the source is not blank; a blank translation of it is as short as can be. `score`:
    (longer + 1) / (shorter + 1), nan where not eligible. `evidence`: the lengths. Features:
    `source_length`, `target_length`.
    """

    max_ratio: float = 2.0
    min_difference: int = 15
    usual: float = 1.0

    name: ClassVar[str] = "length_ratio"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(self.max_ratio >= 1, self.name, "max_ratio is 1 or more")
        require(self.usual > 0, self.name, "usual is above 0")

    @property
    def needs(self) -> Needs:
        return Needs(("source", "translation"))

    def score(self, segments: Segments, services: Services) -> Scored:
        source, target = (letters(segments.strings(side)).width for side in self.needs.columns)
        eligible = filled(stripped(segments.strings("source")))
        ratio = self._ratio(source, target)
        evidence = [
            f"{ours} : {theirs}" if shown else ""
            for ours, theirs, shown in zip(source, target, eligible, strict=True)
        ]
        features = dict(zip(FEATURES, (source, target), strict=True))
        return Scored(eligible, np.where(eligible, ratio, np.nan), evidence, features)

    def judge(self, scored: Scored) -> BoolArray:
        source, target = (np.asarray(scored.features[name]) for name in FEATURES)
        apart = np.abs(target - source * self.usual) >= self.min_difference
        far = (self._ratio(source, target) >= self.max_ratio) & apart
        flags: BoolArray = scored.eligible & far
        return flags

    def _ratio(self, source: IntArray, target: IntArray) -> FloatArray:
        usual = source * self.usual
        ratio: FloatArray = (np.maximum(usual, target) + 1) / (np.minimum(usual, target) + 1)
        return ratio

    def signature(self) -> str:
        return signature(self)
