"""`kdaudit translate`: one shard of a split."""

from __future__ import annotations

from typing import Annotated

import typer

from kdaudit.cli.common import (
    ModelName,
    RunDir,
    SplitName,
    Threads,
    check_model,
    check_split,
    context,
)


def command(
    run_dir: RunDir,
    model: ModelName,
    split: SplitName,
    shard: Annotated[int, typer.Option(help="Number of the shard, from 0.")] = 0,
    threads: Threads = None,
) -> None:
    """Translate one shard of a split with one model.

    Example: `kdaudit translate runs/demo --model student --split test`
    """
    from kdaudit.locks import at_work
    from kdaudit.progress import showing
    from kdaudit.stages import translate

    with showing(f"translate {model} {split}") as progress, at_work(run_dir):
        run = context(run_dir, progress, threads)
        check_model(run, model)
        check_split(run, split)
        translate.run(run, model, split, shard)
