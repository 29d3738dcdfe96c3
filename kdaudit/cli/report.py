"""`kdaudit report`: the report of a run directory."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from kdaudit.cli.common import RunDir, context
from kdaudit.cli.masking import Patterns, Redact, masking


def command(
    run_dir: RunDir,
    seeds: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="RUN_DIR",
            help="A compared run of the same recipe with another seed; once for each: the report "
            "says what they say together.",
        ),
    ] = None,
    redact: Redact = False,
    pattern: Patterns = None,
) -> None:
    """Write report/index.html and report/report.md of a compared run, and seal its manifest.

    Example: `kdaudit report runs/demo --seeds runs/demo-seed2 --seeds runs/demo-seed3`
    """
    from kdaudit.errors import RecipeError
    from kdaudit.progress import showing
    from kdaudit.stages import report

    with showing("report") as progress:
        run = context(run_dir, progress)
        others = {str(path): context(path, progress) for path in seeds or ()}
        if len({path.resolve() for path in [run_dir, *(seeds or ())]}) <= len(seeds or ()):
            raise RecipeError(f"{run_dir}: --seeds: a run directory is given twice")
        report.run(run, others, masking(run, redact, pattern))
    print(f"kdaudit: {run.directory.report / 'index.html'}", file=sys.stderr)
