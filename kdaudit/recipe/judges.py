"""The models of a run that score the translations of others; reads and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kdaudit.errors import RecipeError
from kdaudit.registry import unknown

if TYPE_CHECKING:
    from kdaudit.recipe.settings import Recipe

SCORE = "score."
"""What leads the name of the column of such scores."""

TARGET = "target"
"""The text that is scored where it is no model's translation."""


def words(columns: Iterable[str]) -> list[str]:
    """What a detector calls the models whose scores it needs."""
    return [name.removeprefix(SCORE) for name in columns if name.startswith(SCORE)]


def judge(recipe: Recipe, word: str) -> str | None:
    """The model that a detector means: of `teacher` and `baseline` the run's first of that role,
    None where there is none; any other word is a model's name."""
    if word == "teacher":
        return recipe.first("teacher")
    return recipe.first("baseline") if word == "baseline" else word


def judges(recipe: Recipe, detector: str) -> list[str]:
    """The models whose scores a detector of the recipe needs, those that there are."""
    found = (judge(recipe, word) for word in words(recipe.detector(detector).needs.columns))
    return [model for model in found if model is not None]


def check_judges(recipe: Recipe) -> None:
    """RecipeError where a detector needs the scores of a model that cannot give them."""
    for name in recipe.detectors:
        place = f"detectors.{name}"
        for model in judges(recipe, name):
            if model not in recipe.audited_models:
                raise RecipeError(unknown(model, recipe.audited_models, "model"), place=place)
            if TARGET in recipe.audited_models:
                message = f"a model called '{TARGET}' cannot be scored by others: the name is taken"
                raise RecipeError(message, place=place)
