"""`kdaudit score`: forced scores."""

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
    model: ModelName,
    split: SplitName,
    text: Annotated[
        str, typer.Option(help="What is scored: the targets, or a model: its translations.")
    ] = "target",
    shard: ShardNumber = None,
    merge: Merge = False,
    threads: Threads = None,
) -> None:
    """Score the targets of a split with one model, or another model's translations.

    Example: `kdaudit score runs/demo --model teacher --text student --split train`
    """
    from kdaudit.locks import at_work
    from kdaudit.progress import showing
    from kdaudit.stages import score

    check_shards(shard, merge)
    with showing(f"score {model} {split}") as progress, at_work(run_dir):
        run = context(run_dir, progress, threads)
        check_model(run, model)
        check_split(run, split)
        if merge:
            score.merge(run, model, split, text)
        else:
            score.run(run, model, split, text, shard=shard)
