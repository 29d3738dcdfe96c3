"""Stage `score`: a model's forced scores of a split's targets, or of another model's translations.

Reads the split, and the other model's translations; writes
`scores/<model>/<text>/<split>.parquet`, where `text` is `target` or the other model.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa

from kdaudit.artifacts import (
    CORPUS,
    PART_ROWS,
    SCORES,
    RunDirectory,
    read_rows,
    write_parts,
)
from kdaudit.errors import RecipeError
from kdaudit.inference import ForcedScore
from kdaudit.recipe import Recipe
from kdaudit.recipe.judges import TARGET
from kdaudit.registry import unknown
from kdaudit.stages import shards
from kdaudit.stages.base import Context, counted, digest, naming
from kdaudit.stages.translate import shard_files


def inputs(
    directory: RunDirectory,
    recipe: Recipe,
    model: str,
    text: str,
    split: str,
    shard: int | None = None,
) -> list[Path]:
    """The model and the split; of another model's translations these, or a shard of them."""
    files = [directory.model_manifest(model), directory.corpus(split)]
    if text != TARGET:
        translated = shard_files(directory, recipe, text, split)
        files += translated if shard is None else [translated[shard]]
    return files


def settings(recipe: Recipe) -> str:
    """The engine."""
    return digest(recipe.inference.decoding())


def run(
    context: Context, model: str, split: str, text: str = TARGET, shard: int | None = None
) -> None:
    """Score every target of a split, or a model's translations, given the sources; or those of
    one shard."""
    context = context.of_shard(shard)
    path, rows = context.directory.corpus(split), context.rows(split)
    if text == TARGET:
        context.recipe.check_scores(split)
        sources, targets = (context.texts(split, column, rows) for column in ("source", "target"))
    else:
        sources, targets = _translated(context, model, split, text)
    scored = context.translator(model).score(sources, targets)
    scores = counted(scored, len(rows), context.progress, f"{len(rows)} lines")
    left_out: list[int] = []
    parts = _parts(read_rows(path, CORPUS, ["id"], rows), scores, left_out)
    with naming(path):
        write_parts(context.place(context.directory.scores(model, text, split)), parts, SCORES)
    if any(left_out):
        where = split if text == TARGET else f"{split}, translations of {text}"
        print(
            f"kdaudit: warning: {model}, {where}: {sum(left_out)} pairs without a score: "
            "their source is empty, or a side is longer than the model takes",
            file=sys.stderr,
        )


def merge(context: Context, model: str, split: str, text: str = TARGET) -> None:
    """Put the shards of the scores together."""
    shards.merge(context.directory.scores(model, text, split), context.recipe, SCORES)


def _translated(
    context: Context, model: str, split: str, text: str
) -> tuple[Iterator[str], Iterator[str]]:
    """The sources of a split and another model's translations of them, in the split's order."""
    others = [name for name in context.recipe.audited_models if name != model]
    if text not in others:
        raise RecipeError(unknown(text, [TARGET, *others], "text for it to score"))
    table = context.translated(text, split, ["source", "translation"]).table

    def column(name: str) -> Iterator[str]:
        for batch in table.select([name]).to_batches(max_chunksize=PART_ROWS):
            yield from batch.column(0).to_pylist()

    return column("source"), column("translation")


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
