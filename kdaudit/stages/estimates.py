"""What stage `measure` hands to a metric of a learned model: its scores; reads a model's path.

The model itself is asked by a process of its own (`kdaudit.inference.estimates`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from kdaudit.errors import NotComputable, RecipeError
from kdaudit.inference.estimates import ScorerSettings, interpreter, scorer
from kdaudit.quality.base import QualityMetric
from kdaudit.quality.comet import ESTIMATE, Comet
from kdaudit.recipe import Recipe
from kdaudit.segments import FloatArray, Segments
from kdaudit.stages.base import Context, told, users_files
from kdaudit.texts import filled, stripped

CHECKPOINT = Path("checkpoints") / "model.ckpt"
"""Where a model's folder has its weights."""

BATCHES = 64
"""So many batches are asked for at a time, and told of as progress."""


def check(recipe: Recipe) -> None:
    """NotComputable, with the metric's place, where a learned metric of the recipe has no
    environment, and RecipeError where its model is a path at which there is nothing: before
    anything is trained."""
    for name in recipe.quality:
        chosen = recipe.metric(name)
        if isinstance(chosen, Comet):
            place = f"quality.{name}"
            try:
                interpreter(chosen.environment)
            except NotComputable as error:
                raise NotComputable(f"{place}: {error}") from error
            if chosen.is_local and not Path(chosen.model).exists():
                raise RecipeError(f"there is no {chosen.model}", place=f"{place}.model")


def files(chosen: QualityMetric, made: Path) -> list[Path]:
    """The files of a learned metric's local model, of which a stage makes `made`."""
    if not isinstance(chosen, Comet) or not chosen.is_local:
        return []
    checkpoint = Path(chosen.model)
    if checkpoint.suffix != CHECKPOINT.suffix:
        checkpoint = checkpoint / CHECKPOINT
    return users_files([checkpoint], made)


def with_estimates(
    context: Context, chosen: Comet, segments: Segments, place: str
) -> tuple[Segments, dict[str, str]]:
    """Segments with the column `estimate`, each distinct one scored once, and for the file's
    metadata what scored, and how many distinct ones were longer than the model takes.

    nan where a source or a target is blank. NotComputable where the model cannot be had, or fails.
    """
    columns = [name for name in ("source", "translation", "target") if name in chosen.needs]
    texts = list(zip(*(segments.texts(name) for name in columns), strict=True))
    asked = [filled(stripped(segments.strings(n))) for n in columns if n != "translation"]
    known = np.logical_and.reduce(asked)
    distinct = list(
        dict.fromkeys(text for text, is_known in zip(texts, known, strict=True) if is_known)
    )
    scores, cut, made_with = _scored(context, chosen, distinct)
    estimate: FloatArray = np.array([scores.get(text, np.nan) for text in texts], dtype=np.float64)
    by = "|".join(f"{name}:{value}" for name, value in made_with.items())
    described = {"signature": f"{chosen.signature()}|{by}"} if by else {}
    described |= told({"segments_cut": cut}, place)
    return segments.with_column(ESTIMATE, estimate), described


def _scored(
    context: Context, chosen: Comet, distinct: Sequence[tuple[str, ...]]
) -> tuple[dict[tuple[str, ...], float], int, Mapping[str, str]]:
    """The score of each text; nothing is started where there are none."""
    if not distinct:
        return {}, 0, {}
    engine = context.recipe.inference
    settings = ScorerSettings(
        interpreter=interpreter(chosen.environment),
        model=chosen.model,
        is_local=chosen.is_local,
        with_targets="target" in chosen.needs,
        batch_size=chosen.batch_size,
        device=engine.device,
        threads=context.threads or engine.cpu_threads,
    )
    found: dict[tuple[str, ...], float] = {}
    cut, step = 0, BATCHES * chosen.batch_size
    with scorer(settings) as model:
        for start in range(0, len(distinct), step):
            part = distinct[start : start + step]
            scores, too_long = model.score(part)
            found |= dict(zip(part, scores, strict=True))
            cut += too_long
            context.progress(
                len(found), len(distinct), f"{len(distinct)} segments by {chosen.name}"
            )
        return found, cut, model.made_with
