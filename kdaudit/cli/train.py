"""`kdaudit train`: one model."""

from __future__ import annotations

from kdaudit.cli.common import ModelName, RunDir, check_model, context


def command(run_dir: RunDir, model: ModelName) -> None:
    """Train one model with fairseq, or go on where a killed training stopped.

    Example: `kdaudit train runs/demo --model teacher`
    """
    from kdaudit.locks import at_work
    from kdaudit.progress import showing
    from kdaudit.stages import train

    with showing(f"train {model}") as progress, at_work(run_dir):
        run = context(run_dir, progress)
        check_model(run, model)
        train.run(run, model)
