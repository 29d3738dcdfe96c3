"""Repeated target: one translation for many distinct sources; opens no file.

The `RT` heuristic of the hallucination literature (Raunak et al. 2021), without a
look at quality: see `natural` for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.settings import require, signature
from kdaudit.detectors.sharing import sharing
from kdaudit.segments import BoolArray, Segments


@dataclass(frozen=True)
class RepeatedTarget:
    """Flagged: a translation that at least `min_sources` distinct sources share.

    Eligible: rows whose source and translation are not blank, so the rate is over
    segments. `score`: the distinct sources of the row's translation, nan where not
    eligible. `evidence`: another source with that translation. Feature: `sources`,
    the same number, 0 where not eligible.
    """

    min_sources: int = 5

    name: ClassVar[str] = "repeated_target"
    unit: ClassVar[Literal["pair", "translation"]] = "translation"
    by_segment: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require(self.min_sources >= 2, self.name, "min_sources is 2 or more")

    @property
    def needs(self) -> Needs:
        return Needs(("source", "translation"))

    def score(self, segments: Segments, services: Services) -> Scored:
        shared = sharing(segments.strings("source"), segments.strings("translation"))
        features = {"sources": shared.counts}
        return Scored(shared.filled, shared.sources, shared.examples(), features)

    def judge(self, scored: Scored) -> BoolArray:
        sources = np.asarray(scored.features["sources"])
        flags: BoolArray = scored.eligible & (sources >= self.min_sources)
        return flags

    def signature(self) -> str:
        return signature(self)
