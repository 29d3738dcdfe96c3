"""The recipe behind `kdaudit finetune`: a checkpoint and a corpus, and nothing trained but it.

Reads the checkpoint, for its languages and its shape; writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from kdaudit.detectors.language import expected
from kdaudit.errors import InputError, RecipeError
from kdaudit.recipe.corpus import TRAIN, VALID
from kdaudit.recipe.reading import from_values
from kdaudit.recipe.settings import Recipe
from kdaudit.recipe.validated import validated
from kdaudit.training.architecture import languages

Mode = Literal["adaptive", "random", "recovered"]

TEACHER, ADAPTED = "teacher", "adapted"
"""The two models of the run."""


@dataclass(frozen=True)
class FinetuneRequest:
    """What a user asks for.

    `source`, `target`: aligned files, of the training corpus; `valid`: both of a validation
    set, if any. `settings`: of the step, over its defaults. `ids`: a file with the pairs to
    fine-tune on, in place of the step's own choice. `trainer`: of the fine-tuning, over the
    checkpoint's own shape.
    """

    name: str
    checkpoint: Path
    mode: Mode
    source: Path
    target: Path
    subwords: Path
    valid: tuple[Path, Path] | None = None
    ids: Path | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    trainer: dict[str, Any] = field(default_factory=dict)
    seed: int = 1


def finetune_recipe(request: FinetuneRequest) -> Recipe:
    """The recipe; RecipeError or InputError where what is asked for cannot be."""
    for path in (*_files(request), request.checkpoint):
        if not path.is_file():
            raise InputError("there is no such file", path=path)
    source_language, target_language = languages(request.checkpoint)
    corpus = {"source": str(request.source), "target": str(request.target)}
    valid: dict[str, Any] = {**corpus, "first": validated(request.source)}
    if request.valid is not None:
        valid = dict(zip(("source", "target"), map(str, request.valid), strict=True))
    step = "recovered" if request.mode == "recovered" else "adaptive"
    control = {"control": "random"} if request.mode == "random" else {}
    finetuning: dict[str, Any] = {
        "teacher": TEACHER,
        "step": step,
        "settings": {**control, **request.settings},
    }
    if request.ids is not None:
        finetuning["ids"] = str(request.ids)
    return from_values(
        {
            "name": request.name,
            "description": f"{request.checkpoint.name}, fine-tuned: {request.mode}",
            "seed": request.seed,
            "corpus": {
                "source_language": source_language,
                "target_language": target_language,
                "splits": {TRAIN: corpus, VALID: valid},
            },
            "subwords": {"file": str(request.subwords)},
            "models": {
                TEACHER: {"role": "teacher", "checkpoint": str(request.checkpoint)},
                ADAPTED: {"role": "teacher", "finetuning": finetuning, "trainer": request.trainer},
            },
            "quality": {"bleu": {}, "chrf": {}, "confidence": {}},
            "detectors": _detectors(source_language, target_language),
            "subgroups": {"all": {}},
            "comparison": {"reference": TEACHER},
        },
        Path.cwd(),
        "finetune",
    )


def _files(request: FinetuneRequest) -> list[Path]:
    valid, ids = request.valid or (), [request.ids] if request.ids else []
    return [request.source, request.target, request.subwords, *valid, *ids]


def _detectors(*languages: str) -> dict[str, dict[str, Any]]:
    """Those that a model and its corpus are enough for; languages are identified where they can
    be, since a checkpoint may call them whatever it likes."""
    return {
        "exact_match": {},
        "extractive": {"identify_language": all(map(_is_known, languages))},
        "oscillatory": {},
        "repeated_target": {},
    }


def _is_known(language: str) -> bool:
    try:
        expected(language)
    except RecipeError:
        return False
    return True
