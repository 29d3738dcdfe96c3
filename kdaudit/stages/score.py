"""Stage `score`: a model's forced scores of a split's targets.

Reads the split; writes `scores/<model>/target/<split>.parquet`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa

from kdaudit.artifacts import SCORES, RunDirectory, write_table
from kdaudit.recipe import Recipe
from kdaudit.stages.base import Context, counted, digest


def inputs(directory: RunDirectory, model: str, split: str) -> list[Path]:
    """The model and the split."""
    return [directory.model_manifest(model), directory.corpus(split)]


def settings(recipe: Recipe) -> str:
    """The engine."""
    return digest(recipe.inference.decoding())


def run(context: Context, model: str, split: str) -> None:
    """Score every target of a split, given its source."""
    context.recipe.check_scores(split)
    segments = context.corpus(split)
    scored = context.translator(model).score(segments.texts("source"), segments.texts("target"))
    scores = list(counted(scored, len(segments), context.progress, f"{len(segments)} lines"))
    left_out = sum(one.tokens == 0 for one in scores)
    if left_out:
        print(
            f"kdaudit: warning: {model}, {split}: {left_out} pairs without a score: "
            "their source is empty, or a side is longer than the model takes",
            file=sys.stderr,
        )
    table = pa.table(
        {
            "id": segments.table.column("id"),
            "log_probability": pa.array(
                [one.log_probability for one in scores], pa.float64(), from_pandas=True
            ),
            "tokens": pa.array([one.tokens for one in scores], pa.int32()),
        }
    )
    write_table(context.directory.scores(model, "target", split), table, SCORES)
