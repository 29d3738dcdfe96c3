"""Part of stage `train`: takes over a fairseq checkpoint that a recipe names, untrained.

Reads the checkpoint and, beside it, its dictionaries; writes `models/<model>/` as a training
does: `checkpoint.pt`, a plain copy without the optimizer's state, dictionaries,
`ctranslate2/`, an empty `training.jsonl` and, last, `manifest.json`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from kdaudit.artifacts import RunDirectory, file_hash, write_json, write_text
from kdaudit.corpus.subwords import Subwords
from kdaudit.errors import InputError, RecipeError
from kdaudit.fairseq_checkpoint import check_transformer
from kdaudit.inference.vocabulary import check_dictionary
from kdaudit.recipe import Recipe
from kdaudit.stages.base import Context, training_settings, users_files
from kdaudit.stages.model_files import HASHES, hashes
from kdaudit.training import Command, run_commands
from kdaudit.training.architecture import languages
from kdaudit.training.command import CHECKPOINT, CONVERTED, conversion


def dictionaries(recipe: Recipe, model: str) -> list[Path]:
    """The dictionaries of a checkpoint, of its source and of its target language."""
    folder = _checkpoint(recipe, model).parent
    return [folder / f"dict.{language}.txt" for language in recipe.languages(model)]


def inputs(directory: RunDirectory, recipe: Recipe, model: str) -> list[Path]:
    """The checkpoint with its dictionaries, and the corpus's subwords."""
    given = [_checkpoint(recipe, model), *dictionaries(recipe, model)]
    return [*users_files(given, directory.model_manifest(model)), directory.subwords]


def commands(recipe: Recipe, model: str) -> list[Command]:
    """Make a plain copy, convert it; run in `models/<model>/work`."""
    pair = recipe.languages(model)
    copy = Command("plain-checkpoint", (str(_checkpoint(recipe, model).resolve()), CHECKPOINT))
    return [copy, conversion(CHECKPOINT, ".", *pair)]


def run(context: Context, model: str) -> None:
    """Put the checkpoint in a model's place."""
    directory, recipe = context.directory, context.recipe
    home, path = directory.model(model), _checkpoint(recipe, model)
    _check(context, model)
    work, log = home / "work", directory.logs / f"fairseq-{model}.log"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    for dictionary in dictionaries(recipe, model):
        shutil.copyfile(dictionary, work / dictionary.name)
    planned = commands(recipe, model)
    run_commands(planned, work, log.resolve())
    directory.model_manifest(model).unlink(missing_ok=True)
    for dictionary in dictionaries(recipe, model):
        (work / dictionary.name).replace(home / dictionary.name)
    (work / CHECKPOINT).replace(home / CHECKPOINT)
    shutil.rmtree(home / CONVERTED, ignore_errors=True)
    (work / CONVERTED).replace(home / CONVERTED)
    write_text(directory.curve(model), "")
    description = {
        "model": model,
        "role": recipe.models[model].role,
        "languages": recipe.languages(model),
        "trainer": recipe.models[model].trainer.model_dump(mode="json"),
        "commands": [str(command) for command in planned],
        "pairs_left_out": 0,
        "taken_from": str(path),
        "taken_from_sha256": file_hash(path),
        "settings": training_settings(recipe, model),
        HASHES: hashes(home),
    }
    write_json(directory.model_manifest(model), description)
    shutil.rmtree(work)


def _check(context: Context, model: str) -> None:
    """One clear error for a checkpoint of other languages or of other subwords, or one that runs
    code in the programs that take it over."""
    recipe, path = context.recipe, _checkpoint(context.recipe, model)
    check_transformer(path)
    theirs, ours = languages(path), recipe.languages(model)
    if theirs != ours:
        raise RecipeError(
            f"the checkpoint translates {'-'.join(theirs)}, the recipe says {'-'.join(ours)}",
            place=f"models.{model}.checkpoint",
        )
    subwords = context.directory.subwords
    pieces = set(Subwords(subwords).vocabulary())
    for dictionary in dictionaries(recipe, model):
        if not dictionary.is_file():
            raise InputError("there is no such dictionary, beside its checkpoint", path=dictionary)
        try:
            lines = dictionary.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError as error:
            raise InputError("is no dictionary: it is not UTF-8", path=dictionary) from error
        check_dictionary(dictionary, [line.rpartition(" ")[0] for line in lines], subwords, pieces)


def _checkpoint(recipe: Recipe, model: str) -> Path:
    checkpoint = recipe.models[model].checkpoint
    assert checkpoint is not None
    return Path(checkpoint)
