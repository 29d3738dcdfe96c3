"""Natural hallucination: fluent boilerplate that many sources get, far from their meaning.

Opens no file. After Dankers & Raunak 2025: over distinct (source, translation)
pairs, a translation that at least 5 distinct sources share and whose estimated
quality is low. Their gate is CometKiwi-22 below 0.85; by default it is here the
back-translation's sentence chrF with the source, which no audited model makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.likelihood import check_threshold
from kdaudit.detectors.settings import require, signature
from kdaudit.detectors.sharing import sharing
from kdaudit.segments import BoolArray, Segments

TEACHER = "teacher_log_probability"
"""The gate that is asked for by name, as it is none from outside the audited models."""


@dataclass(frozen=True)
class Natural:
    """Flagged: shared by at least `min_sources` distinct sources, and the gate < `threshold`.

    `gate`: the quality metric whose column `quality.<gate>` is the gate; higher
    means better in it. `threshold`: in that metric's unit, so it changes with the
    gate (chrF of the back-translation: 0 to 100). `gate: teacher_log_probability` is no
    quality: the mean natural log-probability of the translation's tokens under the run's
    first teacher, 0 or less. It excuses what the teacher hallucinates itself, and a student
    has from it; the teacher is not judged by it.

    Eligible: the first row of each distinct (source, translation) pair, neither of
    them blank, whose gate is defined; a pair without a gate has no verdict, so it
    stays out of the rate. `score`: the distinct sources of the row's translation,
    nan for blank ones. `evidence`: another source with that translation. Features:
    `sources`, the same number (0 for blank ones), and `gate`.
    """

    min_sources: int = 5
    gate: str = "back_translation"
    threshold: float = 72.0

    name: ClassVar[str] = "natural"
    unit: ClassVar[Literal["pair", "translation"]] = "translation"
    by_segment: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require(self.min_sources >= 2, self.name, "min_sources is 2 or more")
        require(bool(self.gate), self.name, "gate is the name of a quality metric")
        if self.gate == TEACHER:
            check_threshold(self.threshold, f"{self.name} with the gate {TEACHER}")
        own = "gate is a quality metric from outside the audited models, which confidence is not"
        require(self.gate != "confidence", self.name, own)

    @property
    def needs(self) -> Needs:
        return Needs(("source", "translation", self._column))

    @property
    def _column(self) -> str:
        return "score.teacher" if self.gate == TEACHER else f"quality.{self.gate}"

    def score(self, segments: Segments, services: Services) -> Scored:
        shared = sharing(segments.strings("source"), segments.strings("translation"))
        gate = segments.numbers(self._column)
        return Scored(
            shared.first & ~np.isnan(gate),
            shared.sources,
            shared.examples(),
            {"sources": shared.counts, "gate": gate},
        )

    def judge(self, scored: Scored) -> BoolArray:
        sources = np.asarray(scored.features["sources"])
        gate = np.asarray(scored.features["gate"], dtype=np.float64)
        flags: BoolArray = scored.eligible & (sources >= self.min_sources) & (gate < self.threshold)
        return flags

    def signature(self) -> str:
        excused = {"inherited": "excused"} if self.gate == TEACHER else {}
        return signature(self, **excused)
