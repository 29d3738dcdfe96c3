"""`kdaudit prepare`: corpus, planted cases, subwords."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from kdaudit.cli.common import RunDir, context


class Part(StrEnum):
    """A part of the stage."""

    ALL = "all"
    TRAINING = "training"
    SPLIT = "split"
    COUNTS = "counts"


def command(
    run_dir: RunDir,
    part: Annotated[
        Part, typer.Option(help="What training reads, one further split, or the counts alone.")
    ] = Part.ALL,
    split: Annotated[str | None, typer.Option(help="The split of `--part split`.")] = None,
) -> None:
    """Read or generate the corpus, plant cases, train the subwords.

    Example: `kdaudit prepare runs/demo`
    """
    from kdaudit.errors import RecipeError
    from kdaudit.locks import at_work
    from kdaudit.progress import showing
    from kdaudit.registry import unknown
    from kdaudit.stages import prepare

    with showing("prepare") as progress, at_work(run_dir):
        run = context(run_dir, progress)
        if (part is Part.SPLIT) != (split is not None):
            raise RecipeError("--split goes with --part split, and that with --split")
        match part:
            case Part.TRAINING:
                prepare.run_training(run)
            case Part.SPLIT:
                further = prepare.further_splits(run.recipe)
                if split not in further:
                    raise RecipeError(f"--split: {unknown(str(split), further, 'further split')}")
                prepare.run_split(run, str(split))
            case Part.COUNTS:
                prepare.count(run)
            case _:
                prepare.run(run)
