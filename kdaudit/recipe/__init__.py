"""From a recipe (YAML) to frozen settings, for `cli` and `stages`; packages import none of it."""

from kdaudit.recipe.checks import CORPUS_MODEL
from kdaudit.recipe.corpus import TRAIN, VALID
from kdaudit.recipe.counterfactual import CounterfactualSettings, trained_models
from kdaudit.recipe.models import ModelSettings
from kdaudit.recipe.reading import dump, find, from_values, load, load_stored
from kdaudit.recipe.settings import Recipe

__all__ = [
    "CORPUS_MODEL",
    "TRAIN",
    "VALID",
    "CounterfactualSettings",
    "ModelSettings",
    "Recipe",
    "dump",
    "find",
    "from_values",
    "load",
    "load_stored",
    "trained_models",
]
