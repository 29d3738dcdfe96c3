"""Plain sequence-level knowledge distillation (Kim & Rush 2016); opens no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from kdaudit.distillation.base import Targets
from kdaudit.errors import RecipeError
from kdaudit.segments import IntArray, Segments


@dataclass(frozen=True)
class SeqKD:
    """Every training source gets the teacher's translation, and the teacher stays as it is.

    `beam`: of the teacher's translations; 1 is greedy.
    """

    beam: int = 1

    name: ClassVar[str] = "seqkd"

    def __post_init__(self) -> None:
        if self.beam < 1:
            raise RecipeError("seqkd: beam is 1 or more")

    def select(self, segments: Segments) -> IntArray | None:
        return None

    def targets(self, segments: Segments) -> Targets:
        return Targets(segments.texts("translation"), ["teacher"] * len(segments))

    def signature(self) -> str:
        return f"seqkd|beam:{self.beam}"
