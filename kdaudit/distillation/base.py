"""The contract of a distillation step; opens no file.

A step only chooses: which pairs a teacher is fine-tuned on before it translates
(none for plain SeqKD), and which target each training source gets.
Fine-tuning and translating are ordinary stages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from kdaudit.segments import IntArray, Segments


@dataclass(frozen=True)
class Targets:
    """The KD corpus's targets, row by row, and where each came from (`teacher`, `corpus`, …)."""

    target: Sequence[str]
    target_source: Sequence[str]


class DistillationStep(Protocol):
    """One way of making a KD corpus; a frozen dataclass whose fields are its settings."""

    name: ClassVar[str]

    @property
    def beam(self) -> int:
        """The beam size of the teacher's translations that `targets` expects."""
        ...

    def select(self, segments: Segments) -> IntArray | None:
        """The ids to fine-tune the teacher on, or None for no fine-tuning."""
        ...

    def targets(self, segments: Segments) -> Targets:
        """Targets out of the columns `source`, `target` and `translation` (the teacher's)."""
        ...

    def signature(self) -> str: ...
