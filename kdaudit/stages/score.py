"""Stage `score`: a model's forced scores of a split's targets.

Reads the split; writes `scores/<model>/target/<split>.parquet`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa

from kdaudit.artifacts import CORPUS, SCORES, RunDirectory, count_rows, read_rows, write_parts
from kdaudit.inference import ForcedScore
from kdaudit.recipe import Recipe
from kdaudit.stages.base import Context, counted, digest, naming


def inputs(directory: RunDirectory, model: str, split: str) -> list[Path]:
    """The model and the split."""
    return [directory.model_manifest(model), directory.corpus(split)]


def settings(recipe: Recipe) -> str:
    """The engine."""
    return digest(recipe.inference.decoding())


def run(context: Context, model: str, split: str) -> None:
    """Score every target of a split, given its source."""
    context.recipe.check_scores(split)
    path = context.directory.corpus(split)
    rows = range(count_rows(path))
    sources, targets = (context.texts(split, column, rows) for column in ("source", "target"))
    scored = context.translator(model).score(sources, targets)
    scores = counted(scored, len(rows), context.progress, f"{len(rows)} lines")
    left_out: list[int] = []
    parts = _parts(read_rows(path, CORPUS, ["id"], rows), scores, left_out)
    with naming(path):
        write_parts(context.directory.scores(model, "target", split), parts, SCORES)
    if any(left_out):
        print(
            f"kdaudit: warning: {model}, {split}: {sum(left_out)} pairs without a score: "
            "their source is empty, or a side is longer than the model takes",
            file=sys.stderr,
        )


def _parts(
    ids: Iterable[pa.Table], scores: Iterator[ForcedScore], left_out: list[int]
) -> Iterator[pa.Table]:
    """The scores beside their ids, part by part; how many pairs have none is added to
    `left_out`."""
    for part in ids:
        found = list(islice(scores, part.num_rows))
        left_out.append(sum(one.tokens == 0 for one in found))
        yield pa.table(
            {
                "id": part.column("id"),
                "log_probability": pa.array(
                    [one.log_probability for one in found], pa.float64(), from_pandas=True
                ),
                "tokens": pa.array([one.tokens for one in found], pa.int32()),
            }
        )
