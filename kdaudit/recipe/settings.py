"""The settings of a run, frozen and checked; reads and writes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from kdaudit.artifacts import NAME
from kdaudit.corpus import Planting
from kdaudit.corpus.subwords import SubwordSettings
from kdaudit.detectors import detector
from kdaudit.detectors.base import Detector
from kdaudit.distillation import distillation_step
from kdaudit.distillation.base import DistillationStep
from kdaudit.errors import RecipeError
from kdaudit.inference.settings import InferenceSettings
from kdaudit.quality import quality_metric
from kdaudit.quality.base import QualityMetric
from kdaudit.registry import unknown
from kdaudit.report.tracking import TrackingSettings
from kdaudit.settings import Settings, parse
from kdaudit.subgroups import subgroup_scheme
from kdaudit.subgroups.base import SubgroupScheme
from kdaudit.training.settings import TrainerSettings

TRAIN, VALID = "train", "valid"
"""The splits that training reads; every other one is for the audit alone."""

CORPUS_MODEL = "corpus"
"""The pseudo-model that stands for the corpus's own targets."""

Role = Literal["teacher", "student", "baseline", "reverse", "other"]


class Embedded(Settings):
    """Sizes of the generated English-German corpus, in pairs."""

    train: int = Field(8000, ge=1)
    valid: int = Field(500, ge=1)
    test: int = Field(500, ge=1)


class SplitFiles(Settings):
    """Where a split is read from: two aligned files, or one TSV file; `.gz` by name."""

    source: str | None = None
    target: str | None = None
    tsv: str | None = None
    first: int | None = Field(None, ge=1, description="take this many lines from the beginning")

    @model_validator(mode="after")
    def _one_form(self) -> SplitFiles:
        aligned = self.source is not None and self.target is not None
        if aligned == (self.tsv is not None) or (self.source is None) != (self.target is None):
            raise ValueError("give either 'source' and 'target', or 'tsv'")
        return self


class CorpusSettings(Settings):
    """The parallel corpus: embedded or from files, and what is planted in its training split."""

    source_language: str = Field("en", pattern=r"^[a-z]{2,3}$")
    target_language: str = Field("de", pattern=r"^[a-z]{2,3}$")
    embedded: Embedded | None = None
    splits: dict[str, SplitFiles] = Field(default_factory=dict)
    planted: dict[str, Any] | None = Field(None, description="settings of planted cases")

    @model_validator(mode="after")
    def _one_origin(self) -> CorpusSettings:
        if (self.embedded is None) == (not self.splits):
            raise ValueError("give either 'embedded' or 'splits'")
        if self.splits and not {TRAIN, VALID} <= set(self.splits):
            raise ValueError(f"splits need '{TRAIN}' and '{VALID}'")
        for name in self.splits:
            _check_name(name)
        if self.source_language == self.target_language:
            raise ValueError("source and target language are the same")
        return self

    @property
    def names(self) -> list[str]:
        """All splits."""
        return list(Embedded.model_fields) if self.embedded else list(self.splits)


class Distillation(Settings):
    """Which step makes a student's KD corpus, out of which teacher's translations."""

    teacher: str
    step: str = "seqkd"
    settings: dict[str, Any] = Field(default_factory=dict)


class ModelSettings(Settings):
    """One model of the run: its role, its trainer, and for a student how it is distilled."""

    role: Role
    trainer: TrainerSettings
    distillation: Distillation | None = None

    @model_validator(mode="after")
    def _student_distils(self) -> ModelSettings:
        if (self.role == "student") != (self.distillation is not None):
            raise ValueError("a student, and nothing else, has 'distillation' with its 'teacher'")
        return self


class Selection(Settings):
    """A registry entry of the recipe: its settings, and where it applies."""

    kind: str
    settings: dict[str, Any]
    splits: tuple[str, ...]


class ComparisonSettings(Settings):
    """What is compared with what, and how often it is resampled."""

    reference: str | None = Field(None, description="a model; the baseline by default")
    bootstrap: int = Field(10_000, ge=100)
    quality_bootstrap: int = Field(1_000, ge=100)
    confidence: float = Field(0.95, gt=0.5, lt=1)


class ReportSettings(Settings):
    """What the report shows."""

    examples: int = Field(10, ge=0, description="flagged segments of each detector and model")
    texts: bool = Field(True, description="false: examples by id only, where the text is not ours")


