"""Spells out the models of a recipe: their trainers, and the teachers that steps fine-tune.

Pure but for the architecture of a checkpoint that a recipe names, which is read.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kdaudit.distillation import FineTuning
from kdaudit.errors import RecipeError
from kdaudit.inference.families import is_hub_name
from kdaudit.recipe.entries import step_of
from kdaudit.recipe.values import expand, mapping, resolve_files
from kdaudit.training.architecture import architecture

Models = dict[str, dict[str, Any]]


def spelled_out(models: Models, defaults: dict[str, Any], folder: Path) -> Models:
    """Every model with all of its trainer's settings, and the adapted teachers among them.

    A model that is fine-tuned has its teacher's trainer, with the step's epochs and learning
    rate, and its own settings above those. `defaults`: what all trainers share.
    """
    found = _with_adapted(models, folder)
    return {name: _with_trainer(name, found, defaults, ()) for name in found}


def _with_adapted(models: Models, folder: Path) -> Models:
    """The models, with those that the steps of students add, each after its teacher."""
    found: Models = {}
    for name, given in models.items():
        where = f"models.{name}"
        found[name] = resolve_files(given, folder, ("checkpoint",), where)
        if given.get("given") is not None:
            own = mapping(given["given"], f"{where}.given")
            found[name]["given"] = _resolved(own, folder, f"{where}.given")
        for place in ("distillation", "finetuning"):
            if given.get(place) is not None:
                chosen = mapping(given[place], f"{where}.{place}")
                found[name][place] = resolve_files(chosen, folder, ("ids",), f"{where}.{place}")
    for name in models:
        distillation = found[name].get("distillation")
        if distillation is not None:
            _add_adapted(found, name, distillation)
    return found


def _resolved(given: dict[str, Any], folder: Path, where: str) -> dict[str, Any]:
    """A model that is given, with its paths counted from the recipe; a name on the hub as it is."""
    found = dict(given)
    path = found.get("path")
    if isinstance(path, str) and not is_hub_name(path, folder):
        found["path"] = str((folder / expand(path, f"{where}.path")).absolute())
    subwords = found.get("subwords", [])
    if isinstance(subwords, str):
        subwords = [subwords]
    if isinstance(subwords, list | tuple):
        keyed = {str(number): path for number, path in enumerate(subwords)}
        found["subwords"] = [*resolve_files(keyed, folder, tuple(keyed), where).values()]
    if found.get("translations"):
        files = mapping(found["translations"], f"{where}.translations")
        found["translations"] = resolve_files(files, folder, tuple(files), where)
    return found


def _add_adapted(models: Models, student: str, chosen: dict[str, Any]) -> None:
    where = f"models.{student}.distillation"
    if _fine_tuning(chosen, where) is None:
        for key in ("adapted", "ids", "trainer"):
            if chosen.get(key):
                message = "is for steps that fine-tune the teacher"
                raise RecipeError(message, place=f"{where}.{key}")
        return
    name = chosen["adapted"] = str(chosen.get("adapted") or f"{student}_teacher")
    keys = ("teacher", "step", "settings", "ids")
    adapted = {
        "role": "teacher",
        "finetuning": {key: chosen[key] for key in keys if chosen.get(key)},
        "trainer": mapping(chosen.get("trainer", {}), f"{where}.trainer"),
    }
    if models.setdefault(name, adapted) != adapted:
        raise RecipeError(
            f"there is another model '{name}', made in another way", place=f"{where}.adapted"
        )


def _fine_tuning(chosen: dict[str, Any], where: str) -> FineTuning | None:
    settings = mapping(chosen.get("settings", {}), f"{where}.settings")
    return step_of(str(chosen.get("step", "seqkd")), settings, where).fine_tuning


def _with_trainer(
    name: str, models: Models, defaults: dict[str, Any], seen: tuple[str, ...]
) -> dict[str, Any]:
    """A model with its whole trainer; `seen`: the models that are fine-tuned from it."""
    model = models[name]
    own = mapping(model.get("trainer", {}), f"models.{name}.trainer")
    below = defaults
    if model.get("given") is not None:
        if own:
            message = "is of no use: a model that is given is not trained"
            raise RecipeError(message, place=f"models.{name}.trainer")
        return {key: value for key, value in model.items() if key != "trainer"}
    if isinstance(model.get("checkpoint"), str):
        if own:
            message = "is of no use: the checkpoint is not trained, and says what it is"
            raise RecipeError(message, place=f"models.{name}.trainer")
        below = _of_checkpoint(Path(model["checkpoint"]), defaults)
    if (chosen := model.get("finetuning")) is not None:
        where = f"models.{name}.finetuning"
        teacher = str(chosen.get("teacher"))
        if teacher in seen:
            raise RecipeError("a circle of fine-tunings", place=f"{where}.teacher")
        if models.get(teacher, {}).get("given") is not None:
            message = f"'{teacher}' is given, and cannot be trained on"
            raise RecipeError(message, place=f"{where}.teacher")
        if teacher in models:  # where it is not, the check of the whole recipe says so
            below = _with_trainer(teacher, models, defaults, (*seen, name))["trainer"]
        fine_tuning = _fine_tuning(chosen, where)
        if fine_tuning is not None:
            below = {**below, **_of_fine_tuning(fine_tuning)}
    return {**model, "trainer": {**below, **own}}


def _of_checkpoint(path: Path, defaults: dict[str, Any]) -> dict[str, Any]:
    """The shape that the checkpoint has; of what all trainers share, how they train."""
    shape = architecture(path)
    options = {**mapping(defaults.get("options", {}), "trainer.options"), **shape["options"]}
    return {**defaults, "schedule": "constant", **shape, "options": options, "epochs": None}


def _of_fine_tuning(chosen: FineTuning) -> dict[str, Any]:
    return {
        "epochs": chosen.epochs,
        "updates": None,
        "learning_rate": chosen.learning_rate,
        "schedule": "constant",
        "warmup_updates": 0,
    }
