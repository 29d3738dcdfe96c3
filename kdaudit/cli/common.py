"""Options that several subcommands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kdaudit.progress import Progress
    from kdaudit.stages.base import Context

RunDir = Annotated[Path, typer.Argument(metavar="RUN_DIR", help="The run directory.")]
ModelName = Annotated[str, typer.Option("--model", help="A model of the run.")]
SplitName = Annotated[str, typer.Option("--split", help="A split of the corpus.")]
Threads = Annotated[
    int | None,
    typer.Option("--threads", min=1, help="CPU threads; the recipe's, or all that may be used."),
]
ShardNumber = Annotated[
    int | None,
    typer.Option("--shard", min=0, help="One shard of the split, from 0; --merge after the last."),
]
Merge = Annotated[
    bool,
    typer.Option("--merge/--no-merge", help="Put the shards together, instead of making anything."),
]


def check_shards(shard: int | None, merge: bool) -> None:
    """BadParameter where both are asked for."""
    if merge and shard is not None:
        raise typer.BadParameter("--shard makes one shard, --merge puts all together: give one")


def context(run_dir: Path, progress: Progress, threads: int | None = None) -> Context:
    """The run in a directory that `kdaudit run` has laid out; `threads` of the engine, where they
    are not the recipe's."""
    from kdaudit.artifacts import RunDirectory
    from kdaudit.errors import ArtifactError
    from kdaudit.recipe import load_stored
    from kdaudit.stages.base import Context

    directory = RunDirectory(run_dir)
    if not directory.recipe.is_file():
        raise ArtifactError(f"{run_dir}: no run directory: `kdaudit run RECIPE` makes one")
    return Context(directory, load_stored(directory.recipe), progress, threads)


def check_model(context: Context, model: str) -> None:
    """RecipeError where the run has no such model."""
    from kdaudit.errors import RecipeError
    from kdaudit.registry import unknown

    if model not in context.recipe.models:
        raise RecipeError(unknown(model, context.recipe.models, "model of this run"))


def check_split(context: Context, split: str) -> None:
    """RecipeError where the corpus has no such split; a variant by beam is one of its own."""
    from kdaudit.errors import RecipeError
    from kdaudit.registry import unknown
    from kdaudit.stages.translate import decoding

    if decoding(context.recipe, split).split not in context.recipe.corpus.names:
        raise RecipeError(unknown(split, context.recipe.corpus.names, "split of this run"))


def check_student(context: Context, model: str) -> None:
    """RecipeError where a model of the run is no student: only those have a KD corpus."""
    from kdaudit.errors import RecipeError

    check_model(context, model)
    students = context.recipe.students
    if model not in students:
        shown = ", ".join(students) or "there is none"
        raise RecipeError(f"'{model}' is no student of this run (students: {shown})")


def check_finetuned(context: Context, model: str) -> None:
    """RecipeError where a model of the run is not fine-tuned from another one."""
    from kdaudit.errors import RecipeError

    check_model(context, model)
    finetuned = context.recipe.finetuned
    if model not in finetuned:
        shown = ", ".join(finetuned) or "there is none"
        raise RecipeError(f"'{model}' is not fine-tuned in this run (fine-tuned: {shown})")
