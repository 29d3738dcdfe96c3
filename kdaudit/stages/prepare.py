"""Stage `prepare`: reads or generates the corpus, plants cases, trains the subwords or takes them.

Reads the files that the recipe names; writes `corpus/<split>.parquet`,
`corpus/subword.model` and `corpus/manifest.json` with the counts of each split. It has
three parts, so that another test split trains nothing again: what training reads, each
further split, and the counts.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from kdaudit.artifacts import CORPUS, RunDirectory, write_bytes, write_json, write_table
from kdaudit.corpus import (
    embedded_splits,
    joined,
    plant,
    read_aligned,
    read_dataset,
    read_sources,
    read_table,
    read_tsv,
)
from kdaudit.corpus.subwords import Subwords, load, train
from kdaudit.detectors.extractive import Extractive
from kdaudit.recipe import TRAIN, VALID, Recipe
from kdaudit.recipe.corpus import SplitFiles
from kdaudit.segments import Segments
from kdaudit.stages import estimates
from kdaudit.stages.base import Context, digest, users_files
from kdaudit.texts import numbered

TRAINING = (TRAIN, VALID)
_ROWS = 10_000  # texts that are Python strings, or encoded, at a time


def inputs(directory: RunDirectory, recipe: Recipe, splits: Sequence[str]) -> list[Path]:
    """The user's files of these splits, those of a data set's folder included."""
    given = [recipe.subwords.file] if recipe.subwords.file and TRAIN in splits else []
    for entry in (entry for name in splits for entry in recipe.corpus.splits.get(name, ())):
        given += [file for file in (entry.source, entry.target, entry.tsv, entry.file) if file]
        if entry.dataset is not None and Path(entry.dataset).is_absolute():
            given += _visible_files(Path(entry.dataset))
    return users_files(map(Path, given), directory.corpus_manifest)


def _visible_files(folder: Path) -> list[str]:
    """All files of a data set, without caches and the like."""
    files = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(str(folder / file) for file in files if not any(p[0] == "." for p in file.parts))


def outputs(directory: RunDirectory, recipe: Recipe) -> list[Path]:
    """The corpus's files, the manifest last."""
    splits = [directory.corpus(split) for split in recipe.corpus.names]
    return [*splits, *_subword_files(directory, recipe), directory.corpus_manifest]


def training_outputs(directory: RunDirectory, recipe: Recipe) -> list[Path]:
    """What training reads of the corpus; subwords where a model is trained in them."""
    splits = [directory.corpus(split) for split in training_splits(recipe)]
    return [*splits, *_subword_files(directory, recipe)]


def training_splits(recipe: Recipe) -> list[str]:
    """The splits that training reads: models that are given need no validation."""
    return [split for split in TRAINING if split in recipe.corpus.names]


def _subword_files(directory: RunDirectory, recipe: Recipe) -> list[Path]:
    return [directory.subwords] if recipe.trains else []


def further_splits(recipe: Recipe) -> list[str]:
    """The splits that no training reads."""
    return [name for name in recipe.corpus.names if name not in TRAINING]


def settings(recipe: Recipe, splits: Sequence[str]) -> str:
    """What these splits depend on."""
    corpus = recipe.corpus
    # No source of the embedded corpus is in two splits: each depends on the sizes of all.
    read = corpus.embedded or {name: corpus.splits[name] for name in splits}
    if TRAIN not in splits:
        return digest(read, recipe.seed)
    planted = None if recipe.planting is None else repr(_extractive(recipe).pair_filter)
    languages = corpus.source_language, corpus.target_language
    return digest(read, languages, corpus.planted, recipe.subwords, recipe.seed, planted)


def run(context: Context) -> None:
    """Write the whole corpus of the recipe; nothing of it where a file cannot be read."""
    recipe = context.recipe
    estimates.check(recipe)
    found = _read(recipe, recipe.corpus.names)
    context.directory.corpus_manifest.unlink(missing_ok=True)  # of an earlier corpus, which goes
    _write_training(context, found)
    for name in further_splits(recipe):
        write_table(context.directory.corpus(name), found[name].table, CORPUS)
    found.clear()  # read again where it is counted: not twice in memory
    count(context)


def run_training(context: Context) -> None:
    """Write what training reads: its splits, with planted cases, and the subwords."""
    estimates.check(context.recipe)  # what is said before anything is trained costs nothing
    _write_training(context, _read(context.recipe, training_splits(context.recipe)))


def run_split(context: Context, split: str) -> None:
    """Write one further split."""
    found = _read(context.recipe, [split])
    write_table(context.directory.corpus(split), found[split].table, CORPUS)


def count(context: Context) -> None:
    """Write the counts of all splits."""
    context.progress(3, 4, "counting")
    subwords = context.subwords() if context.recipe.trains else None
    names = context.recipe.corpus.names
    counts = {name: _counts(context.corpus(name), subwords) for name in names}
    write_json(context.directory.corpus_manifest, {"splits": counts})


