"""The columns that a distillation step asks for, and the files that they are in; reads artifacts.

`quality.<metric>`: a metric of a model's translations; `corpus.<metric>`: the same of the
corpus's own targets; `memorized.<detector>`: what a detector flagged of the model, 1 or 0;
any other name: a column of the corpus.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from kdaudit.artifacts import DETECTIONS, QUALITY, RunDirectory, read_table
from kdaudit.errors import RecipeError
from kdaudit.recipe import CORPUS_MODEL, TRAIN
from kdaudit.registry import unknown
from kdaudit.segments import Segments
from kdaudit.stages.base import Context


def files(directory: RunDirectory, columns: Sequence[str], model: str) -> list[Path]:
    """The files of those columns that are not the corpus's, on the training split."""
    return [path for column in columns if (path := _file(directory, column, model)) is not None]


def with_columns(
    context: Context, segments: Segments, columns: Sequence[str], model: str
) -> Segments:
    """Segments of the training split with the columns; RecipeError where there is none such."""
    for column in columns:
        path = _file(context.directory, column, model)
        if path is None:
            _check_number(segments, column)
        elif path.parts[-4] == "detections":
            table = read_table(path, DETECTIONS, ["id", "flagged"])
            flagged = table.column("flagged").cast(pa.int8()).cast(pa.float64())
            table = table.select(["id"]).append_column("flagged", flagged)
            segments = segments.join(table, {"flagged": column}, str(path))
        else:
            table = read_table(path, QUALITY, ["id", "score"])
            segments = segments.join(table, {"score": column}, str(path))
    return segments


def _file(directory: RunDirectory, column: str, model: str) -> Path | None:
    kind, _, name = column.partition(".")
    if kind == "memorized" and name:
        return directory.detections(name, model, TRAIN)
    if kind in ("quality", "corpus") and name:
        return directory.quality(name, CORPUS_MODEL if kind == "corpus" else model, TRAIN)
    return None


def _check_number(segments: Segments, column: str) -> None:
    names = segments.table.column_names
    if column not in segments:
        raise RecipeError(unknown(column, names, "column of the training split"))
    kind = segments.table.schema.field(column).type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind)):
        raise RecipeError(f"the column '{column}' of the training split holds no numbers")
