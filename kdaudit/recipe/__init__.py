"""From a recipe (YAML) to frozen settings, for `cli` and `stages`; packages import none of it."""

from kdaudit.recipe.corpus import TRAIN, VALID
from kdaudit.recipe.reading import dump, find, from_values, load, load_stored
from kdaudit.recipe.settings import CORPUS_MODEL, ModelSettings, Recipe

__all__ = [
    "CORPUS_MODEL",
    "TRAIN",
    "VALID",
    "ModelSettings",
    "Recipe",
    "dump",
    "find",
    "from_values",
    "load",
    "load_stored",
]
