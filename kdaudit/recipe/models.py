"""The models of a recipe: how each comes to be; reads and writes nothing."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, model_validator

from kdaudit.settings import Settings
from kdaudit.training.settings import TrainerSettings

Role = Literal["teacher", "student", "baseline", "reverse", "other"]


class Finetuning(Settings):
    """Which model is trained on, with the pairs that which step selects."""

    teacher: str
    step: str
    settings: dict[str, Any] = Field(default_factory=dict)
    ids: str | None = Field(
        None, description="a file with an id in each line: the pairs, in place of the step's choice"
    )


class Distillation(Settings):
    """Which step makes a student's KD corpus, out of which teacher's translations.

    A step that fine-tunes the teacher first adds a model to the run: `adapted` is its name.
    """

    teacher: str
    step: str = "seqkd"
    settings: dict[str, Any] = Field(default_factory=dict)
    ids: str | None = Field(None, description="as of 'finetuning'")
    adapted: str | None = Field(None, description="STUDENT_teacher by default")
    trainer: dict[str, Any] = Field(
        default_factory=dict, description="of the fine-tuning, over the teacher's and the step's"
    )


class ModelSettings(Settings):
    """One model of the run: its role, its trainer, and for a student how it is distilled."""

    role: Role
    trainer: TrainerSettings
    distillation: Distillation | None = None
    finetuning: Finetuning | None = None
    checkpoint: str | None = Field(
        None, description="a fairseq checkpoint that is there, beside its dictionaries: not trained"
    )

    @model_validator(mode="after")
    def _one_origin(self) -> ModelSettings:
        if (self.role == "student") != (self.distillation is not None):
            raise ValueError("a student, and nothing else, has 'distillation' with its 'teacher'")
        origins = self.distillation, self.finetuning, self.checkpoint
        if sum(origin is not None for origin in origins) > 1:
            raise ValueError("a model has one of 'distillation', 'finetuning' and 'checkpoint'")
        return self
