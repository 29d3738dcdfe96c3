"""`kdaudit compare`: the comparison of runs, of plain files, or of two releases."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kdaudit.cli import output as outputs
from kdaudit.cli.compared import Asked, of
from kdaudit.cli.comparisons import Found, data, draw, drawn, markdown

if TYPE_CHECKING:
    from kdaudit.artifacts import RunDirectory
    from kdaudit.comparison import Comparison


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
    previous: Annotated[
        Path | None,
        typer.Option(
            metavar="COMPARISON", help="The last release: a run directory or comparison.json."
        ),
    ] = None,
    candidate: Annotated[
        Path | None,
        typer.Option(
            metavar="COMPARISON", help="What is to follow --previous, audited on the same corpus."
        ),
    ] = None,
) -> None:
    """Compare models: those of a finished run, or any systems by their translations.

    Without arguments: the newest finished run under runs/. With plain files no
    model is needed: exact match, oscillation and repeated targets by default.
    Several runs are seeds of one recipe: each is shown, and what they say together.

    Examples: `kdaudit compare runs/demo --scheme frequency`

    `kdaudit compare --source train.en --target train.de
    --translations baseline=a.de --translations student=b.de`

    `kdaudit compare --previous released.json --candidate runs/demo`
    """
    form = outputs.chosen(format_, output, SUFFIXES, Format.TABLE)
    outputs.check(output)
    found = of(
        Asked(
            run_dirs=run_dirs or None,
            source=source,
            target=target,
            translations=translations or None,
            measures=measures,
            reference=reference,
            teacher=teacher,
            student=student or None,
            baseline=baseline,
            directions=directions or None,
            seed=seed,
            previous=previous,
            candidate=candidate,
        )
    )
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


def _warn(runs: Mapping[str, Comparison], split: str | None = None) -> None:
    """Blank translations on standard error, too: they make a system look good."""
    from kdaudit.comparison import wording

    for name, found in runs.items():
        for line in wording.blank(found.about, split):
            place = f"{name}: " if len(runs) > 1 else ""
            print(f"kdaudit: warning: {place}{line}", file=sys.stderr)
