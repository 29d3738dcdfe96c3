"""`kdaudit prepare`: corpus, planted cases, subwords."""

from __future__ import annotations

from kdaudit.cli.common import RunDir, context


def command(run_dir: RunDir) -> None:
    """Read or generate the corpus, plant cases, train the subwords.

    Example: `kdaudit prepare runs/demo`
    """
    from kdaudit.progress import showing
    from kdaudit.stages import prepare

    with showing("prepare") as progress:
        run = context(run_dir, progress)
        prepare.run(run)
