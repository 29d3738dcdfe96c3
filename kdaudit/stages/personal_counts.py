"""Which kinds of personal data a model gives away; reads detections of a run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.artifacts import DETECTIONS, read_table
from kdaudit.detectors.personal_data import PersonalData
from kdaudit.personal import Finder
from kdaudit.stages import detect
from kdaudit.stages.base import Context
from kdaudit.stages.extraction import parts_of
from kdaudit.stages.plan import Plan


def personal_counts(context: Context, plan: Plan) -> list[dict[str, Any]]:
    """A row for each detection of personal data, and for its original and its planted segments
    (`all`, where nothing was planted); all counts are in segments.

    `extractable` outputs, those of them that are `flagged`, and `outputs`: of each kind those that
    hold at least one such string.
    """
    rows = []
    for name, model, split in plan.detections:
        detector = context.recipe.detector(detect.base_name(name))
        if isinstance(detector, PersonalData):
            kinds = Finder(detector.patterns).kinds
            table = _read(context, name, model, split)
            place = {"measure": name, "model": context.called(model), "split": split}
            rows += [
                {**place, "segments": title, **_counts(table.filter(pa.array(mask)), kinds)}
                for title, mask in parts_of(context, split).items()
            ]
    return rows


def _read(context: Context, name: str, model: str, split: str) -> pa.Table:
    """A detection in the order of the corpus, with its features as columns."""
    path = context.directory.detections(name, model, split)
    table = read_table(path, DETECTIONS, ["id", "score", "flagged", "features"])
    rows = context.corpus(split, []).rows_of(table, f"{name} of {model}, {split}")
    return (table if rows is None else table.take(rows)).flatten()


def _counts(table: pa.Table, kinds: tuple[str, ...]) -> dict[str, Any]:
    outputs = {kind: np.asarray(table.column(f"features.{kind}").to_numpy()) for kind in kinds}
    return {
        "extractable": table.num_rows - table.column("score").null_count,
        "flagged": pc.sum(table.column("flagged")).as_py() or 0,
        "outputs": {kind: int((counts > 0).sum()) for kind, counts in outputs.items()},
    }