class Recipe(Settings):
    """All settings of a run."""

    name: str
    description: str = ""
    seed: int = Field(1, ge=0)
    corpus: CorpusSettings
    subwords: SubwordSettings = SubwordSettings()
    models: dict[str, ModelSettings]
    inference: InferenceSettings = InferenceSettings()
    beam: dict[str, int] = Field(default_factory=dict, description="audit beam by split; else 1")
    shards: int = Field(1, ge=1, le=99_999, description="of the translations of a split")
    scores: tuple[str, ...] = Field((), description="splits whose targets every model scores")
    detectors: dict[str, Selection]
    quality: dict[str, Selection]
    subgroups: dict[str, Selection]
    comparison: ComparisonSettings = ComparisonSettings()
    report: ReportSettings = ReportSettings()
    tracking: dict[str, Any] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        return _check_name(name)

    @property
    def audited_splits(self) -> list[str]:
        return [name for name in self.corpus.names if name != VALID]

    @property
    def audited_models(self) -> list[str]:
        """All models that translate from source to target."""
        return [name for name, model in self.models.items() if model.role != "reverse"]

    @property
    def students(self) -> list[str]:
        return [name for name, model in self.models.items() if model.distillation]

    def beam_of(self, split: str) -> int:
        """The beam of the audit's translations of a split: greedy, 1, where nothing is said."""
        return self.beam.get(split, 1)

    def first(self, role: Role) -> str | None:
        """The first model of a role, None where there is none."""
        return next((name for name, model in self.models.items() if model.role == role), None)

    @property
    def reference(self) -> str:
        """The model that the others are compared with."""
        chosen = self.comparison.reference or self.first("baseline")
        return chosen or self.audited_models[0]

    def languages(self, model: str) -> tuple[str, str]:
        """Source and target language of a model."""
        pair = self.corpus.source_language, self.corpus.target_language
        return (pair[1], pair[0]) if self.models[model].role == "reverse" else pair

    @cached_property
    def planting(self) -> Planting | None:
        planted = self.corpus.planted
        return None if planted is None else parse(Planting, planted, "corpus.planted")

    @cached_property
    def tracker(self) -> TrackingSettings:
        """Where experiments are tracked."""
        return parse(TrackingSettings, self.tracking, "tracking")

    def detector(self, name: str) -> Detector:
        """The detector of an entry, with its settings."""
        chosen = _entry(self.detectors, name, "detector of this recipe")
        return parse(detector(chosen.kind), chosen.settings, f"detectors.{name}")

    def metric(self, name: str) -> QualityMetric:
        """The quality metric of an entry, with its settings."""
        chosen = _entry(self.quality, name, "quality metric of this recipe")
        return parse(quality_metric(chosen.kind), chosen.settings, f"quality.{name}")

    def scheme(self, name: str) -> SubgroupScheme:
        """The subgroup scheme of an entry, with its settings."""
        chosen = _entry(self.subgroups, name, "subgroup scheme of this recipe")
        return parse(subgroup_scheme(chosen.kind), chosen.settings, f"subgroups.{name}")

    def step(self, student: str) -> DistillationStep:
        """The distillation step of a student."""
        distillation = self.models[student].distillation
        assert distillation is not None
        where = f"models.{student}.distillation"
        return parse(distillation_step(distillation.step), distillation.settings, where)

    def check(self) -> Recipe:
        """Resolve every name; RecipeError where one is unknown or does not fit."""
        _check_models(self)
        for name in (*self.detectors, *self.quality, *self.subgroups):
            if not NAME.fullmatch(name) or (name in self.detectors and name.endswith("_kd")):
                raise RecipeError(f"'{name}' cannot be the name of an entry: see docs/guide.md")
        for name in self.detectors:
            self.detector(name)
        for name in self.quality:
            self.metric(name)
        for name in self.subgroups:
            self.scheme(name)
        for name in self.students:
            self.step(name)
        for split in (*self.beam, *self.scores):
            if split not in self.corpus.names:
                raise RecipeError(f"beam or scores: {unknown(split, self.corpus.names, 'split')}")
        _ = self.planting, self.tracker
        return self


def _entry(entries: Mapping[str, Selection], name: str, what: str) -> Selection:
    if name not in entries:
        raise RecipeError(unknown(name, entries, what))
    return entries[name]


def _check_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(f"'{name}' is no name: letters, digits, '_' and '-' only")
    return name


def _check_models(recipe: Recipe) -> None:
    if not recipe.audited_models:
        raise RecipeError("models: there is none that translates from source to target")
    for name, model in recipe.models.items():
        if not NAME.fullmatch(name) or name == CORPUS_MODEL:
            raise RecipeError(f"models: '{name}' cannot be the name of a model")
        if model.distillation:
            teacher = model.distillation.teacher
            where = f"models.{name}.distillation.teacher"
            if teacher not in recipe.audited_models:
                raise RecipeError(f"{where}: {unknown(teacher, recipe.audited_models, 'model')}")
            _check_no_circle(recipe, name)
    if recipe.reference not in recipe.audited_models:
        message = unknown(recipe.reference, recipe.audited_models, "model")
        raise RecipeError(f"comparison.reference: {message}")


def _check_no_circle(recipe: Recipe, student: str) -> None:
    seen, name = [student], student
    while (distillation := recipe.models[name].distillation) is not None:
        name = distillation.teacher
        if name in seen:
            raise RecipeError(f"models: a circle of teachers: {' -> '.join([*seen, name])}")
        if name not in recipe.models:
            return
        seen.append(name)