def _write_training(context: Context, splits: dict[str, Segments]) -> None:
    recipe, directory = context.recipe, context.directory
    train_split = splits[TRAIN]
    context.progress(1, 4, "planting")
    if recipe.planting is not None:
        languages = recipe.corpus.source_language, recipe.corpus.target_language
        train_split = plant(
            train_split,
            recipe.planting,
            _generator(recipe),
            _filter(recipe),
            languages=languages,
        )
    model = _subwords(context, train_split) if recipe.trains else None
    for name, split in {**splits, TRAIN: train_split}.items():
        if name in TRAINING:
            write_table(directory.corpus(name), split.table, CORPUS)
    if model is not None:
        write_bytes(directory.subwords, model, recorded=True)


def _read(recipe: Recipe, splits: Sequence[str]) -> dict[str, Segments]:
    corpus = recipe.corpus
    if corpus.embedded is not None:
        return embedded_splits(recipe.seed, **corpus.embedded.model_dump())
    return {name: _read_split(corpus.splits[name]) for name in splits}


def _read_split(entries: Sequence[SplitFiles]) -> Segments:
    """All rows of a split's files, with their provenance; nothing of it is planted."""
    parts = [_read_entry(entry) for entry in entries]
    provenance = [
        pa.repeat(entry.provenance, len(part))
        for entry, (_, part) in zip(entries, parts, strict=True)
    ]
    whole = joined(parts).with_column("provenance", pa.concat_arrays(provenance))
    return whole.with_column("planted", pa.nulls(len(whole), pa.string()))


def _read_entry(entry: SplitFiles) -> tuple[str, Segments]:
    """One file, or two aligned ones, with the name for messages."""
    columns, first = entry.columns, entry.first
    if entry.dataset is not None:
        name = entry.dataset
        found = read_dataset(
            name,
            columns,
            first,
            config=entry.config,
            split=entry.split,
            revision=entry.revision,
            streaming=entry.streaming,
        )
    elif entry.file is not None:
        name, found = entry.file, read_table(Path(entry.file), columns, first)
    elif entry.tsv is not None:
        name, found = entry.tsv, read_tsv(Path(entry.tsv), columns, first)
    else:
        assert entry.source is not None
        name, source = entry.source, Path(entry.source)
        target = None if entry.target is None else Path(entry.target)
        found = read_aligned(source, target, first) if target else read_sources(source, first)
    return name, found


def _subwords(context: Context, segments: Segments) -> bytes:
    """The model that the recipe gives, or one that is trained on the training split."""
    settings = context.recipe.subwords
    if settings.file is not None:
        return load(Path(settings.file))
    context.progress(2, 4, "training subwords")
    return train(_lines(segments), settings)


def _generator(recipe: Recipe) -> np.random.Generator:
    own = recipe.planting.seed if recipe.planting is not None else None
    seed = recipe.seed if own is None else own
    return np.random.default_rng([seed, zlib.crc32(b"planting")])


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
        for texts in _parts(segments, column):
            yield from (line for line in texts if line.strip())


def _counts(segments: Segments, subwords: Subwords | None) -> dict[str, int]:
    """What the corpus has and lacks; without targets the pairs are sources."""
    table = segments.table
    counts = {
        "pairs": len(segments),
        "distinct_pairs": distinct_pairs(segments),
        "empty_sources": _blank(segments, "source"),
        "empty_targets": _blank(segments, "target"),
        "planted_pairs": len(segments) - table["planted"].null_count,
    }
    if subwords is not None:
        # Targets that no model over these subwords can produce, whatever it has memorized.
        parts = _parts(segments, "target")
        counts["not_replicable_targets"] = sum(
            subwords.replicable(texts).count(False) for texts in parts
        )
    return counts


def distinct_pairs(segments: Segments) -> int:
    """How many; a pair without a target is another one than a pair with an empty one."""
    if not len(segments):
        return 0
    target = segments.column("target")
    # Arrow's grouping keeps copies of all texts, several times what they are.
    keys = numbered(segments.strings("source")) * len(segments)
    keys += numbered(target.cast(pa.string()).fill_null(""))
    keys *= 2
    keys += target.is_null().to_numpy()
    keys.sort()
    return int(np.count_nonzero(keys[1:] != keys[:-1])) + 1


def _blank(segments: Segments, column: str) -> int:
    return sum(not text.strip() for texts in _parts(segments, column) for text in texts)


def _parts(segments: Segments, column: str) -> Iterator[list[str]]:
    """The texts of a column, null ones left out, in lists that are small enough for memory."""
    for batch in segments.table.select([column]).to_batches(max_chunksize=_ROWS):
        yield batch.column(0).drop_null().to_pylist()
