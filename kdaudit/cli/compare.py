"""`kdaudit compare`: the comparison of a run directory, or of plain files."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kdaudit.cli import output as outputs
from kdaudit.cli.comparisons import Found, data, draw, drawn, markdown

if TYPE_CHECKING:
    from kdaudit.artifacts import RunDirectory
    from kdaudit.comparison import Comparison, Lineage
    from kdaudit.stages.base import Context


class Format(StrEnum):
    """How a comparison is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


SUFFIXES = {
    ".txt": Format.TABLE,
    ".json": Format.JSON,
    ".csv": Format.CSV,
    ".md": Format.MARKDOWN,
}


def command(
    run_dirs: Annotated[
        list[Path] | None, typer.Argument(metavar="RUN_DIR", help="Finished runs.")
    ] = None,
    source: Annotated[Path | None, typer.Option(help="Sources, one a line.")] = None,
    target: Annotated[Path | None, typer.Option(help="Targets of the corpus, one a line.")] = None,
    translations: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=FILE", help="A system's translations; once for each system."),
    ] = None,
    measures: Annotated[
        str | None, typer.Option(help="Detectors, separated by commas (plain files only).")
    ] = None,
    reference: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="The model that the others are compared with, or 'all' for every pair: not a "
            "reference translation, which is --target.",
        ),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Show this split only.")] = None,
    scheme: Annotated[str | None, typer.Option(help="Show the subgroups of this scheme.")] = None,
    format_: Annotated[
        Format | None,
        typer.Option(
            "--format",
            help="How to write it: by the suffix of --output, else as a table. A table and "
            "markdown show the main tables, json and csv everything, unless --split or --scheme "
            "chooses.",
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="A file (.txt, .json, .csv, .md) instead of standard output."),
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The system that --student learned from (plain files only)."
        ),
    ] = None,
    student: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A system whose inheritance from --teacher is shown; once for each student "
            "(plain files only).",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The system that did not have the teacher, and the reference unless --reference "
            "says otherwise (plain files only).",
        ),
    ] = None,
    directions: Annotated[
        bool,
        typer.Option(
            "--directions", help="The runs are of unlike recipes: put these side by side."
        ),
    ] = False,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the resampling (plain files only); 1 by default.")
    ] = None,
) -> None:
    """Compare models: those of a finished run, or any systems by their translations.

    Without arguments: the newest finished run under runs/. With plain files no
    model is needed: exact match, oscillation and repeated targets by default.
    Several runs are seeds of one recipe: each is shown, and what they say together.

    Examples: `kdaudit compare runs/demo --scheme frequency`

    `kdaudit compare --source train.en --target train.de
    --translations baseline=a.de --translations student=b.de`
    """
    from kdaudit.errors import RecipeError

    form = outputs.chosen(format_, output, SUFFIXES, Format.TABLE)
    outputs.check(output)
    if source or target or translations:
        if run_dirs:
            raise RecipeError("give either run directories or plain files")
        if directions:
            raise RecipeError("--directions is for run directories")
        systems = _systems(translations)
        chosen = _lineages(teacher, student, baseline)
        seed = 1 if seed is None else seed
        found = Found({"": _of_files(source, target, systems, measures, reference, chosen, seed)})
    else:
        roles = {"teacher": teacher, "student": student, "baseline": baseline}
        for what, given in {"measures": measures, "seed": seed, **roles}.items():
            if given is not None:
                known = "roles" if what in roles else what
                raise RecipeError(
                    f"--{what} is for plain files: a run's {known} stand in its recipe"
                )
        found = _of_runs(run_dirs or [_newest()], reference, directions=directions)
    _warn({name: one.only(split, scheme) for name, one in found.runs.items()}, split)
    if form in (Format.JSON, Format.CSV):
        outputs.write(data(found, form.value, split, scheme), output)
    elif form is Format.MARKDOWN:
        outputs.write(markdown(found, split, scheme), output)
    elif output is None:
        draw(sys.stdout, found, split, scheme)
    else:
        outputs.write(drawn(found, split, scheme), output)


