"""`kdaudit run`: all stages of a recipe."""

from __future__ import annotations

import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from kdaudit.processors import usable_processors


def find_profile(name: Path) -> Path:
    """The folder of a profile: a path, or the name of one that comes with the package."""
    packaged = Path(str(files("kdaudit"))) / "recipes" / "profiles" / name
    found = packaged if not name.is_dir() and packaged.is_dir() else name
    # Files beside it are named from its folder, and the workflow runs in that of the run.
    return found.absolute() if found.exists() else name


def command(
    recipe: Annotated[str, typer.Argument(help="A recipe file, or the name of a packaged one.")],
    cores: Annotated[
        int | None,
        typer.Option(
            min=1, help="Processors to use; by default all that may be, or what a profile says."
        ),
    ] = None,
    profile: Annotated[
        Path | None,
        typer.Option(
            help="A Snakemake profile, or a packaged one (slurm, kubernetes): to run on a cluster."
        ),
    ] = None,
    run_dir: Annotated[
        Path | None, typer.Option(help="Where the run lives; runs/NAME by default.")
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Instead of the recipe's; lives in runs/NAME-seedN."),
    ] = None,
    recompute: Annotated[
        bool,
        typer.Option("--recompute", help="Make damaged files again: those with another hash."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the plan; run nothing.")
    ] = False,
) -> None:
    """Run all stages of a recipe that are not up to date, and show the comparison.

    A run that was stopped goes on where it was.

    Example: `kdaudit run recipes/demo.yaml`
    """
    from kdaudit import recipe as recipes
    from kdaudit.artifacts import RunDirectory
    from kdaudit.cli import compare
    from kdaudit.stages.intact import damaged
    from kdaudit.workflow import runner

    if profile is None:
        cores = cores or usable_processors()
    else:
        profile = find_profile(profile)
    settings = recipes.load(recipes.find(recipe), seed)
    name = settings.name if seed is None else f"{settings.name}-seed{seed}"
    directory = RunDirectory(run_dir or Path("runs") / name)
    if dry_run:
        found = damaged(directory) if recompute else []
        for path in found:
            print(f"damaged, would be made again: {path}")
        print(runner.dry_run(directory, settings, cores, profile, deleted=bool(found)))
        print("\n".join(["", "training:", *runner.training_commands(settings)]))
        return
    outcome = runner.run(directory, settings, cores, profile, recompute=recompute)
    if outcome.steps == 0:
        print(f"kdaudit: nothing to do: {directory.path} is up to date", file=sys.stderr)
    else:
        said = f"{outcome.steps} steps in {outcome.seconds:.0f} s"
        print(f"kdaudit: {said}: {directory.path}", file=sys.stderr)
    compare.show_run(directory)
    print(f"kdaudit: report: {directory.report / 'index.html'}", file=sys.stderr)
