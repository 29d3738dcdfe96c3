"""Stage `translate`: a model's translations of a split, one shard at a time.

Reads the split's sources; writes `translations/<model>/<split>/part-*.parquet`,
one row for each source, in its order, with how many sources and translations
were cut at their limits in the file's metadata.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pyarrow as pa

from kdaudit.artifacts import (
    CORPUS,
    TRANSLATIONS,
    RunDirectory,
    read_table,
    shard_name,
    shard_rows,
    write_table,
)
from kdaudit.errors import RecipeError
from kdaudit.inference import Translation
from kdaudit.recipe import Recipe
from kdaudit.stages.base import Context, counted, digest

_DECODING = re.compile(r"(.+)-beam([1-9]\d{0,3})")


def decoding(recipe: Recipe, split: str) -> tuple[str, int]:
    """The corpus split and the beam of a directory of translations.

    `train-beam5` is the split `train` decoded with a beam of 5, beside the audit's own.
    """
    if split not in recipe.corpus.names and (match := _DECODING.fullmatch(split)):
        return match[1], int(match[2])
    return split, recipe.beam_of(split)


def shard_files(directory: RunDirectory, recipe: Recipe, model: str, split: str) -> list[Path]:
    """All shards of a split's translations."""
    folder = directory.translations(model, split)
    return [folder / shard_name(number, recipe.shards) for number in range(recipe.shards)]


def inputs(directory: RunDirectory, recipe: Recipe, model: str, split: str) -> list[Path]:
    """The model and the split."""
    return [directory.model_manifest(model), directory.corpus(decoding(recipe, split)[0])]


def settings(recipe: Recipe, split: str) -> str:
    """The beam and the engine."""
    return digest(decoding(recipe, split), recipe.inference.decoding())


def run(context: Context, model: str, split: str, shard: int) -> None:
    """Translate one shard (from 0) of a split."""
    recipe, directory = context.recipe, context.directory
    if not 0 <= shard < recipe.shards:
        raise RecipeError(f"there is no shard {shard}: the recipe has {recipe.shards}, from 0")
    corpus_split, beam = decoding(recipe, split)
    table = read_table(directory.corpus(corpus_split), CORPUS, ["id", "source"])
    rows = shard_rows(table.num_rows, shard, recipe.shards)
    part = table.slice(rows.start, len(rows))
    sources = part.column("source").to_pylist()
    translated = context.translator(model).translate(sources, beam)
    found = list(counted(translated, len(rows), context.progress, f"{len(rows)} lines"))
    cut = {
        "sources_cut": sum(one.source_cut for one in found),
        "translations_cut": sum(one.unfinished for one in found),
    }
    for what, count in cut.items():
        if count:
            print(f"kdaudit: warning: {model}, {split}: {what}: {count}", file=sys.stderr)
    described = {name: str(count) for name, count in cut.items()}
    described |= {"beam": str(beam), "compute_type": recipe.inference.compute_type}
    folder = directory.translations(model, split)
    for other in folder.glob("*.parquet"):
        # Of another number of shards: half of one set and half of another are no split.
        if not other.name.endswith(shard_name(0, recipe.shards)[10:]):
            other.unlink(missing_ok=True)
    path = folder / shard_name(shard, recipe.shards)
    write_table(path, _table(part.column("id"), found), TRANSLATIONS, described)


def _table(ids: pa.ChunkedArray, translations: list[Translation]) -> pa.Table:
    return pa.table(
        {
            "id": ids,
            "translation": pa.array([one.text for one in translations], pa.string()),
            "log_probability": pa.array(
                [one.log_probability for one in translations], pa.float64(), from_pandas=True
            ),
            "tokens": pa.array([one.tokens for one in translations], pa.int32()),
        }
    )
