"""`kdaudit group`: the subgroups of one scheme."""

from __future__ import annotations

from typing import Annotated

import typer

from kdaudit.cli.common import RunDir, SplitName, check_split, context


def command(
    run_dir: RunDir,
    scheme: Annotated[str, typer.Option(help="A subgroup scheme of the recipe.")],
    split: SplitName,
) -> None:
    """Name the subgroup of every segment of a split.

    Example: `kdaudit group runs/demo --scheme confidence --split train`
    """
    from kdaudit.locks import at_work
    from kdaudit.progress import showing
    from kdaudit.stages import group

    with showing(f"group {scheme} {split}") as progress, at_work(run_dir):
        run = context(run_dir, progress)
        check_split(run, split)
        group.run(run, scheme, split)
