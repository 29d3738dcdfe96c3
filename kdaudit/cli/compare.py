"""`kdaudit compare`: the comparison of a run directory, or of plain files."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kdaudit.artifacts import RunDirectory
    from kdaudit.comparison import Comparison


class Format(StrEnum):
    """How a comparison is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


def command(
    run_dirs: Annotated[
        list[Path] | None, typer.Argument(metavar="[RUN_DIR]...", help="Finished runs.")
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
        str | None, typer.Option(metavar="MODEL", help="The model to compare the others with.")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Show this split only.")] = None,
    scheme: Annotated[str | None, typer.Option(help="Show the subgroups of this scheme.")] = None,
    format_: Annotated[Format, typer.Option("--format", help="How to write it.")] = Format.TABLE,
    output: Annotated[Path | None, typer.Option(help="A file instead of standard output.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the resampling (plain files).")] = 1,
) -> None:
    """Compare models: those of a finished run, or any systems by their translations.

    Without arguments: the newest finished run under runs/. With plain files no
    model is needed: exact match, oscillation and repeated targets by default.

    Examples: `kdaudit compare runs/demo --scheme frequency`

    `kdaudit compare --source train.en --target train.de
    --translations baseline=a.de --translations student=b.de`
    """
    from kdaudit.errors import RecipeError

    if source or target or translations:
        if run_dirs:
            raise RecipeError("give either run directories or plain files")
        found = _of_files(source, target, translations, measures, reference, seed)
        _write({"": found.only(split, scheme)}, format_, output, scheme)
        return
    if measures:
        raise RecipeError("--measures is for plain files: a run's measures stand in its recipe")
    directories = run_dirs or [_newest()]
    runs = {str(path): _of_run(path, reference).only(split, scheme) for path in directories}
    _write(runs, format_, output, scheme)


def show_run(directory: RunDirectory) -> None:
    """Write the comparison of a finished run as tables to standard output."""
    from kdaudit.stages import compare

    _write({"": compare.read(directory)}, Format.TABLE, None, None)


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


def _write(
    runs: dict[str, Comparison], format_: Format, output: Path | None, scheme: str | None
) -> None:
    from kdaudit.artifacts import write_text

    if format_ is Format.TABLE and output is None:
        _draw(runs, scheme)
        return
    text = _text(runs, format_, scheme)
    if output is None:
        sys.stdout.write(text)
    else:
        write_text(output, text)


def _text(runs: dict[str, Comparison], format_: Format, scheme: str | None) -> str:
    import json

    from kdaudit.comparison import summary, to_csv, to_markdown

    if format_ is Format.JSON:
        contents = [found.to_json_dict() for found in runs.values()]
        whole = contents[0] if len(contents) == 1 else contents
        return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
    if format_ is Format.CSV:
        return to_csv(runs)
    parts = [
        (f"## {name}\n\n" if len(runs) > 1 else "") + to_markdown(summary(found, scheme=scheme))
        for name, found in runs.items()
    ]
    return "\n".join(parts)


def _draw(runs: dict[str, Comparison], scheme: str | None) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from kdaudit.comparison import summary
    from kdaudit.comparison.tables import NOTE

    # A pipe has no width: wide enough for every column, so that nothing is cut there.
    console = Console(width=None if sys.stdout.isatty() else 240)
    for name, found in runs.items():
        if len(runs) > 1:
            console.rule(escape(name))
        for shown in summary(found, scheme=scheme):
            table = Table(title=escape(shown.title), title_justify="left")
            for column in shown.columns:
                table.add_column(escape(column), overflow="fold")
            for row in shown.rows:
                table.add_row(*(escape(cell) for cell in row))
            console.print(table)
    console.print(NOTE, style="dim")
