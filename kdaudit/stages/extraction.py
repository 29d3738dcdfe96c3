"""What is told of extractive memorization beside its rates: which pairs the filter left out and
why, the memorized share by ratio, and where a student has its memorized outputs from.

Reads detections and the corpus of a run; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.artifacts import DETECTIONS, read_table
from kdaudit.detectors.extractive import Extractive
from kdaudit.detectors.filter import REASONS
from kdaudit.detectors.origin import BOTH, CORPUS, TEACHER
from kdaudit.segments import BoolArray
from kdaudit.stages import detect, detections
from kdaudit.stages.base import Context
from kdaudit.stages.plan import Plan

STEPS = 20
"""The curve has a point at each 1/20 of the source, and one at the greatest share."""

FEATURES = ("reason", "replicated", *detections.ORIGINS)


def extraction(context: Context, plan: Plan) -> list[dict[str, Any]]:
    """A row for each detection of extractive memorization and for its original and its planted
    segments (`all`, where nothing was planted); all counts are in segments.

    `pairs` = `eligible` + the sum of `excluded` (reason of the filter to count).
    `replicated`: eligible pairs whose target the model replicates. `by_ratio`: points of the
    curve with `ratio`, `memorized` (eligible pairs that a prefix of at most so much of the
    source yields), and its shares `of_eligible` and `of_replicated`, None where there are
    none. `origins` of the memorized outputs, where the model is a student: from `corpus`,
    `teacher` or `both`, and how many of them the teacher said of another source only
    (`relayed_by_another`).
    """
    segments: dict[str, dict[str, BoolArray]] = {}
    rows = []
    for name, model, split in plan.detections:
        detector = context.recipe.detector(detect.base_name(name))
        if isinstance(detector, Extractive):
            if split not in segments:
                segments[split] = parts_of(context, split)
            table = _read(context, name, model, split)
            place = {"measure": name, "model": context.called(model), "split": split}
            rows += [
                {**place, "segments": title, **_counts(table.filter(pa.array(mask)), detector)}
                for title, mask in segments[split].items()
            ]
    return rows


def parts_of(context: Context, split: str) -> dict[str, BoolArray]:
    """Which rows of a split are original ones and which are planted, (n,) each."""
    corpus = context.corpus(split, ["planted"])
    everything = np.ones(len(corpus), dtype=np.bool_)
    if "planted" not in corpus or corpus.table["planted"].null_count == len(corpus):
        return {"all": everything}
    planted = np.asarray(corpus.table["planted"].is_valid().to_numpy(), dtype=np.bool_)
    return {"original": ~planted, "planted": planted}


def _read(context: Context, name: str, model: str, split: str) -> pa.Table:
    """A detection in the order of the corpus, with its features as columns."""
    path = context.directory.detections(name, model, split)
    columns = ["id", "eligible", "score", "flagged", *(f"features.{one}" for one in FEATURES)]
    table = read_table(path, DETECTIONS, columns)
    rows = context.corpus(split, []).rows_of(table, f"{name} of {model}, {split}")
    return (table if rows is None else table.take(rows)).flatten()


def _counts(table: pa.Table, detector: Extractive) -> dict[str, Any]:
    eligible = _booleans(table, "eligible")
    replicated = int((eligible & _booleans(table, "features.replicated")).sum())
    ratios = table.column("score").to_numpy()[_booleans(table, "flagged")]
    by_reason = _by_value(table.column("features.reason"))
    counts: dict[str, Any] = {
        "pairs": table.num_rows,
        "eligible": int(eligible.sum()),
        "replicated": replicated,
        "excluded": {reason: by_reason.get(reason, 0) for reason in REASONS},
    }
    points = [*(step / STEPS for step in range(1, STEPS) if step / STEPS < detector.share)]
    counts["by_ratio"] = [
        {
            "ratio": ratio,
            "memorized": memorized,
            "of_eligible": _share(memorized, counts["eligible"]),
            "of_replicated": _share(memorized, replicated),
        }
        for ratio in [*points, detector.share]
        # A ratio of two small integers is the float nearest to its decimal, and so are these.
        for memorized in [int((ratios <= ratio).sum())]
    ]
    return counts | {"origins": _origins(table)}


def _origins(table: pa.Table) -> Mapping[str, int] | None:
    if "features.origin" not in table.column_names:
        return None
    found = _by_value(table.column("features.origin"))
    another = pc.sum(pc.not_equal(table.column("features.relayed_by"), table.column("id")))
    counts = {origin: found.get(origin, 0) for origin in (CORPUS, TEACHER, BOTH)}
    return counts | {"relayed_by_another": another.as_py() or 0}


def _by_value(column: pa.ChunkedArray) -> dict[str, int]:
    return {row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}


def _booleans(table: pa.Table, column: str) -> BoolArray:
    return np.asarray(table.column(column).to_numpy(), dtype=np.bool_)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
