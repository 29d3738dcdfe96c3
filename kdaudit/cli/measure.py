"""`kdaudit measure`: one metric on one model's translations of a split."""

from __future__ import annotations

from typing import Annotated

import typer

from kdaudit.cli.common import (
    Merge,
    ModelName,
    RunDir,
    ShardNumber,
    SplitName,
    Threads,
    check_model,
    check_shards,
    check_split,
    context,
)


def command(
    run_dir: RunDir,
    metric: Annotated[str, typer.Option(help="A metric of the recipe.")],
    model: ModelName,
    split: SplitName,
    shard: ShardNumber = None,
    merge: Merge = False,
    threads: Threads = None,
) -> None:
    """Score one model's translations of a split with one metric.

    Example: `kdaudit measure runs/demo --metric bleu --model student --split train`
    """
    from kdaudit.locks import at_work
    from kdaudit.progress import showing
    from kdaudit.recipe import CORPUS_MODEL
    from kdaudit.stages import measure

    check_shards(shard, merge)
    with showing(f"measure {metric} {model} {split}") as progress, at_work(run_dir):
        run = context(run_dir, progress, threads)
        if model != CORPUS_MODEL:
            check_model(run, model)
        check_split(run, split)
        if merge:
            measure.merge(run, metric, model, split)
        else:
            measure.run(run, metric, model, split, shard=shard)
