"""`kdaudit measure`: one metric on one model's translations of a split."""

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
    metric: Annotated[str, typer.Option(help="A metric of the recipe.")],
    model: ModelName,
    split: SplitName,
    threads: Threads = None,
) -> None:
    """Score one model's translations of a split with one metric.

    Example: `kdaudit measure runs/demo --metric bleu --model student --split train`
    """
    from kdaudit.progress import showing
    from kdaudit.recipe import CORPUS_MODEL
    from kdaudit.stages import measure

    with showing(f"measure {metric} {model} {split}") as progress:
        run = context(run_dir, progress, threads)
        if model != CORPUS_MODEL:
            check_model(run, model)
        check_split(run, split)
        measure.run(run, metric, model, split)
