"""`kdaudit audit`: models that are there, and a corpus; no recipe, nothing trained."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kdaudit.artifacts import RunDirectory

Models = Annotated[
    list[str],
    typer.Option(
        metavar="NAME=PATH",
        help="A model, or a file of its translations; once for each. A fairseq or OpenNMT-py "
        "checkpoint, a Marian model, a directory of CTranslate2 or Hugging Face, or a name on "
        "the Hugging Face hub.",
    ),
]
Corpus = Annotated[
    Path | None,
    typer.Option(help="The corpus as a table: .tsv, .csv, .jsonl, .parquet; packed or not."),
]
Columns = Annotated[
    str | None,
    typer.Option(metavar="SOURCE,TARGET", help="The columns of --corpus; or SOURCE alone."),
]
Source = Annotated[
    Path | None, typer.Option(help="Or its sources, one a line, with --target or without.")
]
Target = Annotated[Path | None, typer.Option(help="Its targets, aligned.")]
Languages = Annotated[
    str | None,
    typer.Option(metavar="SOURCE-TARGET", help="Of the corpus, as in en-de; else identified."),
]
Teacher = Annotated[
    str | None, typer.Option(metavar="NAME", help="The model that the others learned from.")
]
Baseline = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="The one that did not: the others are compared with it."),
]
Reverse = Annotated[
    str | None,
    typer.Option(
        metavar="NAME", help="One that translates back: a tool for measures, not audited."
    ),
]
Subwords = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=FILE[,FILE]",
        help="A model's SentencePiece model, or its source's and its target's, where they do "
        "not lie beside it.",
    ),
]
Codes = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME=SOURCE,TARGET",
        help="Languages as a multilingual model calls them: eng_Latn,deu_Latn.",
    ),
]
ComputeTypes = Annotated[
    list[str] | None,
    typer.Option(help="Audit every model in this type, too, beside its own float32: int8, …"),
]
Measures = Annotated[
    str | None, typer.Option(help="Detectors and metrics, separated by commas; else all.")
]
Device = Annotated[str | None, typer.Option(help="cpu or cuda; a GPU where there is one.")]
MaxSourcePieces = Annotated[
    int | None, typer.Option(min=1, help="What the models take of a source, in subwords.")
]
MaxTargetPieces = Annotated[
    int | None, typer.Option(min=1, help="Where longer translations are cut, in subwords.")
]
Seed = Annotated[int, typer.Option(min=0, help="Of draws and resampling.")]
Cores = Annotated[
    int | None, typer.Option(min=1, help="Processors to use; by default all that may be.")
]
RunDir = Annotated[Path | None, typer.Option(help="Where it all lives; runs/audit by default.")]


def command(
    model: Models,
    corpus: Corpus = None,
    columns: Columns = None,
    source: Source = None,
    target: Target = None,
    languages: Languages = None,
    teacher: Teacher = None,
    baseline: Baseline = None,
    reverse: Reverse = None,
    subwords: Subwords = None,
    codes: Codes = None,
    compute_type: ComputeTypes = None,
    measures: Measures = None,
    device: Device = None,
    max_source_pieces: MaxSourcePieces = None,
    max_target_pieces: MaxTargetPieces = None,
    seed: Seed = 1,
    cores: Cores = None,
    run_dir: RunDir = None,
) -> None:
    """Audit models that are there, as far as what is given allows; nothing is trained.

    What cannot be computed is listed with what it would need. An audit that was stopped
    goes on where it was.

    Examples: `kdaudit audit --source train.en --target train.de --model old=old.de
    --model new=new.de --baseline old`

    `kdaudit audit --corpus train.tsv --model marian=model.npz --compute-type int8`
    """
    from kdaudit.artifacts import RunDirectory
    from kdaudit.recipe.audit import AuditRequest
    from kdaudit.workflow import audits

    inference = {
        "device": device,
        "max_source_pieces": max_source_pieces,
        "max_target_pieces": max_target_pieces,
    }
    request = AuditRequest(
        models=_named(model, "--model"),
        source=source,
        target=target,
        corpus=corpus,
        columns=_columns(columns),
        subwords=_files(subwords),
        codes=_codes(codes),
        teacher=teacher,
        baseline=baseline,
        reverse=reverse,
        compute_types=compute_type or (),
        languages=languages,
        measures=None if measures is None else [one.strip() for one in measures.split(",")],
        inference={name: value for name, value in inference.items() if value is not None},
        seed=seed,
    )
    directory = RunDirectory(run_dir or Path("runs") / request.name)
    audits.run(directory, request, cores)
    _show(directory)


def _show(directory: RunDirectory) -> None:
    """The comparison; on standard error how conversions compare, and where the report is."""
    from kdaudit.cli import compare
    from kdaudit.cli.common import context
    from kdaudit.progress import silent
    from kdaudit.stages import given

    compare.show_run(directory)
    for note in given.notes(context(directory.path, silent)):
        print(f"kdaudit: {note}", file=sys.stderr)
    print(f"kdaudit: report: {directory.report / 'index.html'}", file=sys.stderr)


def _named(entries: list[str] | None, option: str) -> dict[str, str]:
    """The values of an option by the names before them."""
    from kdaudit.errors import RecipeError

    found: dict[str, str] = {}
    for entry in entries or ():
        name, _, value = entry.partition("=")
        if not (name and value):
            raise RecipeError(f"{option} expects NAME=…, got '{entry}'")
        if name in found:
            raise RecipeError(f"{option}: '{name}' is given twice")
        found[name] = value
    return found


def _files(entries: list[str] | None) -> dict[str, list[Path]]:
    """The files of --subwords by the names of models."""
    named = _named(entries, "--subwords").items()
    return {name: [Path(file) for file in files.split(",")] for name, files in named}


def _codes(entries: list[str] | None) -> dict[str, tuple[str, str]]:
    """The languages of --codes by the names of models."""
    from kdaudit.errors import RecipeError

    found: dict[str, tuple[str, str]] = {}
    for name, text in _named(entries, "--codes").items():
        parts = [part.strip() for part in text.split(",")]
        if len(parts) != 2 or not all(parts):
            raise RecipeError(f"--codes expects NAME=SOURCE,TARGET, got '{name}={text}'")
        found[name] = parts[0], parts[1]
    return found


def _columns(text: str | None) -> dict[str, str | int] | None:
    """The columns of a table, by name or, of a TSV file, by number."""
    from kdaudit.errors import RecipeError

    if text is None:
        return None
    names = [name.strip() for name in text.split(",")]
    if not 1 <= len(names) <= 2 or not all(names):
        raise RecipeError(f"--columns expects SOURCE,TARGET, got '{text}'")
    keys = ("source", "target")
    return {
        key: int(name) if name.isdigit() else name for key, name in zip(keys, names, strict=False)
    }
