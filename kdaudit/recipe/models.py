"""The models of a recipe: how each comes to be; reads and writes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from kdaudit.inference.settings import ComputeType
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


class GivenModel(Settings):
    """A model that is there, of whichever family, or translations of which nobody needs to say
    what made them. Nothing of it is trained."""

    path: str | None = Field(
        None, description="of its files, or its name on the Hugging Face hub; by its files' family"
    )
    translations: dict[str, str] = Field(
        default_factory=dict, description="in place of a model: a file for each audited split"
    )
    revision: str | None = Field(None, description="of a model on the hub")
    subwords: tuple[str, ...] = Field(
        (), max_length=2, description="its SentencePiece model, or its source's and its target's"
    )
    codes: tuple[str | None, str | None] = Field(
        (None, None), description="of source and target language, for multilingual models"
    )
    compute_type: ComputeType | None = Field(None, description="where it is not that of the run")
    form_of: str | None = Field(
        None, description="the model of the run of which it is a deployed form: its reference"
    )
    teacher: str | None = Field(None, description="of a student: the model that it learned from")

    @property
    def on_hub(self) -> bool:
        """Whether `path` is a name on the hub: paths of files are absolute."""
        return self.path is not None and not Path(self.path).is_absolute()

    @model_validator(mode="after")
    def _one_thing(self) -> GivenModel:
        if (self.path is None) == (not self.translations):
            raise ValueError("give either 'path' or 'translations'")
        if self.translations:
            for name in ("revision", "subwords", "compute_type", "form_of"):
                if getattr(self, name):
                    raise ValueError(f"'{name}' is for a model, and these are translations")
        return self


UNTRAINED = TrainerSettings(updates=1)
"""In the place of the trainer of a model that is given, and is not trained."""


class ModelSettings(Settings):
    """One model of the run: its role, its trainer, and for a student how it is distilled."""

    role: Role
    trainer: TrainerSettings = UNTRAINED
    distillation: Distillation | None = None
    finetuning: Finetuning | None = None
    checkpoint: str | None = Field(
        None, description="a fairseq checkpoint that is there, beside its dictionaries: not trained"
    )
    given: GivenModel | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> ModelSettings:
        given_teacher = None if self.given is None else self.given.teacher
        if (self.role == "student") != (self.distillation is not None or bool(given_teacher)):
            raise ValueError("a student, and nothing else, has 'distillation' with its 'teacher'")
        origins = self.distillation, self.finetuning, self.checkpoint, self.given
        if sum(origin is not None for origin in origins) > 1:
            raise ValueError(
                "a model has one of 'distillation', 'finetuning', 'checkpoint' and 'given'"
            )
        if self.role == "reverse" and self.given is not None and self.given.translations:
            raise ValueError("a reverse model translates back: translations cannot")
        return self
