"""`kdaudit score`: forced scores."""

from __future__ import annotations

from kdaudit.cli.common import (
    ModelName,
    RunDir,
    SplitName,
    Threads,
    check_model,
    check_split,
    context,
)


def command(run_dir: RunDir, model: ModelName, split: SplitName, threads: Threads = None) -> None:
    """Score the targets of a split with one model, by forced decoding.

    Example: `kdaudit score runs/demo --model student --split train`
    """
    from kdaudit.progress import showing
    from kdaudit.stages import score

    with showing(f"score {model} {split}") as progress:
        run = context(run_dir, progress, threads)
        check_model(run, model)
        check_split(run, split)
        score.run(run, model, split)
