"""`kdaudit select`: the pairs that a teacher is fine-tuned on."""

from __future__ import annotations

from kdaudit.cli.common import ModelName, RunDir, Threads, check_finetuned, context


def command(run_dir: RunDir, model: ModelName, threads: Threads = None) -> None:
    """Choose the pairs that a model of the run is fine-tuned on.

    Example: `kdaudit select runs/adaptive --model adapted_teacher`
    """
    from kdaudit.locks import at_work
    from kdaudit.progress import showing
    from kdaudit.stages import select

    with showing(f"select {model}") as progress, at_work(run_dir):
        run = context(run_dir, progress, threads)
        check_finetuned(run, model)
        select.run(run, model)
