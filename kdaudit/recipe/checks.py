"""Whether the parts of a recipe fit each other; reads and writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdaudit.errors import RecipeError
from kdaudit.quality.comet import ESTIMATE
from kdaudit.recipe.corpus import TRAIN, VALID, no_name
from kdaudit.registry import unknown

if TYPE_CHECKING:
    from kdaudit.recipe.settings import Recipe

CORPUS_MODEL = "corpus"
"""The pseudo-model that stands for the corpus's own targets."""

REVERSE = "back_translation"
"""The column that a model of role `reverse` makes."""

OF_TARGETS = frozenset({"source", "translation", REVERSE, ESTIMATE})
"""What a metric may need that the corpus's own targets can have: they compare with no other."""


def check_models(recipe: Recipe) -> None:
    """RecipeError where a model has a name, a teacher or a part that cannot be."""
    if not recipe.audited_models:
        raise RecipeError("there is none that translates from source to target", place="models")
    for name, model in recipe.models.items():
        if (why := no_name(name)) is not None:
            raise RecipeError(why, place=f"models.{name}")
        if name == CORPUS_MODEL:
            message = f"'{name}' stands for the corpus's own targets, and is no name of a model"
            raise RecipeError(message, place=f"models.{name}")
        if (teacher := recipe.teacher(name)) is not None:
            place = "distillation" if model.distillation else "finetuning"
            place = "given" if model.given else place
            if teacher not in recipe.audited_models:
                message = unknown(teacher, recipe.audited_models, "model")
                raise RecipeError(message, place=f"models.{name}.{place}.teacher")
            _check_no_circle(recipe, name, f"models.{name}.{place}.teacher")
            if model.distillation and recipe.is_texts(teacher):
                message = f"'{teacher}': translations alone are no teacher to distil from"
                raise RecipeError(message, place=f"models.{name}.{place}.teacher")
        _check_given(recipe, name)
    if recipe.trains:
        _check_training_splits(recipe)
    if recipe.reference not in recipe.audited_models:
        message = unknown(recipe.reference, recipe.audited_models, "model")
        raise RecipeError(message, place="comparison.reference")


def _check_training_splits(recipe: Recipe) -> None:
    if VALID not in recipe.corpus.names:
        raise RecipeError(f"splits need '{TRAIN}' and '{VALID}'", place="corpus")
    for name in (TRAIN, VALID):
        if name in recipe.monolingual_splits:
            raise RecipeError(f"splits.{name}: training needs targets", place="corpus")


def _check_given(recipe: Recipe, name: str) -> None:
    """RecipeError where a model that is given does not fit the others, or the splits."""
    given, place = recipe.models[name].given, f"models.{name}.given"
    if given is None:
        return
    others = [other for other in recipe.audited_models if other != name]
    if given.form_of is not None and given.form_of not in others:
        raise RecipeError(unknown(given.form_of, others, "model"), place=f"{place}.form_of")
    splits = recipe.audited_splits
    for split in given.translations:
        if split not in splits:
            message = unknown(split, splits, "audited split")
            raise RecipeError(message, place=f"{place}.translations")
    for split in splits if given.translations else ():
        if split not in given.translations:
            message = f"there is no file for the split '{split}'"
            raise RecipeError(message, place=f"{place}.translations")


def check_origin_schemes(recipe: Recipe) -> None:
    """RecipeError where the names that original and planted segments are told by mean others."""
    if "all" in recipe.subgroups and recipe.subgroups["all"].kind != "all":
        raise RecipeError("must be of kind 'all'", place="subgroups.all")
    for name in ("provenance", "planted"):
        chosen = recipe.subgroups.get(name)
        if chosen and (chosen.kind, chosen.settings.get("column")) != ("column", name):
            raise RecipeError(
                f"must be {{kind: column, column: {name}}}: by the schemes of these names original "
                "segments are told from planted ones",
                place=f"subgroups.{name}",
            )


def _check_no_circle(recipe: Recipe, model: str, place: str) -> None:
    seen, name = [model], recipe.teacher(model)
    while name is not None:
        if name in seen:
            raise RecipeError(f"a circle of teachers: {' -> '.join([*seen, name])}", place=place)
        seen.append(name)
        name = recipe.teacher(name) if name in recipe.models else None


def check_step(recipe: Recipe, model: str) -> None:
    """RecipeError where the step of a student or of a fine-tuned model is unknown or cannot have
    what it needs."""
    step, chosen, place = recipe.step(model), recipe.models[model], _place(recipe, model)
    if chosen.finetuning is not None and step.fine_tuning is None:
        raise RecipeError(f"the step '{step.name}' fine-tunes no model", place=f"{place}.step")
    needed = step.needs.targets if chosen.finetuning is None else step.needs.select
    for column in needed:
        if message := _lacking(recipe, column):
            raise RecipeError(f"'{column}' {message}", place=f"{place}.settings")


def _place(recipe: Recipe, model: str) -> str:
    """Where a recipe names the step of a model: for an adapted teacher, at the student for which it
    is adapted."""
    for name in recipe.students:
        distillation = recipe.models[name].distillation
        if distillation is not None and model in (name, distillation.adapted):
            return f"models.{name}.distillation"
    return f"models.{model}.finetuning"


def _lacking(recipe: Recipe, column: str) -> str | None:
    """Why a column of the training split cannot be had; columns of the corpus are seen later."""
    kind, _, name = column.partition(".")
    entries = {"quality": recipe.quality, "corpus": recipe.quality, "memorized": recipe.detectors}
    if kind not in entries or not name:
        return None
    if name not in entries[kind]:
        what = "detector" if kind == "memorized" else "quality metric"
        return f"needs the {what} '{name}', which the recipe does not list"
    if TRAIN not in entries[kind][name].splits:
        return f"needs '{name}' on the split '{TRAIN}'"
    if kind == "memorized":
        gates = (one for one in recipe.detector(name).needs.columns if one.startswith("quality."))
        return next(filter(None, (_lacking(recipe, gate) for gate in gates)), None)
    needs = recipe.metric(name).needs
    if REVERSE in needs and recipe.first("reverse") is None:
        return "needs a model of role 'reverse'"
    if kind == "corpus" and not OF_TARGETS.issuperset(needs):
        return "is no quality that targets can have: it compares with them, or needs a model's"
    return None
