"""Stage `translate`: a model's translations of a split, one shard at a time.

Reads the split's sources; writes `translations/<model>/<split>/part-*.parquet`,
one row for each source, in its order, with how many sources and translations
were cut at their limits in the file's metadata.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from kdaudit.artifacts import (
    CORPUS,
    HYPOTHESES,
    SEVERAL,
    TRANSLATIONS,
    RunDirectory,
    read_rows,
    write_parts,
)
from kdaudit.inference import Translation
from kdaudit.recipe import Recipe
from kdaudit.stages import given, shards
from kdaudit.stages.base import Context, counted, digest, naming

_DECODING = re.compile(r"(.+?)-beam([1-9]\d{0,3})(?:-best([1-9]\d{0,3}))?")


class Decoding(NamedTuple):
    """The corpus split of a directory of translations, the beam, and how many hypotheses of each
    source are kept."""

    split: str
    beam: int
    best: int = 1


def decoding(recipe: Recipe, split: str) -> Decoding:
    """How a directory of translations is made.

    `train-beam5` is the split `train` decoded with a beam of 5, beside the audit's own;
    `train-beam5-best3` has the best three hypotheses too.
    """
    if split not in recipe.corpus.names and (match := _DECODING.fullmatch(split)):
        return Decoding(match[1], int(match[2]), int(match[3] or 1))
    return Decoding(split, recipe.beam_of(split))


def shard_files(directory: RunDirectory, recipe: Recipe, model: str, split: str) -> list[Path]:
    """All shards of a split's translations."""
    folder = directory.translations(model, split)
    return [folder / shard.name for shard in shards.shards(recipe)]


def inputs(directory: RunDirectory, recipe: Recipe, model: str, split: str) -> list[Path]:
    """The model and the split."""
    return [directory.model_manifest(model), directory.corpus(decoding(recipe, split).split)]


def settings(recipe: Recipe, split: str) -> str:
    """The beam and the engine."""
    return digest(decoding(recipe, split), recipe.inference.decoding())


def run(context: Context, model: str, split: str, shard: int) -> None:
    """Translate one shard (from 0) of a split."""
    recipe, directory = context.recipe, context.directory
    corpus_split, beam, best = decoding(recipe, split)
    path, rows = directory.corpus(corpus_split), context.of_shard(shard).rows(corpus_split)
    if recipe.is_texts(model):
        translated = given.translations(directory, model, corpus_split, rows)
    else:
        sources = context.texts(corpus_split, "source", rows)
        translated = context.translator(model).translate(sources, beam, best)
    translations = counted(translated, len(rows), context.progress, f"{len(rows)} lines")
    cut = Counter(sources_cut=0, translations_cut=0)

    def described() -> dict[str, str]:
        counts = {name: str(count) for name, count in cut.items()}
        described = {"beam": str(beam), "compute_type": recipe.engine(model).compute_type}
        return counts | described | ({"best": str(best)} if best > 1 else {})

    folder = directory.translations(model, split)
    shards.remove_others(folder, recipe)
    ids = read_rows(path, CORPUS, ["id"], rows)
    schema = TRANSLATIONS if best == 1 else SEVERAL
    parts = (_table(part, schema) for part in _parts(ids, translations, cut))
    with naming(path):
        write_parts(shard_files(directory, recipe, model, split)[shard], parts, schema, described)
    for what, count in cut.items():
        if count:
            print(f"kdaudit: warning: {model}, {split}: {what}: {count}", file=sys.stderr)


def _parts(
    ids: Iterable[pa.Table], translations: Iterator[Translation], cut: Counter[str]
) -> Iterator[tuple[pa.ChunkedArray, list[Translation]]]:
    """The translations beside their ids, part by part, and what was cut, added to `cut`."""
    for part in ids:
        found = list(islice(translations, part.num_rows))
        cut["sources_cut"] += sum(one.source_cut for one in found)
        cut["translations_cut"] += sum(one.unfinished for one in found)
        yield part.column("id"), found


def _table(part: tuple[pa.ChunkedArray, list[Translation]], schema: pa.Schema) -> pa.Table:
    ids, translations = part
    columns = {
        "id": ids,
        "translation": pa.array([one.text for one in translations], pa.string()),
        "log_probability": pa.array(
            [one.log_probability for one in translations], pa.float64(), from_pandas=True
        ),
        "tokens": pa.array([one.tokens for one in translations], pa.int32()),
        HYPOTHESES: pa.array([one.hypotheses for one in translations], pa.list_(pa.string())),
    }
    return pa.table({name: columns[name] for name in schema.names})
