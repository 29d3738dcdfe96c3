"""Part of stage `counterfactual`: what people are told of it, for `comparison.json`.

Pure but for `about_counterfactual`, which reads `counterfactual/summary.json`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow.compute as pc

from kdaudit.artifacts import read_object
from kdaudit.comparison.counterfactual import KEY
from kdaudit.counterfactual import Estimates, banded, separation
from kdaudit.counterfactual.estimates import uncertain_share
from kdaudit.segments import BoolArray, FloatArray, Segments
from kdaudit.stages import subsets
from kdaudit.stages.base import Context


def about_counterfactual(context: Context) -> dict[str, Any]:
    """What the stage has stored, under the comparison's key; nothing where the recipe has no such
    section."""
    if context.recipe.counterfactual is None:
        return {}
    return {KEY: read_object(context.directory.counterfactual_summary)}


def summarized(
    context: Context,
    once: Segments,
    found: Mapping[str, Estimates],
    nearest: Mapping[str, FloatArray],
    trained: int,
) -> dict[str, Any]:
    """What the models say, of all distinct pairs `once` together.

    `nearest`: chrF of the closest other pair by name; far from all others is taken for
    memorized. `trained`: models trained of each name, the run's own not counted.
    """
    recipe = context.recipe
    chosen, design = subsets.chosen(recipe), subsets.design(recipe)
    called = {model: context.called(model) for model in found}
    kinds = _kinds(once)
    rows = [
        row
        for model, one in found.items()
        for row in _separations(one.memorization, kinds, called[model], "memorization")
    ]
    for name, score in nearest.items():
        rows += _separations(-score, kinds, None, f"nearest {name}")
    return {
        "design": chosen.design,
        "score": chosen.score,
        "share": design.share,
        "pairs": len(once),
        "planned": design.models,
        "trained": trained,
        "saved": design.models - trained,
        "stopping": None if chosen.stopping is None else chosen.stopping.model_dump(),
        "bands": list(chosen.edges),
        "models": [_model(called[model], one, chosen.edges) for model, one in found.items()],
        "separation": rows,
        "inheritance": _inheritance(context, found, kinds),
    }


def _kinds(once: Segments) -> dict[str, BoolArray]:
    """The original pairs, and the planted ones by kind; `planted`: all of these."""
    if "planted" not in once:
        return {"original": np.ones(len(once), dtype=np.bool_)}
    planted = once.table["planted"]
    is_planted = np.asarray(pc.is_valid(planted).to_numpy(), dtype=np.bool_)
    kinds = {"original": ~is_planted}
    for kind in sorted(pc.unique(planted.drop_null()).to_pylist()):
        kinds[kind] = np.array([one == kind for one in planted.to_pylist()], dtype=np.bool_)
    return kinds | ({"planted": is_planted} if is_planted.any() else {})


def _separations(
    scores: FloatArray, kinds: Mapping[str, BoolArray], model: str | None, by: str
) -> Iterator[dict[str, Any]]:
    """How well a score tells each kind of planted pair from the original ones."""
    for kind, rows in kinds.items():
        if kind != "original":
            found = separation(scores[rows], scores[kinds["original"]])
            yield {"kind": kind, "by": by, "model": model, **found.__dict__}


def _model(name: str, found: Estimates, edges: tuple[float, ...]) -> dict[str, Any]:
    known = ~np.isnan(found.memorization)
    bands = banded(found.memorization, edges)
    return {
        "model": name,
        "defined": int(known.sum()),
        "memorization": float(found.memorization[known].mean()) if known.any() else None,
        "by_band": [int((bands == band).sum()) for band in range(len(edges) + 1)] if edges else [],
        "uncertain": uncertain_share(found, edges) if edges else None,
    }


def _inheritance(
    context: Context, found: Mapping[str, Estimates], kinds: Mapping[str, BoolArray]
) -> list[dict[str, Any]]:
    """Who memorizes what its teacher does, at the highest edge of a band and above: the student,
    and beside it the baseline, which has never heard of the teacher."""
    chosen = subsets.chosen(context.recipe)
    if not chosen.distillation or not chosen.edges:
        return []
    threshold = chosen.edges[-1]
    teacher, *others = found
    parts = {name: kinds[name] for name in ("original", "planted") if name in kinds}
    return [
        {
            "model": context.called(other),
            "teacher": context.called(teacher),
            "pairs": part,
            "threshold": threshold,
            **_shared(
                found[teacher].memorization[rows], found[other].memorization[rows], threshold
            ),
        }
        for other in others
        for part, rows in parts.items()
    ]


def _shared(teacher: FloatArray, other: FloatArray, threshold: float) -> dict[str, int]:
    known = ~np.isnan(teacher) & ~np.isnan(other)
    first, second = teacher[known] >= threshold, other[known] >= threshold
    return {
        "inherited": int((first & second).sum()),
        "lost": int((first & ~second).sum()),
        "alone": int((~first & second).sum()),
        "neither": int((~first & ~second).sum()),
        "undefined": int((~known).sum()),
    }
