"""Stage `prepare`: reads or generates the corpus, plants cases, trains the subwords.

Reads the files that the recipe names; writes `corpus/<split>.parquet`,
`corpus/subword.model` and `corpus/manifest.json` with the counts of each split.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from kdaudit.artifacts import CORPUS, RunDirectory, write_bytes, write_json, write_table
from kdaudit.corpus import embedded_splits, plant, read_aligned, read_tsv
from kdaudit.corpus.subwords import Subwords, train
from kdaudit.detectors.extractive import Extractive
from kdaudit.errors import InputError
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.recipe.settings import SplitFiles
from kdaudit.segments import Segments
from kdaudit.stages.base import Context, digest


def inputs(directory: RunDirectory, recipe: Recipe) -> list[Path]:
    """The user's files."""
    files = [
        file
        for split in recipe.corpus.splits.values()
        for file in (split.source, split.target, split.tsv)
        if file is not None
    ]
    return [Path(file) for file in files]


def outputs(directory: RunDirectory, recipe: Recipe) -> list[Path]:
    """The corpus's files, the manifest last."""
    splits = [directory.corpus(split) for split in recipe.corpus.names]
    return [*splits, directory.subwords, directory.corpus_manifest]


def settings(recipe: Recipe) -> str:
    """What the corpus depends on."""
    planted = None if recipe.planting is None else repr(_extractive(recipe).pair_filter)
    return digest(recipe.corpus, recipe.subwords, recipe.seed, planted)


def run(context: Context) -> None:
    """Write the corpus of the recipe."""
    recipe, directory = context.recipe, context.directory
    splits = _read(recipe)
    context.progress(1, 4, "planting")
    if recipe.planting is not None:
        languages = recipe.corpus.source_language, recipe.corpus.target_language
        splits[TRAIN] = plant(
            splits[TRAIN],
            recipe.planting,
            _generator(recipe),
            _filter(recipe),
            languages=languages,
        )
    context.progress(2, 4, "training subwords")
    model = train(_lines(splits[TRAIN]), recipe.subwords)
    for name, segments in splits.items():
        write_table(directory.corpus(name), segments.table, CORPUS)
    write_bytes(directory.subwords, model)
    context.progress(3, 4, "counting")
    subwords = Subwords(directory.subwords)
    counts = {name: _counts(segments, subwords) for name, segments in splits.items()}
    write_json(directory.corpus_manifest, {"splits": counts})


def _read(recipe: Recipe) -> dict[str, Segments]:
    corpus = recipe.corpus
    if corpus.embedded is not None:
        return embedded_splits(recipe.seed, **corpus.embedded.model_dump())
    return {name: _read_split(split) for name, split in corpus.splits.items()}


def _read_split(split: SplitFiles) -> Segments:
    if split.tsv is not None:
        segments = read_tsv(Path(split.tsv))
    else:
        assert split.source is not None
        assert split.target is not None
        segments = read_aligned(Path(split.source), Path(split.target))
    if split.first is not None:
        if split.first > len(segments):
            raise InputError(
                f"has {len(segments)} lines, 'first' asks for {split.first}",
                path=split.source or split.tsv,
            )
        segments = segments.take(np.arange(split.first))
    original = ["original"] * len(segments)
    planted = pa.nulls(len(segments), pa.string())
    return segments.with_column("provenance", original).with_column("planted", planted)


def _generator(recipe: Recipe) -> np.random.Generator:
    return np.random.default_rng([recipe.seed, zlib.crc32(b"planting")])


def _filter(recipe: Recipe) -> Callable[[str, str], bool]:
    """The filter of the audit's own extractive detector, which planted pairs must pass."""
    detector = _extractive(recipe)
    languages = recipe.corpus.source_language, recipe.corpus.target_language

    def accepts(source: str, target: str) -> bool:
        return not detector.pair_filter.reasons([source], [target], *languages)[0]

    return accepts


def _extractive(recipe: Recipe) -> Extractive:
    chosen = [recipe.detector(name) for name in recipe.detectors]
    return next((one for one in chosen if isinstance(one, Extractive)), Extractive())


def _lines(segments: Segments) -> Iterator[str]:
    for column in ("source", "target"):
        yield from (line for line in segments.texts(column) if line.strip())


def _counts(segments: Segments, subwords: Subwords) -> dict[str, int]:
    sources, targets = segments.texts("source"), segments.texts("target")
    return {
        "pairs": len(segments),
        "distinct_pairs": len(set(zip(sources, targets, strict=True))),
        "empty_sources": sum(not text.strip() for text in sources),
        "empty_targets": sum(not text.strip() for text in targets),
        # Targets that no model over these subwords can produce, whatever it has memorized.
        "not_replicable_targets": subwords.replicable(targets).count(False),
        "planted_pairs": sum(kind is not None for kind in segments.table["planted"].to_pylist()),
    }
