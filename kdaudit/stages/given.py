"""Part of stage `train`: takes over a model that is given, or translations in a model's place.

Reads the model's files, whatever its family, or the files of translations, and the training
split. Writes `models/<model>/`: of a model `ctranslate2/` (converted in the user's cache) and
`tokenizer/`, of translations `given/<split>.parquet`; then an empty `training.jsonl` and, last,
`manifest.json`, with how many lines of a sample the conversion translates as the original does.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from kdaudit.artifacts import (
    TRANSLATIONS,
    RunDirectory,
    count_rows,
    read_object,
    read_rows,
    write_json,
    write_table,
    write_text,
)
from kdaudit.corpus import read_sources
from kdaudit.errors import InputError
from kdaudit.inference import Translation
from kdaudit.inference.families import visible_files
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.recipe.models import GivenModel
from kdaudit.recorded import file_hash
from kdaudit.stages.base import Context, digest, users_files
from kdaudit.stages.model_files import HASHES, hashes
from kdaudit.stages.take_over import Taken, checked, take
from kdaudit.stages.tokenizers import TOKENIZER

TEXTS = "given"
"""The folder of translations in a model's place."""

CONVERTED = "ctranslate2"


def inputs(directory: RunDirectory, recipe: Recipe, model: str) -> list[Path]:
    """The model's files, or its translations, and the splits."""
    given = _given(recipe, model)
    files = [Path(path) for path in given.translations.values()]
    if given.path is not None and not given.on_hub:
        path = Path(given.path)
        files += visible_files(path) if path.is_dir() else [path]
        files += [beside for beside in _beside(path) if beside not in files]
    files += map(Path, given.subwords)
    splits = [*given.translations] or [TRAIN]
    known = users_files(files, directory.model_manifest(model))
    return [*known, *(directory.corpus(split) for split in splits)]


def _beside(path: Path) -> list[Path]:
    """Vocabularies, dictionaries and subwords beside a model's file, if there are any."""
    if not path.is_file():
        return []
    suffixes = (".txt", ".yml", ".yaml", ".spm", ".model")
    return [one for one in visible_files(path.parent) if one.suffix in suffixes]


def outputs(directory: RunDirectory, recipe: Recipe, model: str) -> list[Path]:
    """What other stages need of it; the manifest last."""
    home, given = directory.model(model), _given(recipe, model)
    if given.translations:
        own = [home / TEXTS / f"{split}.parquet" for split in given.translations]
    else:
        own = [home / CONVERTED / "model.bin"]
    return [*own, directory.curve(model), directory.model_manifest(model)]


def settings(recipe: Recipe, model: str) -> str:
    """What is given, and for which languages."""
    return digest(_given(recipe, model), recipe.languages(model), recipe.engine(model).decoding())


def run(context: Context, model: str) -> None:
    """Put what is given in a model's place."""
    given, directory = _given(context.recipe, model), context.directory
    home = directory.model(model)
    directory.model_manifest(model).unlink(missing_ok=True)
    described: dict[str, Any] = {
        "model": model,
        "role": context.recipe.models[model].role,
        "languages": context.recipe.languages(model),
        "taken_from": given.path or given.translations,
        "pairs_left_out": 0,
    }
    if given.translations:
        described |= _take_texts(context, model, given)
    else:
        described |= _take_model(context, model, given)
    write_text(home / "training.jsonl", "")
    write_json(directory.model_manifest(model), described | {HASHES: hashes(home)})


def _given(recipe: Recipe, model: str) -> GivenModel:
    given = recipe.models[model].given
    assert given is not None, "the model is not given"
    return given


