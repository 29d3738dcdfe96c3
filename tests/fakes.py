"""A run directory without a trained model: the fake engine of the fast tests."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from pathlib import Path
from typing import Any

import pyarrow as pa

from kdaudit.artifacts import (
    CORPUS,
    TRANSLATIONS,
    RunDirectory,
    Shard,
    shard_name,
    write_json,
    write_table,
    write_text,
)
from kdaudit.inference import ForcedScore, Translation
from kdaudit.inference.prefixes import Counts
from kdaudit.recipe import Recipe, dump, from_values
from kdaudit.segments import Segments
from kdaudit.stages.base import Context

MODELS = {
    "teacher": {"role": "teacher"},
    "student": {"role": "student", "distillation": {"teacher": "teacher"}},
    "baseline": {"role": "baseline"},
    "reverse": {"role": "reverse"},
}


class TableTranslator:
    """Translates by a table; a source that is not in it becomes `?`. Further hypotheses are the
    text with their number behind it."""

    def __init__(self, table: Mapping[str, str]):
        self.table = table

    def translate(
        self, sources: Iterable[str], beam: int = 1, best: int = 1
    ) -> Iterator[Translation]:
        for source in sources:
            text = self.table.get(source, "?")
            tokens = len(text.split()) + 1
            further = tuple(f"{text} {number}" for number in range(2, best + 1))
            hypotheses = (text, *further) if further else ()
            yield Translation(text, -0.5 * tokens, tokens, hypotheses=hypotheses)

    def score(self, sources: Iterable[str], targets: Iterable[str]) -> Iterator[ForcedScore]:
        """-0.5 a token for what the table has, -3 for anything else; none for an empty source, nor
        for a target of more than 1,000 words."""
        for source, target in zip(sources, targets, strict=True):
            tokens = len(target.split()) + 1
            if not source.strip() or tokens > 1001:
                yield ForcedScore(float("nan"), 0)
            else:
                known = self.table.get(source, "?") == target
                yield ForcedScore((-0.5 if known else -3.0) * tokens, tokens)

    def yields(
        self, pairs: Iterable[tuple[str, str]], counts: Counts | None = None
    ) -> Iterator[bool]:
        for source, target in pairs:
            yield self.table.get(source, "?").strip() == target.strip()


class FakeRun(Context):
    """A run whose models are tables."""

    def __init__(self, folder: Path, recipe: Recipe, tables: Mapping[str, Mapping[str, str]]):
        super().__init__(RunDirectory(folder), recipe)
        object.__setattr__(self, "tables", tables)

    def part(self, shard: Shard) -> FakeRun:
        part = copy(self)  # `replace` would ask for the fields of a `Context`
        object.__setattr__(part, "shard", shard)
        return part

    def translator(self, model: str) -> TableTranslator:  # type: ignore[override]
        return TableTranslator(self.tables[model])


def recipe(folder: Path, **parts) -> Recipe:
    """A recipe with every role, default measures, and a training and a test split from files."""
    splits = {
        name: {"source": f"{name}.en", "target": f"{name}.de"}
        for name in ("train", "valid", "test")
    }
    values = {
        "name": "fake",
        "corpus": {"splits": splits},
        "trainer": {"epochs": 1},
        "models": MODELS,
        "comparison": {"bootstrap": 200, "quality_bootstrap": 100},
    }
    return from_values(values | parts, folder, "fake recipe")


def copied_corpus(lines: list[str]) -> pa.Table:
    """Original segments whose targets are their sources."""
    return pa.table(
        {
            "id": pa.array(range(len(lines)), pa.int64()),
            "source": lines,
            "target": lines,
            "provenance": ["original"] * len(lines),
            "planted": pa.nulls(len(lines), pa.string()),
        }
    )


def fake_run(
    folder: Path, corpus: pa.Table, tables: Mapping[str, Mapping[str, str]], /, **parts: Any
) -> FakeRun:
    """A run with the same corpus for every split, laid out as `prepare` and `train` leave it.

    A split without targets has null ones.
    """
    settings = recipe(folder, **parts)
    run = FakeRun(folder, settings, tables)
    write_text(run.directory.recipe, dump(settings))
    sources = Segments(corpus).with_column("target", pa.nulls(len(corpus), pa.string())).table
    sources = sources.select(corpus.column_names)
    for split in settings.corpus.names:
        table = sources if split in settings.monolingual_splits else corpus
        write_table(run.directory.corpus(split), table, CORPUS)
    counts = {
        "pairs": corpus.num_rows,
        "distinct_pairs": corpus.num_rows,
        "planted_pairs": 0,
        "not_replicable_targets": 0,
    }
    splits = dict.fromkeys(settings.corpus.names, counts)
    write_json(run.directory.corpus_manifest, {"splits": splits})
    return run


def write_translations(run: FakeRun, model: str, split: str, texts: list[str]) -> None:
    """Store translations as `translate` would."""
    ids = run.corpus(split).ids
    table = pa.table(
        {
            "id": ids,
            "translation": texts,
            "log_probability": [-1.0] * len(texts),
            "tokens": pa.array([2] * len(texts), pa.int32()),
        }
    )
    write_table(run.directory.translations(model, split) / shard_name(0, 1), table, TRANSLATIONS)


SHAPE = {
    f"{side}_{name}": value
    for side in ("encoder", "decoder")
    for name, value in {
        "layers": 1,
        "embed_dim": 8,
        "ffn_embed_dim": 8,
        "attention_heads": 2,
        "normalize_before": False,
    }.items()
}


def weightless_checkpoint(folder: Path, **options: object) -> Path:
    """What says of itself that it is a checkpoint of fairseq; it holds no weights."""
    import torch

    model = {"arch": "transformer", "task": "translation", "dropout": 0.1, **SHAPE}
    model |= {"source_lang": "en", "target_lang": "de", **options}
    state = {"args": None, "cfg": {"model": Namespace(**model)}, "model": {}}
    folder.mkdir(exist_ok=True)
    torch.save(state | {"optimizer_history": [{"num_updates": 3}]}, folder / "given.pt")
    return folder / "given.pt"
