"""`kdaudit distill`: a student's KD corpus."""

from __future__ import annotations

from kdaudit.cli.common import ModelName, RunDir, check_student, context


def command(run_dir: RunDir, model: ModelName) -> None:
    """Make the KD corpus of a student out of its teacher's translations.

    Example: `kdaudit distill runs/demo --model student`
    """
    from kdaudit.locks import at_work
    from kdaudit.progress import showing
    from kdaudit.stages import distill

    with showing(f"distill {model}") as progress, at_work(run_dir):
        run = context(run_dir, progress)
        check_student(run, model)
        distill.run(run, model)
