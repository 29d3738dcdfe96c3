"""The settings of a run, frozen and checked; reads and writes nothing."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Any

from pydantic import Field, field_validator

from kdaudit.artifacts import NAME
from kdaudit.corpus import Planting
from kdaudit.corpus.subwords import SubwordSettings
from kdaudit.detectors import detector
from kdaudit.detectors.base import Detector
from kdaudit.distillation.base import DistillationStep
from kdaudit.errors import RecipeError
from kdaudit.inference.settings import InferenceSettings
from kdaudit.quality import quality_metric
from kdaudit.quality.base import QualityMetric
from kdaudit.recipe.checks import (
    CORPUS_MODEL,
    check_models,
    check_origin_schemes,
    check_step,
)
from kdaudit.recipe.corpus import VALID, CorpusSettings, check_name
from kdaudit.recipe.counterfactual import CounterfactualSettings, check_counterfactual
from kdaudit.recipe.entries import (
    ComparisonSettings,
    ReportSettings,
    SchemeSelection,
    Selection,
    entry,
    part,
    step_of,
)
from kdaudit.recipe.judges import check_judges
from kdaudit.recipe.models import GivenModel, ModelSettings, Role
from kdaudit.recipe.resources import ResourceSettings, check_resources
from kdaudit.recipe.subgroups import check_schemes
from kdaudit.registry import unknown
from kdaudit.report.tracking import TrackingSettings
from kdaudit.settings import Settings, parse
from kdaudit.subgroups import subgroup_scheme
from kdaudit.subgroups.base import SubgroupScheme
from kdaudit.subgroups.cap import Cap

EVERY_MODEL = "all"
"""As a reference: every model is one, unless a model is called so."""


class Recipe(Settings):
    """All settings of a run."""

    name: str
    description: str = ""
    seed: int = Field(1, ge=0)
    corpus: CorpusSettings
    subwords: SubwordSettings = SubwordSettings()
    models: dict[str, ModelSettings]
    inference: InferenceSettings = InferenceSettings()
    beam: dict[str, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict, description="audit beam by split; else 1"
    )
    shards: int = Field(
        1, ge=1, le=99_999, description="of each split: parts that are made in jobs of their own"
    )
    scores: tuple[str, ...] = Field((), description="splits whose targets every model scores")
    detectors: dict[str, Selection]
    quality: dict[str, Selection]
    subgroups: dict[str, SchemeSelection]
    left_out: dict[str, str] = Field(
        default_factory=dict, description="measures that are not asked for, each with the reason"
    )
    counterfactual: CounterfactualSettings | None = None
    comparison: ComparisonSettings = ComparisonSettings()
    report: ReportSettings = ReportSettings()
    resources: dict[str, ResourceSettings] = Field(
        default_factory=dict, description="of a stage's jobs on a cluster, by the stage"
    )
    tracking: dict[str, Any] = Field(default_factory=dict)

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        return check_name(name)

    @property
    def audited_splits(self) -> list[str]:
        return [name for name in self.corpus.names if name != VALID]

    @property
    def monolingual_splits(self) -> list[str]:
        """The splits without targets: translated and audited, never compared with a target."""
        return self.corpus.monolingual

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
        """The model that the others are compared with; of several the first."""
        return self.references()[0]

    def references(self, chosen: str | None = None) -> tuple[str, ...]:
        """The models that others are compared with: the chosen one, or the recipe's, or for
        `all` every model, the baseline first."""
        models = self.audited_models
        chosen = chosen or self.comparison.reference
        if chosen is not None and (chosen != EVERY_MODEL or EVERY_MODEL in models):
            return (chosen,)
        first = self.first("baseline") or models[0]
        others = [name for name in models if name != first]
        if chosen:
            return (first, *others)
        # A deployed form is compared with the model itself, too.
        forms = [given.form_of for given in self._given.values() if given.form_of is not None]
        return (first, *(name for name in dict.fromkeys(forms) if name != first))

    @property
    def _given(self) -> dict[str, GivenModel]:
        return {name: one.given for name, one in self.models.items() if one.given is not None}

    @property
    def trains(self) -> bool:
        """Whether there is a model that is not given: it has the corpus's subwords."""
        return len(self._given) < len(self.models)

    def is_texts(self, model: str) -> bool:
        """Whether of a model there are its translations alone."""
        given = self.models[model].given
        return given is not None and bool(given.translations)

    def engine(self, model: str) -> InferenceSettings:
        """The settings of the engine for a model, which may be given in another type."""
        given = self.models[model].given
        if given is None or given.compute_type is None:
            return self.inference
        return self.inference.model_copy(update={"compute_type": given.compute_type})

    @property
    def learners(self) -> list[str]:
        """The students of the run, and those that are given with their teacher."""
        given = [name for name, one in self._given.items() if one.teacher is not None]
        return [name for name in self.models if name in (*self.students, *given)]

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
        chosen = entry(self.detectors, name, "detector of this recipe")
        return part(detector, chosen.kind, chosen.settings, f"detectors.{name}")

    def metric(self, name: str) -> QualityMetric:
        """The quality metric of an entry, with its settings."""
        chosen = entry(self.quality, name, "quality metric of this recipe")
        return part(quality_metric, chosen.kind, chosen.settings, f"quality.{name}")

    def scheme(self, name: str) -> SubgroupScheme:
        """The subgroup scheme of an entry, with its settings."""
        chosen = entry(self.subgroups, name, "subgroup scheme of this recipe")
        return part(subgroup_scheme, chosen.kind, chosen.settings, f"subgroups.{name}")

    def cap(self, scheme: str) -> Cap | None:
        """The cap of a subgroup scheme's entry; None where it has none."""
        chosen = self.subgroups[scheme]
        return None if chosen.cap is None else Cap(chosen.cap, chosen.cap_seed)

    def needs_target(self, place: str, name: str) -> bool:
        """Whether an entry of `detectors`, `quality` or `subgroups` needs targets.

        A gate that needs them counts too, and so does their own quality.
        """
        if place == "quality":
            return "target" in self.metric(name).needs
        columns = (
            self.detector(name).needs.columns if place == "detectors" else self.scheme(name).needs
        )
        stored = [column.split(".") for column in columns]
        gates = [one[1] for one in stored if one[0] == "quality" and one[1] in self.quality]
        parts = [one[1] for one in stored if one[0] == "subgroups"]
        return (
            "target" in columns
            or any(one[0] == "quality" and one[-1] == CORPUS_MODEL for one in stored)
            or any(self.needs_target("quality", gate) for gate in gates)
            or any(self.needs_target("subgroups", name) for name in parts)
        )

    def check_split(self, place: str, name: str, split: str) -> None:
        """RecipeError where an entry needs targets and the split has none."""
        if split in self.monolingual_splits and self.needs_target(place, name):
            raise RecipeError(not_applicable(split), place=f"{place}.{name}")

    def check_scores(self, split: str) -> None:
        """RecipeError where a split has no targets to score."""
        if split in self.monolingual_splits:
            raise RecipeError(not_applicable(split), place="scores")

    @property
    def finetuned(self) -> list[str]:
        """The models that another one is fine-tuned to."""
        return [name for name, model in self.models.items() if model.finetuning]

    def teacher(self, model: str) -> str | None:
        """The model whose translations a student learns from, or that a model is fine-tuned from;
        None for any other."""
        chosen = self.models[model]
        if chosen.distillation is not None:
            return chosen.distillation.adapted or chosen.distillation.teacher
        if chosen.given is not None:
            return chosen.given.teacher
        return None if chosen.finetuning is None else chosen.finetuning.teacher

    def is_imported(self, model: str) -> bool:
        """Whether a model is a checkpoint that was there, or is fine-tuned from such a one."""
        chosen = self.models[model]
        if chosen.finetuning is not None:
            return self.is_imported(chosen.finetuning.teacher)
        return chosen.checkpoint is not None

    def step(self, model: str) -> DistillationStep:
        """The distillation step of a student, or of a fine-tuned model."""
        chosen = self.models[model]
        place = "finetuning" if chosen.distillation is None else "distillation"
        settings = chosen.distillation or chosen.finetuning
        assert settings is not None
        return step_of(settings.step, settings.settings, f"models.{model}.{place}")

    def check(self) -> Recipe:
        """Resolve every name; RecipeError where one is unknown or does not fit."""
        check_models(self)
        for place in ("detectors", "quality", "subgroups"):
            for name in getattr(self, place):
                if not NAME.fullmatch(name) or (place == "detectors" and name.endswith("_kd")):
                    raise RecipeError(
                        f"'{name}' cannot be the name of an entry: see docs/guide.md",
                        place=f"{place}.{name}",
                    )
        for name in self.detectors:
            self.detector(name)
        check_judges(self)
        for name in self.quality:
            self.metric(name)
        for name in self.subgroups:
            self.scheme(name)
        check_origin_schemes(self)
        check_schemes(self)
        for name in [*self.students, *self.finetuned]:
            check_step(self, name)
        check_counterfactual(self)
        check_resources(self.resources)
        for place in ("detectors", "quality", "subgroups"):
            for name, chosen in getattr(self, place).items():
                for split in chosen.splits:
                    self.check_split(place, name, split)
        for place, splits in (("beam", self.beam), ("scores", self.scores)):
            for split in splits:
                if split not in self.corpus.names:
                    raise RecipeError(unknown(split, self.corpus.names, "split"), place=place)
        for split in self.scores:
            self.check_scores(split)
        _ = self.planting, self.tracker
        return self


def not_applicable(split: str) -> str:
    """Why what needs targets is not computed on a split without them."""
    return f"not applicable to split '{split}' (no targets)"
