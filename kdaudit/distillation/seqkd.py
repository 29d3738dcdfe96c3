"""Sequence-level knowledge distillation (Kim & Rush 2016); opens no file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal

from kdaudit.distillation.base import TEACHER, DistillationStep, Targets, of_teacher, require
from kdaudit.segments import Segments


@dataclass(frozen=True)
class SeqKD(DistillationStep):
    """Every training source gets a translation of the teacher, which stays as it is.

    `beam`: of the teacher's translations; 1 is greedy. `best`: how many of a source's
    hypotheses are chosen among, at most `beam`. `choice`: `score`, the one that the
    teacher finds best; `chrf` or `bleu`, the one closest to the corpus's target by
    sentence chrF or BLEU (sequence-level interpolation, Kim & Rush 2016, section 3.3), the
    better scored where two are as close.
    """

    beam: int = 1
    best: int = 1
    choice: Literal["score", "chrf", "bleu"] = "score"

    name: ClassVar[str] = "seqkd"

    def __post_init__(self) -> None:
        require(self.beam >= 1, self.name, "beam is 1 or more")
        require(1 <= self.best <= self.beam, self.name, "best lies between 1 and beam")
        several = self.choice != "score"
        require(
            several == (self.best > 1),
            self.name,
            "a choice by chrf or bleu is among several hypotheses (best), one by score is not",
        )

    def targets(self, segments: Segments) -> Targets:
        if self.choice == "score":
            return of_teacher(segments)
        likeness = _likeness(self.choice)
        hypotheses = segments.table.column("hypotheses").to_pylist()
        chosen = [
            max(texts, key=lambda text: likeness(text, target)) if texts else ""
            for texts, target in zip(hypotheses, segments.texts("target"), strict=True)
        ]
        return Targets(chosen, [TEACHER] * len(chosen))


def _likeness(choice: Literal["chrf", "bleu"]) -> Callable[[str, str], float]:
    """Sentence chrF, or BLEU without the orders that a short sentence has none of, by sacreBLEU."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    metric = CHRF() if choice == "chrf" else BLEU(effective_order=True)
    return lambda text, target: float(metric.sentence_score(text, [target]).score)