def _take_texts(context: Context, model: str, given: GivenModel) -> dict[str, Any]:
    taken = {}
    for split, file in given.translations.items():
        path = Path(file)
        texts = read_sources(path).strings("source")
        expected = count_rows(context.directory.corpus(split))
        if len(texts) != expected:
            raise InputError(f"has {len(texts)} lines, the corpus has {expected}", path=path)
        rows = len(texts)
        table = {
            "id": context.corpus(split, []).table.column("id"),
            "translation": texts,
            "log_probability": pa.nulls(rows, pa.float64()),
            "tokens": pa.repeat(pa.scalar(0, pa.int32()), rows),
        }
        home = context.directory.model(model) / TEXTS
        write_table(home / f"{split}.parquet", pa.table(table), TRANSLATIONS)
        taken[split] = file_hash(path)
    return {"family": "translations", "taken_from_sha256": taken}


def translations(
    directory: RunDirectory, model: str, split: str, rows: range
) -> Iterator[Translation]:
    """Some rows of the translations that are given in a model's place."""
    path = directory.model(model) / TEXTS / f"{split}.parquet"
    for part in read_rows(path, TRANSLATIONS, ["translation"], rows):
        for text in part.column("translation").to_pylist():
            yield Translation(text, float("nan"), 0)


def _take_model(context: Context, model: str, given: GivenModel) -> dict[str, Any]:
    home = context.directory.model(model)
    for part in (home / CONVERTED, home / TOKENIZER):
        shutil.rmtree(part, ignore_errors=True)
    context.progress(0, 2, "converting")
    taken = take(home, given, context.recipe.languages(model))
    described = taken.described
    context.progress(1, 2, "checking the conversion")
    described["checked"] = _checked(context, model, taken)
    return described


def _checked(context: Context, model: str, taken: Taken) -> dict[str, Any]:
    """What the original says of a sample of the training sources, beside the conversion."""
    given = _given(context.recipe, model)
    if given.form_of is not None:
        return {"lines": 0, "why_not": f"it is '{given.form_of}' in another type"}
    column = "target" if context.recipe.models[model].role == "reverse" else "source"
    if column == "target" and TRAIN in context.recipe.monolingual_splits:
        return {"lines": 0, "why_not": "the corpus has no text for it"}
    rows = range(count_rows(context.directory.corpus(TRAIN)))
    texts = [text for text in context.texts(TRAIN, column, rows) if text.strip()]
    settings = context.recipe.inference.model_copy(update={"threads": context.threads})
    return checked(context.directory.model(model), taken, texts, settings)


def notes(context: Context) -> Iterator[str]:
    """How each model that was converted compares with its original, in sentences."""
    for model in context.recipe.models:
        given = context.recipe.models[model].given
        if given is None or given.path is None:
            continue
        found = read_object(context.directory.model_manifest(model), "family", "checked")
        family, found_lines = found["family"], found["checked"]
        if not found_lines["lines"]:
            why = found_lines["why_not"]
            yield f"{model} ({family}): not checked against the original: {why}."
        else:
            lines, same = found_lines["lines"], found_lines["identical"]
            yield (
                f"{model} ({family}): of {lines} lines of the corpus the conversion translates "
                f"{same} ({100 * same / lines:.0f}%) exactly as the original does."
            )


def passed_on(values: dict[str, Any]) -> dict[str, Any]:
    """A model that is given, for others to see: without the folders of the machine."""
    values = {key: value for key, value in values.items() if value}
    if Path(values.get("path", "")).is_absolute():
        values["path"] = Path(values["path"]).name
    if "subwords" in values:
        values["subwords"] = [Path(path).name for path in values["subwords"]]
    if "translations" in values:
        files = values["translations"].items()
        values["translations"] = {split: Path(path).name for split, path in files}
    return values


def describe(context: Context, model: str) -> str:
    """What a model that is given is, in a few words."""
    found = read_object(context.directory.model_manifest(model), "family")
    if found["family"] == "translations":
        return "translations that were given"
    kind = f"{found['family']} model that was given"
    form = _given(context.recipe, model).form_of
    return f"{kind}; {form} in {context.recipe.engine(model).compute_type}" if form else kind
