"""`kdaudit detect`: one detector on one model's translations of a split."""

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
    check_student,
    context,
)


def command(
    run_dir: RunDir,
    detector: Annotated[str, typer.Option(help="A detector of the recipe.")],
    model: ModelName,
    split: SplitName,
    stored: Annotated[
        bool, typer.Option("--stored", help="Judge the stored scores again; decode nothing.")
    ] = False,
    shard: ShardNumber = None,
    merge: Merge = False,
    threads: Threads = None,
) -> None:
    """Flag one model's translations of a split with one detector.

    Example: `kdaudit detect runs/demo --detector oscillatory --model student --split train`
    """
    from kdaudit.locks import at_work
    from kdaudit.progress import showing
    from kdaudit.stages import detect

    check_shards(shard, merge)
    with showing(f"detect {detector} {model} {split}") as progress, at_work(run_dir):
        run = context(run_dir, progress, threads)
        check_model(run, model)
        check_split(run, split)
        if detect.base_name(detector) != detector:
            check_student(run, model)
        if merge:
            detect.merge(run, detector, model, split)
        else:
            detect.run(run, detector, model, split, stored, shard=shard)
