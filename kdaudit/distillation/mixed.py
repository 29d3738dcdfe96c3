"""Mixed distillation (Dankers & Raunak 2025): the teacher for the worst pairs; opens no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kdaudit.distillation.base import CORPUS, TEACHER, DistillationStep, Needs, Targets, require
from kdaudit.segments import IntArray, Segments


@dataclass(frozen=True)
class Mixed(DistillationStep):
    """The teacher's translation for the worst pairs, the corpus's own target for the rest.

    `share`: how much of the corpus counts as the worst, between 0 and 1. `by`: the column
    that tells, the lower the worse (see `Needs`); a pair without a value keeps its target, and
    of equal ones the first in the order of their ids are taken. `control`: `random` takes
    as many pairs at random, of all that have a value, instead.
    """

    by: str = "corpus.back_translation"
    share: float = 0.1
    control: Literal["none", "random"] = "none"
    seed: int = 1
    beam: int = 1

    name: ClassVar[str] = "mixed"

    def __post_init__(self) -> None:
        require(0 < self.share < 1, self.name, "share lies between 0 and 1, both excluded")
        require(self.beam >= 1, self.name, "beam is 1 or more")
        require(self.seed >= 0, self.name, "seed is 0 or more")

    @property
    def needs(self) -> Needs:
        return Needs(targets=(self.by,))

    def targets(self, segments: Segments) -> Targets:
        translations, targets = segments.texts("translation"), segments.texts("target")
        from_teacher = set(self._worst(segments).tolist())
        return Targets(
            [translations[row] if row in from_teacher else own for row, own in enumerate(targets)],
            [TEACHER if row in from_teacher else CORPUS for row in range(len(targets))],
        )

    def _worst(self, segments: Segments) -> IntArray:
        """The rows that are the teacher's to translate: so many as are `share` of all."""
        quality = segments.numbers(self.by)
        valued = np.flatnonzero(~np.isnan(quality))
        count = min(round(self.share * len(segments)), len(valued))
        if self.control == "random":
            return np.random.default_rng(self.seed).choice(valued, count, replace=False)
        by_id = valued[np.argsort(segments.ids[valued])]
        return by_id[np.argsort(quality[by_id], kind="stable")][:count]
