"""`kdaudit compare`: the comparison of a run directory, or of plain files."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TextIO

import typer

from kdaudit.cli import output as outputs

if TYPE_CHECKING:
    from kdaudit.artifacts import RunDirectory
    from kdaudit.comparison import Comparison, Table

UNBOUNDED = 10_000
"""The width of a pipe or a file, in columns: no table is wider."""


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
            help="The model that the others are compared with: not a reference translation, "
            "which is --target.",
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
    seed: Annotated[
        int | None, typer.Option(min=0, help="Of the resampling (plain files only); 1 by default.")
    ] = None,
) -> None:
    """Compare models: those of a finished run, or any systems by their translations.

    Without arguments: the newest finished run under runs/. With plain files no
    model is needed: exact match, oscillation and repeated targets by default.

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
        seed = 1 if seed is None else seed
        runs = {"": _of_files(source, target, translations, measures, reference, seed)}
    else:
        for given, what in ((measures, "measures"), (seed, "seed")):
            if given is not None:
                raise RecipeError(
                    f"--{what} is for plain files: a run's {what} stand in its recipe"
                )
        runs = {str(path): _of_run(path, reference) for path in run_dirs or [_newest()]}
    chosen = {name: found.only(split, scheme) for name, found in runs.items()}
    _warn(chosen, split)
    if form in (Format.JSON, Format.CSV):
        outputs.write(_data(chosen, form), output)
    elif form is Format.MARKDOWN:
        outputs.write(_markdown(runs, split, scheme), output)
    elif output is None:
        _draw(sys.stdout, runs, split, scheme)
    else:
        outputs.write(_drawn(runs, split, scheme), output)


def show_run(directory: RunDirectory) -> None:
    """Write the comparison of a finished run as tables to standard output."""
    from kdaudit.stages import compare

    runs = {"": compare.read(directory)}
    _warn(runs)
    _draw(sys.stdout, runs)


def _of_files(
    source: Path | None,
    target: Path | None,
    translations: list[str] | None,
    measures: str | None,
    reference: str | None,
    seed: int,
) -> Comparison:
    from kdaudit.errors import RecipeError
    from kdaudit.progress import showing
    from kdaudit.stages import compare_files

    if source is None or target is None or not translations:
        raise RecipeError("plain files need --source, --target and --translations NAME=FILE")
    systems: dict[str, Path] = {}
    for entry in translations:
        name, separator, file = entry.partition("=")
        if not (name and separator and file):
            raise RecipeError(f"--translations expects NAME=FILE, got '{entry}'")
        if name in systems or name in {"source", "target"}:
            raise RecipeError(f"--translations: the name '{name}' is taken")
        systems[name] = Path(file)
    names = (
        [name.strip() for name in measures.split(",")]
        if measures
        else compare_files.DEFAULT_MEASURES
    )
    with showing("compare") as progress:
        return compare_files.run(
            source, target, systems, names, reference, seed=seed, progress=progress
        )


def _of_run(path: Path, reference: str | None) -> Comparison:
    from kdaudit.cli.common import context
    from kdaudit.progress import showing
    from kdaudit.stages import compare

    with showing("compare") as progress:
        run = context(path, progress)
        if reference is not None and reference != run.recipe.reference:
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


def _data(runs: Mapping[str, Comparison], form: Format) -> str:
    """JSON as it is stored, of several runs by their names; or one table as CSV."""
    import json

    from kdaudit.comparison import to_csv

    if form is Format.CSV:
        return to_csv(runs)
    contents = {name: found.to_json_dict() for name, found in runs.items()}
    whole = contents if len(contents) > 1 else next(iter(contents.values()))
    return json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _sections(
    runs: Mapping[str, Comparison], split: str | None = None, scheme: str | None = None
) -> list[tuple[str, list[Table], list[str]]]:
    """For each run its name (none for one alone), its tables, and what is to be said of it."""
    from kdaudit.comparison import summary, wording

    return [
        (
            name if len(runs) > 1 else "",
            summary(found, split=split, scheme=scheme),
            wording.remarks(found.about, split),
        )
        for name, found in runs.items()
    ]


def _explained(
    runs: Mapping[str, Comparison], split: str | None = None, scheme: str | None = None
) -> tuple[str, list[str]]:
    """How to read the tables, and a line on each measure in them."""
    from kdaudit.comparison.tables import how_to_read
    from kdaudit.report.measures import glosses

    shown = [table for _, tables, _ in _sections(runs, split, scheme) for table in tables]
    lines = glosses(row.measure for table in shown for row in table.rows)
    return how_to_read(next(iter(runs.values()))), lines


def _markdown(runs: Mapping[str, Comparison], split: str | None, scheme: str | None) -> str:
    from kdaudit.comparison import to_markdown

    parts = [
        (f"## {name}\n\n" if name else "") + to_markdown(tables, remarks)
        for name, tables, remarks in _sections(runs, split, scheme)
    ]
    how, glosses = _explained(runs, split, scheme)
    return "\n".join([*parts, to_markdown([], [how], glosses)])


def _drawn(runs: Mapping[str, Comparison], split: str | None, scheme: str | None) -> str:
    """What would be drawn, as text for a file."""
    from io import StringIO

    text = StringIO()
    _draw(text, runs, split, scheme)
    return text.getvalue()


def _draw(
    file: TextIO,
    runs: Mapping[str, Comparison],
    split: str | None = None,
    scheme: str | None = None,
) -> None:
    """Draw the tables, as wide as the terminal or as COLUMNS says; else nothing is too wide."""
    from rich.console import Console

    from kdaudit.report.terminal import draw

    width = None if file.isatty() or os.environ.get("COLUMNS") else UNBOUNDED
    console = Console(file=file, width=width)
    for name, tables, remarks in _sections(runs, split, scheme):
        if name:
            console.print(name, style="bold underline", markup=False, soft_wrap=True)
        draw(console, tables, remarks)
    how, glosses = _explained(runs, split, scheme)
    draw(console, [], [how, *glosses])
