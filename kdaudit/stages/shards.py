"""Shards of what a stage makes of a split, put together; reads and writes artifacts.

With several shards in the recipe, forced scores, what detectors find segment by segment and what
metrics ask a model for are made shard by shard: of `train.parquet` the shards
`train/part-<number>-of-<count>.parquet`, and then the table out of them, whose rows are those of
a recipe without shards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from kdaudit.artifacts import Shard, metadata, read_table, write_table
from kdaudit.recipe import Recipe
from kdaudit.recorded import record_of

Metadata = Mapping[str, str]


def shards(recipe: Recipe) -> list[Shard]:
    """All shards of a split, in order."""
    return [Shard(number, recipe.shards) for number in range(recipe.shards)]


def files(path: Path, recipe: Recipe) -> list[Path]:
    """The shards of the table `path`, in order."""
    return [shard.of(path) for shard in shards(recipe)]


def numbers(recipe: Recipe) -> list[str]:
    """How shards are called in the names of jobs: `00000-of-00003`."""
    return [shard.name.removeprefix("part-").removesuffix(".parquet") for shard in shards(recipe)]


def merge(
    path: Path,
    recipe: Recipe,
    schema: pa.Schema,
    described: Callable[[Sequence[Metadata]], Metadata] = lambda parts: parts[0],
    finished: Callable[[pa.Table], pa.Table] = lambda table: table,
) -> None:
    """Put the shards of a table together, and delete those of another number that are left there;
    `described`: its metadata, out of that of the shards; `finished`: what is found when all rows
    are there.

    Raises ArtifactError where one is missing or damaged.
    """
    parts = files(path, recipe)
    tables = [read_table(part, schema) for part in parts]
    # A shard in which a column has no value may not know the column's type.
    whole = pa.concat_tables(tables, promote_options="permissive")
    write_table(path, finished(whole), schema, described([metadata(part) for part in parts]))
    remove_others(path.with_suffix(""), recipe)


def summed(parts: Sequence[Metadata], counts: Sequence[str]) -> Metadata:
    """The metadata of the first shard, with the sums of the named counts where it has these."""
    there = [name for name in counts if name in parts[0]]
    return {**parts[0], **{name: str(sum(int(part[name]) for part in parts)) for name in there}}


def remove_others(folder: Path, recipe: Recipe) -> None:
    """Delete shards of another number: half of one set and half of another are no split."""
    own = {shard.name for shard in shards(recipe)}
    for other in folder.glob("*.parquet"):
        if other.name not in own:
            other.unlink(missing_ok=True)
            record_of(other).unlink(missing_ok=True)
