"""Stage `group`: the subgroup of each segment of a split under one scheme.

Reads the split, and stored quality or the training split where the scheme needs them; writes
`subgroups/<scheme>/<split>.parquet`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from kdaudit.artifacts import QUALITY, SUBGROUPS, RunDirectory, read_table, write_table
from kdaudit.errors import NotComputable
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.stages.base import Context, digest
from kdaudit.subgroups.counts import COPIES, copies


def quality_columns(recipe: Recipe, scheme: str) -> Iterator[tuple[str, str, str]]:
    """The stored scores that a scheme needs: (column, metric, model).

    Raises NotComputable where the run has no teacher to take them from.
    """
    for column in recipe.scheme(scheme).needs:
        if column.startswith("quality."):
            _, metric, model = column.split(".", 2)
            if model == "teacher":
                teacher = recipe.first("teacher")
                if teacher is None:
                    raise NotComputable("needs a teacher")
                model = teacher
            yield column, metric, model


def inputs(directory: RunDirectory, recipe: Recipe, scheme: str, split: str) -> list[Path]:
    """The split and the stored scores."""
    columns = quality_columns(recipe, scheme)
    scores = [directory.quality(metric, model, split) for _, metric, model in columns]
    files = [directory.corpus(split), *scores]
    if COPIES in recipe.scheme(scheme).needs and split != TRAIN:
        files += [directory.corpus(TRAIN)]
    return files


def settings(recipe: Recipe, scheme: str) -> str:
    """The scheme's own settings."""
    return digest(recipe.scheme(scheme).signature())


def run(context: Context, scheme: str, split: str) -> None:
    """Name the subgroup of every segment of a split."""
    context.recipe.check_split("subgroups", scheme, split)
    segments = context.corpus(split)
    for column, metric, model in quality_columns(context.recipe, scheme):
        table = read_table(context.directory.quality(metric, model, split), QUALITY)
        segments = segments.join(table, {"score": column}, f"{metric} of {model}, {split}")
    chosen = context.recipe.scheme(scheme)
    if COPIES in chosen.needs:
        segments = segments.with_column(COPIES, copies(segments, context.corpus(TRAIN)))
    groups = pa.table(
        {"id": segments.table.column("id"), "subgroup": pa.array(chosen.assign(segments))}
    )
    path = context.directory.subgroups(scheme, split)
    write_table(path, groups, SUBGROUPS, {"signature": chosen.signature()})
