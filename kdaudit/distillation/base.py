"""The contract of a distillation step; opens no file.

A step only chooses: which pairs a teacher is fine-tuned on before it translates
(none for plain SeqKD), and which target each training source gets.
Fine-tuning and translating are ordinary stages.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import ClassVar

import numpy as np

from kdaudit.errors import RecipeError
from kdaudit.segments import FloatArray, IntArray, Segments

TEACHER, CORPUS, RECOVERED = "teacher", "corpus", "recovered"
"""Where a target came from: the teacher's translation, the corpus, or what a teacher said of a
disturbed source."""


@dataclass(frozen=True)
class Needs:
    """The columns of the segments that a step reads beside `source`, `target`, `translation`.

    `quality.<metric>`: a quality metric of the teacher's translations; `corpus.<metric>`:
    the same metric of the corpus's own targets; `memorized.<detector>`: what a detector
    flagged of the teacher, 1 or 0; any other name: a column of the corpus. `select` and
    `targets` are given those that they name.
    """

    select: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class FineTuning:
    """How a teacher is fine-tuned: with a fresh optimizer, at a constant learning rate."""

    epochs: int
    learning_rate: float


@dataclass(frozen=True)
class Services:
    """What a stage hands to `select` beside the segments.

    `translate`: the teacher's greedy translations of further sources, in their order.
    `listed`: ids that the user names, in place of a step's own choice.
    """

    translate: Callable[[Sequence[str]], Iterable[str]]
    listed: IntArray | None = None


@dataclass(frozen=True)
class Chosen:
    """The pairs to fine-tune on, m of them, each row of the corpus at most once.

    `scores`: by name, what they were chosen by (m,). `candidates`: how many pairs met the
    conditions before any were drawn.
    """

    ids: IntArray
    target: Sequence[str]
    target_source: Sequence[str]
    candidates: int
    scores: Mapping[str, FloatArray] = field(default_factory=dict)


@dataclass(frozen=True)
class Targets:
    """The KD corpus's targets, row by row, and where each came from (`teacher`, `corpus`, …)."""

    target: Sequence[str]
    target_source: Sequence[str]


class DistillationStep(ABC):
    """One way of making a KD corpus; a frozen dataclass whose fields are its settings.

    A step that derives from this class has the members below as they stand: greedy
    translations, no fine-tuning. `targets` it must have.
    """

    name: ClassVar[str]

    @property
    def beam(self) -> int:
        """The beam size of the teacher's translations that `targets` expects."""
        return 1

    @property
    def best(self) -> int:
        """How many hypotheses of each source `targets` chooses among: where there is more than
        one, they are in the column `hypotheses`, best first."""
        return 1

    @property
    def needs(self) -> Needs:
        return Needs()

    @property
    def fine_tuning(self) -> FineTuning | None:
        """How the teacher is fine-tuned before it translates; None: it stays as it is."""
        return None

    def select(self, segments: Segments, services: Services) -> Chosen:
        """The pairs to fine-tune the teacher on, whose translations are in `translation`.

        Asked only of a step with `fine_tuning`. RecipeError where too few can be chosen.
        """
        raise NotImplementedError(f"{self.name} fine-tunes, and so has to select")

    @abstractmethod
    def targets(self, segments: Segments) -> Targets:
        """A target for each source; `translation` is that of the teacher, fine-tuned or not."""

    def signature(self) -> str:
        """Name and all settings, as they go with what was made."""
        names = [field.name for field in fields(self)]  # type: ignore[arg-type]
        return "|".join([self.name, *(f"{name}:{getattr(self, name)}" for name in names)])


def of_teacher(segments: Segments) -> Targets:
    """The teacher's translation for every source."""
    return Targets(segments.texts("translation"), [TEACHER] * len(segments))


def require(condition: bool, step: str, message: str) -> None:
    """RecipeError, with the step's name, where a setting cannot be used."""
    if not condition:
        raise RecipeError(f"{step}: {message}")


def draw(rows: IntArray, most: int, seed: int) -> IntArray:
    """At most so many of the rows, drawn at random without replacement; in their order."""
    if len(rows) <= most:
        return rows
    drawn = np.random.default_rng(seed).choice(len(rows), most, replace=False)
    return rows[np.sort(drawn)]
