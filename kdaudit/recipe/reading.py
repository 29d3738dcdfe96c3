"""From YAML to a recipe: reads a recipe file, or the `recipe.json` of a run; writes nothing.

Short forms are spelled out here: shared trainer settings, the entries of
detectors, quality and subgroups, relative paths and environment variables.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from kdaudit.artifacts import read_json
from kdaudit.detectors import detector
from kdaudit.errors import InputError, RecipeError
from kdaudit.recipe.settings import TRAIN, VALID, CorpusSettings, Recipe
from kdaudit.settings import parse

MAX_BYTES = 1_000_000
MAX_DEPTH = 20

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
        "ter": {"splits": ["test"]},
        "confidence": {},
        "diversity": {},
        "back_translation": {},
    },
    "subgroups": {
        "all": {},
        "random": {},
        "confidence": {},
        "frequency": {},
        "length": {},
        "provenance": {"kind": "column", "column": "provenance"},
        "planted": {"kind": "column", "column": "planted"},
    },
}
"""What a recipe computes where it does not say otherwise."""


def find(name: str) -> Path:
    """The file of a recipe: a path, or the name of one that comes with the package."""
    path = Path(name)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        return path
    packaged = Path(str(files("kdaudit"))) / "recipes"
    candidate = packaged / f"{name}.yaml"
    if candidate.is_file():
        return candidate
    names = ", ".join(sorted(file.stem for file in packaged.glob("*.yaml")))
    raise RecipeError(f"'{name}' is neither a recipe file nor one of: {names}")


def load(path: Path, seed: int | None = None) -> Recipe:
    """The recipe in a YAML file; its relative paths count from its folder.

    `seed` takes the place of the recipe's.
    """
    values = _read_yaml(path)
    if seed is not None and isinstance(values, dict):
        values["seed"] = seed
    return from_values(values, path.resolve().parent, str(path))


def load_stored(path: Path) -> Recipe:
    """The recipe that a run directory keeps, already spelled out."""
    return parse(Recipe, read_json(path), str(path)).check()


def dump(recipe: Recipe) -> str:
    """The recipe, spelled out, as JSON."""
    return json.dumps(recipe.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


def from_values(values: object, folder: Path, where: str) -> Recipe:
    """A recipe from plain values, with the short forms spelled out."""
    plain = _mapping(values, where)
    defaults = _mapping(plain.pop("trainer", {}), f"{where}: trainer")
    models = _mapping(plain.get("models", {}), f"{where}: models")
    seed = plain.get("seed", 1)
    plain["models"] = {
        name: _with_trainer(_mapping(model, f"{where}: models.{name}"), defaults, seed)
        for name, model in models.items()
    }
    plain["corpus"] = _resolve_paths(_mapping(plain.get("corpus", {}), f"{where}: corpus"), folder)
    names = parse(CorpusSettings, plain["corpus"], f"{where}: corpus").names
    audited = [name for name in names if name != VALID]
    for place, default in DEFAULTS.items():
        entries = _mapping(plain.get(place, _fitting(default, audited)), f"{where}: {place}")
        plain[place] = {
            name: _selection(
                place, name, _mapping(entry or {}, f"{where}: {place}.{name}"), audited
            )
            for name, entry in entries.items()
        }
    return parse(Recipe, plain, where).check()


def _fitting(default: dict[str, Any], audited: list[str]) -> dict[str, Any]:
    """Default entries without the splits that this corpus does not have."""
    return {
        name: {
            key: [split for split in value if split in audited] if key == "splits" else value
            for key, value in entry.items()
        }
        for name, entry in default.items()
    }


def _mapping(values: object, where: str) -> dict[str, Any]:
    if not isinstance(values, Mapping):
        raise RecipeError(f"{where}: expected keys with values, got {values!r}")
    return {str(key): value for key, value in values.items()}


def _with_trainer(model: dict[str, Any], defaults: dict[str, Any], seed: object) -> dict[str, Any]:
    own = _mapping(model.get("trainer", {}), "trainer")
    return {**model, "trainer": {"seed": seed, **defaults, **own}}


def _selection(place: str, name: str, entry: dict[str, Any], audited: list[str]) -> dict[str, Any]:
    kind = str(entry.pop("kind", name))
    splits = entry.pop("splits", None)
    if splits is None:
        splits = audited
        # Replicating a target means something for the pairs that training had.
        if place == "detectors" and "target" in parse(detector(kind), entry, kind).needs.columns:
            splits = [TRAIN]
    for split in splits:
        if split not in audited:
            raise RecipeError(f"{place}.{name}: no audited split '{split}' (there are: {audited})")
    return {"kind": kind, "settings": entry, "splits": splits}


def _resolve_paths(corpus: dict[str, Any], folder: Path) -> dict[str, Any]:
    splits = corpus.get("splits")
    if not isinstance(splits, Mapping):
        return corpus
    resolved = {}
    for name, entry in splits.items():
        values = _mapping(entry, f"corpus.splits.{name}")
        for key in ("source", "target", "tsv"):
            if isinstance(values.get(key), str):
                values[key] = str(folder / _expand(values[key]))
        resolved[str(name)] = values
    return {**corpus, "splits": resolved}


def _expand(path: str) -> str:
    expanded = str(Path(os.path.expandvars(path)).expanduser())
    if (unset := re.search(r"\$\{?(\w+)", expanded)) is not None:
        raise RecipeError(f"the path '{path}' needs the environment variable {unset[1]}")
    return expanded


def _read_yaml(path: Path) -> Any:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"larger than {MAX_BYTES} bytes: no recipe", path=path)
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise InputError("no such recipe", path=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", path=path) from error
    try:
        _refuse_tricks(text, path)
        return yaml.load(text, Loader=_Loader)  # noqa: S506, a safe loader that refuses doubled keys
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        line = None if mark is None else mark.line + 1
        raise InputError(f"is no YAML: {problem}", path=path, line=line) from error


class _Loader(yaml.SafeLoader):
    """The safe loader, with an error for a key that is given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, str) and key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key '{key}' is given twice", problem_mark=key_node.start_mark
                )
            seen.add(str(key))
        return super().construct_mapping(node, deep)


def _refuse_tricks(text: str, path: Path) -> None:
    """InputError for a text that would grow (aliases) or is nested too deep to be a recipe."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise InputError("aliases are not allowed in a recipe", path=path)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise InputError(f"nested deeper than {MAX_DEPTH} levels", path=path)