def show_run(directory: RunDirectory) -> None:
    """Write the comparison of a finished run as tables to standard output."""
    from kdaudit.stages import compare

    runs = {"": compare.read(directory)}
    _warn(runs)
    draw(sys.stdout, Found(runs))


def _of_files(
    source: Path | None,
    target: Path | None,
    systems: Mapping[str, Path],
    measures: str | None,
    reference: str | None,
    lineages: list[Lineage],
    seed: int,
) -> Comparison:
    from kdaudit.errors import RecipeError
    from kdaudit.progress import showing
    from kdaudit.stages import compare_files

    if source is None or target is None or not systems:
        raise RecipeError("plain files need --source, --target and --translations NAME=FILE")
    names = (
        [name.strip() for name in measures.split(",")]
        if measures
        else compare_files.DEFAULT_MEASURES
    )
    with showing("compare") as progress:
        return compare_files.run(
            source, target, systems, names, reference, lineages, seed=seed, progress=progress
        )


def _lineages(
    teacher: str | None, students: list[str] | None, baseline: str | None
) -> list[Lineage]:
    """What plain files' systems are to each other, where that is said."""
    from kdaudit.comparison import Lineage
    from kdaudit.errors import RecipeError

    if (teacher is None) != (not students) or (baseline is not None and teacher is None):
        raise RecipeError(
            "what a student inherits needs --teacher and --student, and may have --baseline"
        )
    return [Lineage(student, str(teacher), baseline) for student in students or ()]


def _systems(translations: list[str] | None) -> dict[str, Path]:
    """The files of --translations by their names."""
    from kdaudit.errors import RecipeError

    systems: dict[str, Path] = {}
    for entry in translations or ():
        name, separator, file = entry.partition("=")
        if not (name and separator and file):
            raise RecipeError(f"--translations expects NAME=FILE, got '{entry}'")
        if name in systems or name in {"source", "target"}:
            raise RecipeError(f"--translations: the name '{name}' is taken")
        systems[name] = Path(file)
    return systems


def _of_runs(paths: list[Path], reference: str | None, *, directions: bool) -> Found:
    """The comparisons of runs, and what several say together."""
    from kdaudit.cli.common import context
    from kdaudit.errors import RecipeError
    from kdaudit.progress import showing
    from kdaudit.stages import seeds

    names = [str(path) for path in paths]
    if twice := [name for name in names if names.count(name) > 1]:
        raise RecipeError(f"{twice[0]}: given twice")
    with showing("compare") as progress:
        runs = {str(path): context(path, progress) for path in paths}
        if len(runs) == 1:
            if directions:
                raise RecipeError("--directions needs several runs")
            return Found({name: _of_run(run, reference) for name, run in runs.items()})
        groups = seeds.grouped(runs, directions=directions)
        found = {name: _of_run(run, reference) for name, run in runs.items()}
        return Found(found, seeds.combined(runs, found, groups))


def _of_run(run: Context, reference: str | None) -> Comparison:
    from kdaudit.stages import compare

    if reference is not None and run.recipe.references(reference) != run.recipe.references():
        return compare.computed(run, reference)
    if not run.directory.comparison.is_file():
        compare.run(run)
    return compare.read(run.directory)


def _newest() -> Path:
    from kdaudit.errors import ArtifactError

    finished = list(Path("runs").glob("*/manifest.json"))
    if not finished:
        raise ArtifactError(
            "runs: no finished run; name a run directory, or give --source, --target "
            "and --translations"
        )
    newest = max(finished, key=lambda path: path.stat().st_mtime).parent
    print(f"kdaudit: {newest}", file=sys.stderr)
    return newest


def _warn(runs: Mapping[str, Comparison], split: str | None = None) -> None:
    """Blank translations on standard error, too: they make a system look good."""
    from kdaudit.comparison import wording

    for name, found in runs.items():
        for line in wording.blank(found.about, split):
            place = f"{name}: " if len(runs) > 1 else ""
            print(f"kdaudit: warning: {place}{line}", file=sys.stderr)
