"""From YAML to a recipe: reads a recipe and its base, or a run's `recipe.json`; writes nothing.

Short forms are spelled out here: shared trainer settings, the entries of
detectors, quality and subgroups, relative paths and environment variables.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from kdaudit.artifacts import read_json
from kdaudit.detectors import detector
from kdaudit.detectors.extractive import Extractive
from kdaudit.detectors.language import expected
from kdaudit.errors import InputError, RecipeError
from kdaudit.recipe import documents
from kdaudit.recipe.corpus import TRAIN, VALID, CorpusSettings
from kdaudit.recipe.documents import Document
from kdaudit.recipe.entries import part
from kdaudit.recipe.lineage import spelled_out
from kdaudit.recipe.metrics import spelled_out as metric_spelled_out
from kdaudit.recipe.settings import Recipe
from kdaudit.recipe.subgroups import check_products, fitting_splits
from kdaudit.recipe.subgroups import spelled_out as scheme_spelled_out
from kdaudit.recipe.values import expand, mapping, resolve_files
from kdaudit.registry import unknown
from kdaudit.settings import parse, shortened

BASE = "base"
"""The key of a recipe file that names the file which it stands on."""

POLICY = "policy.yaml"
"""Among the recipes, but none: the example of limits for `kdaudit gate`."""

DEFAULTS: dict[str, dict[str, Any]] = {
    "detectors": {
        "exact_match": {},
        "extractive": {},
        "oscillatory": {},
        "repeated_target": {},
        "natural": {},
    },
    "quality": {
        "bleu": {},
        "chrf": {},
        "ter": {},
        "confidence": {},
        "diversity": {},
        "back_translation": {},
    },
    "subgroups": {
        "all": {},
        "random": {},
        "confidence": {},
        "frequency": {},
        "repetition": {"splits": [TRAIN]},
        "length": {},
        "provenance": {"kind": "column", "column": "provenance"},
        "planted": {"kind": "column", "column": "planted"},
    },
}
"""What a recipe computes where it does not say otherwise; `ter`, which is slow, not on `train`."""


def find(name: str) -> Path:
    """The file of a recipe: a path, or the name of one that comes with the package."""
    path = Path(name)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        return path
    packaged = Path(str(files("kdaudit"))) / "recipes"
    candidate = packaged / f"{name}.yaml"
    if candidate.is_file():
        return candidate
    stems = (file.stem for file in packaged.glob("*.yaml") if file.name != POLICY)
    names = ", ".join(sorted(stems))
    raise RecipeError(f"'{name}' is neither a recipe file nor one of: {names}")


def load(path: Path, seed: int | None = None) -> Recipe:
    """The recipe in a YAML file; its relative paths count from its folder.

    `seed` takes the place of the recipe's.
    """
    document = documents.read(path)
    folder = path.resolve().parent
    try:
        document = _on_base(document, folder)
        if seed is not None and isinstance(document.values, dict):
            document.values["seed"] = seed
        recipe = _spelled_out(document.values, folder)
        check_languages(recipe)
    except RecipeError as error:
        raise _located(error, document) from error
    return recipe


def _on_base(own: Document, folder: Path) -> Document:
    """A recipe over the file that its `base` names, if any; RecipeError where that is of no use.

    A base may be a recipe or a part of one, and has none itself: what is where can be seen.
    """
    if not isinstance(own.values, dict) or BASE not in own.values:
        return own
    name = own.values.pop(BASE)
    if not isinstance(name, str) or not name:
        raise RecipeError(f"expected the path of a file, got {shortened(name)}", place=BASE)
    try:
        base = documents.read(folder / expand(name, BASE))
    except InputError as error:
        raise RecipeError(str(error), place=BASE) from error
    if not isinstance(base.values, dict):
        raise RecipeError(
            f"{base.path}: expected keys with values, got {shortened(base.values)}", place=BASE
        )
    if BASE in base.values:
        raise RecipeError(
            f"{base.where(BASE)}: a base has no base itself: write into one file what both hold",
            place=BASE,
        )
    if "name" not in own.values:
        raise RecipeError("a recipe with a base has a name of its own", place="name")
    return own.over(base)


def check_languages(recipe: Recipe) -> None:
    """RecipeError, before anything is trained, for a language that a detector cannot identify."""
    for name in recipe.detectors:
        one = recipe.detector(name)
        if isinstance(one, Extractive) and one.identify_language:
            for language in (recipe.corpus.source_language, recipe.corpus.target_language):
                try:
                    expected(language)
                except RecipeError as error:
                    raise RecipeError(str(error), place=f"detectors.{name}") from error


def load_stored(path: Path) -> Recipe:
    """The recipe that a run directory keeps, already spelled out."""
    values = read_json(path)
    try:
        return parse(Recipe, values, "").check()
    except RecipeError as error:
        raise RecipeError(f"{path}: {error}") from error


def _located(error: RecipeError, document: Document) -> RecipeError:
    """The error with the file and the line of the key that it is about."""
    shared = re.sub(r"^models\.[^.]+\.trainer\b", "trainer", error.place)
    if error.place not in document.lines and shared in document.lines:
        error = RecipeError(error.message, place=shared)
    return RecipeError(f"{document.where(error.place)}: {error}")


def dump(recipe: Recipe) -> str:
    """The recipe, spelled out, as JSON."""
    return json.dumps(recipe.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def from_values(values: object, folder: Path, where: str) -> Recipe:
    """A recipe from plain values, with the short forms spelled out; `where` leads its errors."""
    try:
        return _spelled_out(values, folder)
    except RecipeError as error:
        raise RecipeError(f"{where}: {error}") from error


def _spelled_out(values: object, folder: Path) -> Recipe:
    plain = mapping(values, "")
    defaults = mapping(plain.pop("trainer", {}), "trainer")
    seed = plain.get("seed", 1)
    models = {
        name: mapping(model, f"models.{name}")
        for name, model in mapping(plain.get("models", {}), "models").items()
    }
    plain["models"] = spelled_out(models, {"seed": seed, **defaults}, folder)
    plain["corpus"] = _resolve_paths(mapping(plain.get("corpus", {}), "corpus"), folder)
    plain["subwords"] = resolve_files(
        mapping(plain.get("subwords", {}), "subwords"), folder, ("file",), "subwords"
    )
    names = parse(CorpusSettings, plain["corpus"], "corpus").names
    audited = [name for name in names if name != VALID]
    implied: list[tuple[str, str]] = []
    for place, default in DEFAULTS.items():
        own = place in plain
        entries = mapping(plain.get(place, _fitting(default, audited)), place)
        if not own and "ter" in entries:
            entries["ter"] = {"splits": [name for name in audited if name != TRAIN]}
        plain[place] = {}
        for name, entry in entries.items():
            chosen = mapping({} if entry is None else entry, f"{place}.{name}")
            if place == "subgroups":
                section = plain.get("counterfactual")
                chosen = scheme_spelled_out(name, chosen, folder, section)
            if place == "quality":
                chosen = metric_spelled_out(name, chosen, folder)
            if not own or chosen.get("splits") is None:
                implied.append((place, name))
            plain[place][name] = _selection(place, name, chosen, audited)
    recipe = parse(Recipe, plain, "")
    check_products(recipe)
    # Where the recipe names no split, what needs targets is for the splits that have them, and a
    # scheme for those that it can divide.
    without = recipe.monolingual_splits
    for place, name in implied:
        entry = plain[place][name]
        if place == "subgroups":
            entry["splits"] = fitting_splits(recipe, name)
        if without and recipe.needs_target(place, name):
            entry["splits"] = [split for split in entry["splits"] if split not in without]
    return parse(Recipe, plain, "").check()


def _fitting(default: dict[str, Any], audited: list[str]) -> dict[str, Any]:
    """Default entries without the splits that this corpus does not have."""
    return {
        name: {
            key: [split for split in value if split in audited] if key == "splits" else value
            for key, value in entry.items()
        }
        for name, entry in default.items()
    }


def _selection(place: str, name: str, entry: dict[str, Any], audited: list[str]) -> dict[str, Any]:
    kind = str(entry.pop("kind", name))
    where = f"{place}.{name}"
    splits = entry.pop("splits", None)
    if splits is None:
        splits = audited
        # Replicating a target means something for the pairs that training had.
        if place == "detectors" and "target" in part(detector, kind, entry, where).needs.columns:
            splits = [TRAIN]
    if not isinstance(splits, list):
        raise RecipeError(
            f"expected a list of splits, got {shortened(splits)}", place=f"{where}.splits"
        )
    for split in splits:
        if split not in audited:
            raise RecipeError(
                unknown(str(split), audited, "audited split"), place=f"{where}.splits"
            )
    own = ("cap", "cap_seed") if place == "subgroups" else ()
    cap: dict[str, Any] = {key: entry.pop(key) for key in own if key in entry}
    return {"kind": kind, "settings": entry, "splits": splits, **cap}


def _resolve_paths(corpus: dict[str, Any], folder: Path) -> dict[str, Any]:
    splits = corpus.get("splits")
    if not isinstance(splits, Mapping):
        return corpus
    resolved = {}
    for name, entries in splits.items():
        several = entries if isinstance(entries, list | tuple) else [entries]
        where = f"corpus.splits.{name}"
        resolved[str(name)] = [
            _resolve_entry(mapping(one, where), folder, where) for one in several
        ]
    return {**corpus, "splits": resolved}


def _resolve_entry(entry: dict[str, Any], folder: Path, where: str) -> dict[str, Any]:
    entry = resolve_files(entry, folder, ("source", "target", "tsv", "file"), where)
    dataset = entry.get("dataset")
    # A data set is on the hub, unless it looks like a path or there is something of its name.
    if isinstance(dataset, str) and dataset:
        path = folder / expand(dataset, f"{where}.dataset")
        if dataset[0] in "./~$" or path.exists():
            entry["dataset"] = str(path.absolute())
    return entry
