"""`kdaudit report`: the report of a run directory."""

from __future__ import annotations

import sys

from kdaudit.cli.common import RunDir, context


def command(run_dir: RunDir) -> None:
    """Write report/index.html and report/report.md of a compared run, and seal its manifest.

    Example: `kdaudit report runs/demo`
    """
    from kdaudit.progress import showing
    from kdaudit.stages import report

    with showing("report") as progress:
        run = context(run_dir, progress)
        report.run(run)
    print(f"kdaudit: {run.directory.report / 'index.html'}", file=sys.stderr)
