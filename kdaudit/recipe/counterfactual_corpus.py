"""The recipe behind `kdaudit counterfactual` of a corpus: models on subsets of it, no others.

Reads the file of settings, if any, and the first sources; writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kdaudit.errors import InputError, RecipeError
from kdaudit.recipe import documents
from kdaudit.recipe.corpus import TRAIN, VALID
from kdaudit.recipe.reading import from_values
from kdaudit.recipe.settings import Recipe
from kdaudit.recipe.validated import validated
from kdaudit.recipe.values import mapping, resolve_files
from kdaudit.registry import unknown

NAME = "counterfactual-corpus"
"""Of the recipe and, where the user names none, of its run directory."""

MODEL = "model"
"""What is trained, and what the table of its scores is named after."""

KEYS = ("trainer", "subwords", "inference", "counterfactual")
"""What a file of settings may hold: the sections of a recipe that these models depend on."""

TRAINER: dict[str, Any] = {
    "layers": 3,
    "width": 256,
    "feed_forward": 1024,
    "heads": 4,
    "normalize_before": True,
    "clip_norm": 1.0,
    "learning_rate": 1e-3,
    "warmup_updates": 400,
    "epochs": 30,
}
"""A small model that sees each pair often; the file of settings is for the audited one's."""


@dataclass(frozen=True)
class CorpusRequest:
    """What a user asks for.

    `source`, `target`: aligned files. `languages`: as in `en-de`. `settings`: a YAML file.
    `section`: of the recipe's `counterfactual`, over those of the file. `seed`: of subsets
    and training.
    """

    source: Path
    target: Path
    languages: str = "en-de"
    settings: Path | None = None
    section: dict[str, Any] = field(default_factory=dict)
    seed: int = 1


def counterfactual_recipe(request: CorpusRequest) -> Recipe:
    """The recipe; RecipeError or InputError where what is asked for cannot be."""
    for path in (request.source, request.target):
        if not path.is_file():
            raise InputError("there is no such file", path=path)
    source_language, separator, target_language = request.languages.partition("-")
    if not separator:
        raise RecipeError(f"--languages: expected two as in en-de, got '{request.languages}'")
    given = _settings(request.settings)
    corpus = {"source": str(request.source), "target": str(request.target)}
    section = {**given.pop("counterfactual", {}), **request.section}
    return from_values(
        {
            "name": NAME,
            "description": "counterfactual memorization of a corpus",
            "seed": request.seed,
            "corpus": {
                "source_language": source_language,
                "target_language": target_language,
                "splits": {TRAIN: corpus, VALID: {**corpus, "first": validated(request.source)}},
            },
            **given,
            "trainer": {**_default_trainer(given), **given.get("trainer", {})},
            "models": {MODEL: {"role": "baseline"}},
            "detectors": {},
            "quality": {},
            "subgroups": {},
            "counterfactual": {"model": MODEL, **section},
        },
        Path.cwd(),
        "counterfactual" if request.settings is None else str(request.settings),
    )


def _default_trainer(given: dict[str, Any]) -> dict[str, Any]:
    """Ours; without its length where the user's has one, in updates or in epochs."""
    own = given.get("trainer", {})
    return {key: TRAINER[key] for key in TRAINER if key != "epochs" or "updates" not in own}


def _settings(path: Path | None) -> dict[str, Any]:
    """The sections of a file, with paths counted from its folder; nothing without a file."""
    if path is None:
        return {}
    found = mapping(documents.read(path).values, str(path))
    for key in found:
        if key not in KEYS:
            raise RecipeError(unknown(key, KEYS, "section"), place=str(path))
        found[key] = mapping(found[key], f"{path}: {key}")
    if "subwords" in found:
        folder = path.resolve().parent
        found["subwords"] = resolve_files(found["subwords"], folder, ("file",), "subwords")
    return found
