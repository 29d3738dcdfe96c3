"""`kdaudit inspect`: the flagged segments, readable."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kdaudit.cli import output as outputs
from kdaudit.cli.common import ModelName, RunDir, check_model, check_split, check_student, context
from kdaudit.cli.masking import Patterns, Redact, masking

if TYPE_CHECKING:
    from kdaudit.report import Example
    from kdaudit.stages.base import Context

TEXTS = ("source", "target", "translation", "evidence", "relayed")
FEW = 20
NOT_TOLD = ("detail", "translations", "subgroups")
"""What programs are not told: words for people, and what the report alone has."""


class Format(StrEnum):
    """How flagged segments are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


SUFFIXES = {".txt": Format.TABLE, ".json": Format.JSON, ".csv": Format.CSV}


def command(
    run_dir: RunDir,
    detector: Annotated[str, typer.Option(help="A detector of the run.")],
    model: ModelName,
    split: Annotated[str, typer.Option(help="A split of the corpus.")] = "train",
    limit: Annotated[
        int | None,
        typer.Option(min=1, help="At most this many: by default 20 in a table, else all."),
    ] = None,
    texts: Annotated[
        bool, typer.Option("--texts", help="Show texts though the recipe has report.texts: false.")
    ] = False,
    format_: Annotated[
        Format | None,
        typer.Option(
            "--format", help="How to write it: by the suffix of --output, else as a table."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="A file (.txt, .json, .csv) instead of standard output.")
    ] = None,
    redact: Redact = False,
    pattern: Patterns = None,
) -> None:
    """Show the segments that a detector flagged: original ones first, then by their ratio.

    The ratio is the share of the source that yields the target (extractive memorization).

    Example: `kdaudit inspect runs/demo --detector extractive --model student`
    """
    from kdaudit.progress import silent
    from kdaudit.stages import flagged

    form = outputs.chosen(format_, output, SUFFIXES, Format.TABLE)
    outputs.check(output)
    run = context(run_dir, silent)
    _check(run, detector, model, split)
    shown = texts or run.recipe.report.texts
    masks = masking(run, redact, pattern)
    found = flagged.flagged(run, detector, model, split, texts=shown, masking=masks)
    if limit is None and form is Format.TABLE:
        limit = FEW
    if not shown:
        said = "texts are left out, as the recipe says (report.texts: false): --texts shows them"
        print(f"kdaudit: {said}", file=sys.stderr)
    written = {Format.TABLE: _table, Format.JSON: _json, Format.CSV: _csv}[form]
    outputs.write(written(found[:limit], len(found)), output)


def _check(run: Context, detector: str, model: str, split: str) -> None:
    """RecipeError where the run has no such detection."""
    from kdaudit.errors import NotComputable, RecipeError
    from kdaudit.stages import detect
    from kdaudit.stages.plan import Plan

    check_model(run, model)
    check_split(run, split)
    name, plan = detect.base_name(detector), Plan(run.recipe)
    run.recipe.detector(name)
    run.recipe.check_split("detectors", name, split)
    if name in plan.not_computable:
        raise NotComputable(f"{name} was not computed: it {plan.not_computable[name]}")
    if detector.endswith(detect.KD):
        check_student(run, model)
    places = [place for one, of, place in plan.detections if (one, of) == (detector, model)]
    if split not in places:
        where = ", ".join(places) or "no split"
        raise RecipeError(f"{detector} of {model} is computed on: {where} (not on '{split}')")


def _table(found: Sequence[Example], total: int) -> str:
    from kdaudit.shown import visible

    lines = []
    for example in found:
        kind = f", planted: {example.planted}" if example.planted else ""
        lines.append(f"id {example.id}{kind}")
        if example.detail:
            lines.append(f"  {example.detail}")
        for name in TEXTS:
            if text := getattr(example, name):
                lines.append(f"  {name:<12} {visible(text)}")
    return "\n".join([*lines, f"{total} flagged, {len(found)} shown", ""])


def _json(found: Sequence[Example], total: int) -> str:
    from kdaudit.shown import json_text

    return json_text({"flagged": total, "segments": [_values(example) for example in found]})


def _csv(found: Sequence[Example], total: int) -> str:
    import csv
    from dataclasses import fields
    from io import StringIO

    from kdaudit.report import Example
    from kdaudit.shown import csv_cell

    rows = [_flat(_values(example)) for example in found]
    columns = [one.name for one in fields(Example) if one.name not in ("features", *NOT_TOLD)]
    columns += dict.fromkeys(name for row in rows for name in row if name not in columns)
    text = StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: csv_cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _values(example: Example) -> dict[str, Any]:
    """What programs are told of a segment."""
    from dataclasses import asdict

    return {name: value for name, value in asdict(example).items() if name not in NOT_TOLD}


def _flat(values: Mapping[str, Any]) -> dict[str, Any]:
    features = {f"features.{name}": value for name, value in values["features"].items()}
    return {name: value for name, value in values.items() if name != "features"} | features
