"""The two-step recall on planted cases: the model reproduced them; the detector found those.

Reads the training split, translations and detections of a run; writes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np

from kdaudit.recipe import TRAIN
from kdaudit.segments import Segments
from kdaudit.stages import detect, detections
from kdaudit.stages.base import Context
from kdaudit.stages.plan import Plan

BY_MODELS = ("sequence_log_probability", "cross_model", "back_translation", "perturbation")
"""Detectors of any hallucination that ask a model."""

FINDERS: dict[str, tuple[str, ...]] = {
    "idiosyncratic": ("exact_match", "extractive"),
    "misaligned": ("exact_match",),
    "boilerplate": ("repeated_target", "natural", *BY_MODELS),
    "oscillating": ("oscillatory", *BY_MODELS),
    "copy": ("exact_match",),
}
"""Which kinds of detector ought to find which kind of planted case."""


def planted_recall(context: Context) -> list[dict[str, Any]]:
    """Rows of kind, repetitions, model, detector, and the counts of distinct pairs.

    `planted`: pairs that were put in; `reproduced`: see `reproduces`; `found`: reproduced
    ones that the detector flags.
    """
    corpus = context.corpus(TRAIN, ["planted"])
    if "planted" not in corpus or corpus.table["planted"].null_count == len(corpus):
        return []
    rows = []
    for name, model, split in Plan(context.recipe).detections:
        kind = context.recipe.detectors[detect.base_name(name)].kind
        if split == TRAIN and not name.endswith(detect.KD):
            segments = context.translated(model, split)
            rows += _of_detection(context, segments, name, kind, model)
    return sorted(rows, key=lambda row: (row["kind"], row["repetitions"], row["detector"]))


def reproduces(kind: str, target: str, translation: str) -> bool:
    """Whether a translation is the planted target, outer white space aside.

    An oscillating target is reproduced by a translation that begins with its two words
    at least half as often: a model that oscillates need not stop where the target did.
    """
    if kind != "oscillating":
        return translation.strip() == target.strip()
    words = target.split()
    return translation.split()[: len(words) // 2] == words[: len(words) // 2]


def _of_detection(
    context: Context, segments: Segments, name: str, kind: str, model: str
) -> list[dict[str, Any]]:
    table = detections.read(context.directory, name, model, TRAIN)
    flagged = segments.join(table, {"flagged": "flagged"}, name).table["flagged"].to_pylist()
    planted = segments.table["planted"].to_pylist()
    repetitions = segments.table["repetitions"].to_pylist()
    sources, targets = segments.texts("source"), segments.texts("target")
    translations = segments.texts("translation")
    # A pair counts once, however often it was put in; some detectors flag one copy of it.
    cases: dict[tuple[str, int], dict[tuple[str, str], list[bool]]] = defaultdict(dict)
    for row in np.flatnonzero([kind_of is not None for kind_of in planted]):
        if kind in FINDERS.get(planted[row], ()):
            pair = sources[row], targets[row]
            seen = cases[planted[row], repetitions[row] or 1].setdefault(pair, [False, False])
            seen[0] |= reproduces(planted[row], targets[row], translations[row])
            seen[1] |= flagged[row]
    return [
        {
            "kind": planted_kind,
            "repetitions": times,
            "model": context.called(model),
            "detector": name,
            "planted": len(pairs),
            "reproduced": sum(reproduced for reproduced, _ in pairs.values()),
            "found": sum(reproduced and found for reproduced, found in pairs.values()),
        }
        for (planted_kind, times), pairs in cases.items()
    ]
