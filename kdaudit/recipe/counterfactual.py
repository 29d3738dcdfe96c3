"""The settings of counterfactual memorization: which models on which subsets; pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator, model_validator

from kdaudit.counterfactual.designs import Design, folds, held_out, subsets
from kdaudit.errors import RecipeError
from kdaudit.registry import unknown
from kdaudit.settings import Settings

if TYPE_CHECKING:
    from kdaudit.recipe.settings import Recipe

Score = Literal["geometric_mean", "log_probability", "chrf"]

PUBLISHED_BANDS = (0.2, 0.3, 0.4)
"""The edges of the published bands, which are for the geometric mean probability per token."""

PLACE = "counterfactual"
"""The key of a recipe that holds these settings."""


class Stopping(Settings):
    """When no further model is trained: at most this share of the pairs has an uncertain band."""

    uncertain: float = Field(ge=0, lt=1)
    models: int = Field(4, ge=2, description="so many are trained in any case")


class CounterfactualSettings(Settings):
    """Counterfactual memorization: models on subsets of the training pairs, and what is made of
    their scores."""

    model: str = Field(description="the model of the recipe that is trained on each subset")
    design: Literal["subsets", "folds", "held_out"] = "subsets"
    models: int | None = Field(
        None, ge=2, le=9999, description="K: models (8 by default), or folds (10)"
    )
    share: float | None = Field(
        None, gt=0, lt=1, description="of the pairs in a subset: 0.5; of a held-out model: 0.8"
    )
    repeats: int | None = Field(None, ge=1, le=999, description="of the folds: 1 by default")
    score: Score = "geometric_mean"
    bands: tuple[float, ...] | None = Field(
        None, description="edges that rise; the published ones for the default score, else none"
    )
    confidence: float = Field(0.95, gt=0.5, lt=1, description="of the intervals")
    seed: int | None = Field(None, ge=0, description="of the subsets; the recipe's by default")
    stopping: Stopping | None = None
    distillation: bool = Field(
        False, description="per subset the student 'model', its teacher, and the baseline"
    )
    nearest: bool = Field(True, description="the nearest other pair by chrF beside it")

    @field_validator("bands")
    @classmethod
    def _rising(cls, bands: tuple[float, ...] | None) -> tuple[float, ...] | None:
        if bands is not None and any(low >= high for low, high in pairwise(bands)):
            raise ValueError("the edges of bands rise")
        return bands

    @model_validator(mode="after")
    def _of_design(self) -> CounterfactualSettings:
        lacking = {"subsets": ["repeats"], "folds": ["share"], "held_out": ["models", "repeats"]}
        for name in lacking[self.design]:
            if getattr(self, name) is not None:
                raise ValueError(f"'{name}' is not for the design '{self.design}'")
        if self.stopping is not None:
            _check_stopping(self, self.stopping)
        return self

    @property
    def plan(self) -> Design:
        """The design; RecipeError where its numbers do not balance."""
        if self.design == "folds":
            return folds(self.models or 10, self.repeats or 1)
        if self.design == "held_out":
            return held_out(self.share or 0.8)
        return subsets(self.models or 8, self.share or 0.5)

    @property
    def edges(self) -> tuple[float, ...]:
        """The edges of the bands; none where nothing is published for the score, or said."""
        if self.bands is not None:
            return self.bands
        return PUBLISHED_BANDS if self.score == "geometric_mean" else ()


def _check_stopping(settings: CounterfactualSettings, rule: Stopping) -> None:
    """ValueError where a rule can never tell whether a band is certain."""
    if settings.design == "held_out":
        raise ValueError("'stopping' is not for the design 'held_out': it has one model")
    if not settings.edges:
        raise ValueError("'stopping' needs 'bands': it asks which pairs' bands are uncertain")


def check_counterfactual(recipe: Recipe) -> None:
    """RecipeError where the section names a model that cannot be trained on subsets."""
    chosen = recipe.counterfactual
    if chosen is None:
        return
    try:
        design = chosen.plan
    except RecipeError as error:
        key = "share" if chosen.design == "held_out" else "models"
        raise RecipeError(error.message, place=f"{PLACE}.{key}") from error
    sides = design.rounds * min(design.inside, design.size - design.inside)
    if chosen.stopping is not None and sides < 2:
        raise RecipeError(
            "no pair would have two models in and two out, and so no standard error: more "
            "'models', or 'repeats', are needed",
            place=f"{PLACE}.stopping",
        )
    if chosen.model not in recipe.audited_models:
        message = unknown(chosen.model, recipe.audited_models, "model")
        raise RecipeError(message, place=f"{PLACE}.model")
    is_student = recipe.models[chosen.model].distillation is not None
    if is_student and not chosen.distillation:
        raise RecipeError(
            f"'{chosen.model}' is a student, and learns from a teacher of the same subset: "
            "'distillation: true' trains both",
            place=f"{PLACE}.model",
        )
    if chosen.distillation:
        _check_distillation(recipe, chosen.model)
    for name in trained_models(recipe):
        model = recipe.models[name]
        if model.checkpoint or model.finetuning or model.given:
            raise RecipeError(
                f"'{name}' is not trained from the beginning, so that no subset can be left out",
                place=f"{PLACE}.model",
            )


def _check_distillation(recipe: Recipe, student: str) -> None:
    if recipe.models[student].distillation is None:
        raise RecipeError(
            f"'{student}' is no student (students: {', '.join(recipe.students) or 'none'})",
            place=f"{PLACE}.model",
        )
    teacher = recipe.teacher(student)
    if teacher in recipe.students:
        raise RecipeError(
            f"'{teacher}' is a student itself, and a longer chain is not trained on subsets",
            place=f"{PLACE}.distillation",
        )
    step = recipe.step(student)
    if step.fine_tuning is not None or step.needs.targets:
        raise RecipeError(
            f"the step '{step.name}' of '{student}' needs more than its teacher's translations",
            place=f"{PLACE}.distillation",
        )
    if recipe.first("baseline") is None:
        raise RecipeError(
            "needs a model of role 'baseline' beside teacher and student",
            place=f"{PLACE}.distillation",
        )


def trained_models(recipe: Recipe) -> list[str]:
    """The models of each subset, by their names in the recipe, each after its teacher."""
    chosen = recipe.counterfactual
    if chosen is None:
        return []
    if not chosen.distillation:
        return [chosen.model]
    teacher, baseline = recipe.teacher(chosen.model), recipe.first("baseline")
    assert teacher is not None
    assert baseline is not None
    return list(dict.fromkeys([teacher, chosen.model, baseline]))
