"""`kdaudit counterfactual`: the stage of a run, or a corpus and settings without a recipe."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kdaudit.recipe.counterfactual_corpus import CorpusRequest

SUFFIXES = (".parquet", ".csv")


RunDirArgument = Annotated[
    Path | None, typer.Argument(metavar="[RUN_DIR]", help="A run whose recipe has the section.")
]
Source = Annotated[
    Path | None, typer.Option(help="Without a run: the training corpus's sources, one a line.")
]
Target = Annotated[Path | None, typer.Option(help="Its targets, aligned.")]
Languages = Annotated[
    str | None, typer.Option(metavar="SOURCE-TARGET", help="Of the corpus; en-de by default.")
]
Models = Annotated[int | None, typer.Option(help="How many are trained; 8 by default.")]
Share = Annotated[
    float | None, typer.Option(help="Of the pairs, that each is trained on; 0.5 by default.")
]
StopBelow = Annotated[
    float | None,
    typer.Option(help="Train no more when the band of at most this share is uncertain."),
]
SettingsFile = Annotated[
    Path | None,
    typer.Option(help="YAML with 'trainer', 'subwords', 'inference', 'counterfactual'."),
]
Seed = Annotated[int | None, typer.Option(min=0, help="Of subsets and training; 1 by default.")]
Output = Annotated[Path | None, typer.Option(help="Also write the table here (.parquet, .csv).")]
Cores = Annotated[
    int | None, typer.Option(min=1, help="Processors to use; by default all that may be.")
]
Home = Annotated[
    Path | None,
    typer.Option("--run-dir", help="Where it all lives; runs/counterfactual-corpus by default."),
]
Subset = Annotated[
    int | None, typer.Option(help="Of RUN_DIR: lay out the models of one subset only.")
]
Round = Annotated[
    int | None,
    typer.Option("--round", help="Of RUN_DIR: ask the stopping rule after a round only."),
]


def command(
    run_dir: RunDirArgument = None,
    source: Source = None,
    target: Target = None,
    languages: Languages = None,
    models: Models = None,
    share: Share = None,
    stop_below: StopBelow = None,
    settings: SettingsFile = None,
    seed: Seed = None,
    output: Output = None,
    cores: Cores = None,
    home: Home = None,
    subset: Subset = None,
    round_: Round = None,
) -> None:
    """Which pairs a model knows only if it was trained with them: counterfactual memorization.

    Of a run: the stage, when the models on subsets are trained. Of a corpus: everything;
    the models are trained, and a run that was stopped goes on where it was.

    Examples: `kdaudit counterfactual runs/counterfactual`

    `kdaudit counterfactual --source train.en --target train.de --models 8 --output cm.csv`
    """
    of_run: dict[str, object] = {"--subset": subset, "--round": round_}
    of_corpus: dict[str, object] = {
        **{"--source": source, "--target": target, "--languages": languages},
        **{"--models": models, "--share": share, "--stop-below": stop_below},
        **{"--settings": settings, "--seed": seed, "--output": output},
        **{"--cores": cores, "--run-dir": home},
    }
    if run_dir is not None:
        _refuse(of_corpus, "a corpus, not for a run directory")
        _stage(run_dir, subset, round_)
        return
    _refuse(of_run, "a run directory")
    stopping = None if stop_below is None else {"uncertain": stop_below}
    section = {"models": models, "share": share, "stopping": stopping}
    request = _request(source, target, languages, settings, section, seed)
    _of_corpus(request, home, output, cores)


def _refuse(options: Mapping[str, object], what: str) -> None:
    """RecipeError where an option is given that is for something else."""
    from kdaudit.errors import RecipeError

    for option, value in options.items():
        if value is not None:
            raise RecipeError(f"{option} is for {what}")


def _request(
    source: Path | None,
    target: Path | None,
    languages: str | None,
    settings: Path | None,
    section: Mapping[str, object],
    seed: int | None,
) -> CorpusRequest:
    """What is asked for of a corpus; RecipeError without one."""
    from kdaudit.errors import RecipeError
    from kdaudit.recipe.counterfactual_corpus import CorpusRequest

    if source is None or target is None:
        raise RecipeError("give a run directory, or --source and --target")
    return CorpusRequest(
        source=source.absolute(),
        target=target.absolute(),
        languages=languages or "en-de",
        settings=settings,
        section={name: value for name, value in section.items() if value is not None},
        seed=1 if seed is None else seed,
    )


def _stage(run_dir: Path, subset: int | None, round_: int | None) -> None:
    from kdaudit.cli.common import context
    from kdaudit.errors import RecipeError
    from kdaudit.locks import at_work
    from kdaudit.progress import showing
    from kdaudit.stages import counterfactual, subsets

    if subset is not None and round_ is not None:
        raise RecipeError("--subset and --round are two things: give one")
    with showing("counterfactual") as progress, at_work(run_dir):
        run = context(run_dir, progress)
        if subset is not None:
            subsets.run(run, subset)
        elif round_ is not None:
            counterfactual.run_round(run, round_)
        else:
            counterfactual.run(run)


def _of_corpus(
    request: CorpusRequest, home: Path | None, output: Path | None, cores: int | None
) -> None:
    """Train, score, write the table, and say what was found."""
    from kdaudit.artifacts import RunDirectory
    from kdaudit.comparison import counterfactual as wording
    from kdaudit.processors import usable_processors
    from kdaudit.recipe.counterfactual_corpus import MODEL, NAME, counterfactual_recipe
    from kdaudit.stages import counterfactual
    from kdaudit.stages.base import Context
    from kdaudit.stages.counterfactual_summary import about_counterfactual
    from kdaudit.workflow import runner

    _check_output(output)
    recipe = counterfactual_recipe(request)
    directory = RunDirectory(home or Path("runs") / NAME)
    only = counterfactual.outputs(RunDirectory(Path()), recipe)
    runner.run(directory, recipe, cores or usable_processors(), only=only)
    for line in wording.remarks(about_counterfactual(Context(directory, recipe))):
        print(line)
    table = directory.counterfactual(MODEL)
    if output is not None:
        _deliver(table, output)
    print(f"kdaudit: scores of all pairs: {output or table}", file=sys.stderr)


def _check_output(output: Path | None) -> None:
    """RecipeError or ArtifactError, before anything is trained, for a file that cannot be."""
    from kdaudit.cli import output as outputs
    from kdaudit.errors import RecipeError

    if output is not None and output.suffix not in SUFFIXES:
        raise RecipeError(f"--output {output}: its suffix is none of {', '.join(SUFFIXES)}")
    outputs.check(output)


def _deliver(table: Path, output: Path) -> None:
    from pyarrow import csv

    from kdaudit.artifacts import COUNTERFACTUAL, read_table, replacing

    with replacing(output) as beside:
        if output.suffix == ".csv":
            csv.write_csv(read_table(table, COUNTERFACTUAL), beside)
        else:
            beside.write_bytes(table.read_bytes())
