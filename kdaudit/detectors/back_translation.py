"""Back-translation: the translation, translated back, is far from the source; opens no file.

Reads the quality metric `back_translation`: chrF of the source with the reverse model's
translation of the translation. The reverse model is none of the audited ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.settings import require, signature
from kdaudit.segments import BoolArray, Segments
from kdaudit.texts import filled, stripped

COLUMN = "quality.back_translation"


@dataclass(frozen=True)
class BackTranslation:
    """Flagged: chrF of the source with the back-translation, 0 to 100, is below `threshold`.

    Eligible: rows whose source and translation are not blank and whose chrF is defined: a
    translation that is not there has no meaning to lose. `score`: that chrF.
    """

    threshold: float = 30.0

    name: ClassVar[str] = "back_translation"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(0 <= self.threshold <= 100, self.name, "threshold is a chrF, from 0 to 100")

    @property
    def needs(self) -> Needs:
        return Needs(("source", "translation", COLUMN))

    def score(self, segments: Segments, services: Services) -> Scored:
        texts = (stripped(segments.strings(name)) for name in ("source", "translation"))
        source, translation = (filled(column) for column in texts)
        chrf = segments.numbers(COLUMN)
        eligible: BoolArray = source & translation & ~np.isnan(chrf)
        return Scored(eligible, np.where(eligible, chrf, np.nan), [""] * len(chrf))

    def judge(self, scored: Scored) -> BoolArray:
        flags: BoolArray = scored.eligible & (scored.score < self.threshold)
        return flags

    def signature(self) -> str:
        return signature(self)
