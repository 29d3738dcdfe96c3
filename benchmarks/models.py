"""The model that the benchmarks of inference and extraction are about.

A model of a run that is there, or one that is trained on 4,000 pairs for 24 epochs, about 5
minutes, and kept under `runs/`: captions where `KDAUDIT_MULTI30K` names the folder of Multi30k,
pairs of the embedded corpus elsewhere. Reads and writes run directories.
"""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kdaudit.artifacts import RunDirectory, write_text
from kdaudit.corpus import generate
from kdaudit.recipe import TRAIN, dump, from_values, load_stored
from kdaudit.segments import Segments
from kdaudit.stages import prepare, train
from kdaudit.stages.base import Context

PAIRS = 4000
RUNS_FOLDER = Path("runs")
CAPTIONS = "KDAUDIT_MULTI30K"
TRAINER = {
    "layers": 2,
    "width": 192,
    "feed_forward": 384,
    "heads": 4,
    "normalize_before": True,
    "dropout": 0.0,
    "label_smoothing": 0.0,
    "clip_norm": 1.0,
    "learning_rate": 2e-3,
    "warmup_updates": 300,
    "batch_tokens": 1000,
    "threads": 2,
    "epochs": 24,
}


@dataclass(frozen=True)
class BenchmarkModel:
    """A trained model of a run, and where further sources of its kind come from."""

    context: Context
    model: str

    @property
    def home(self) -> Path:
        return self.context.directory.model(self.model)

    @property
    def pairs(self) -> Segments:
        """The pairs that it was trained on."""
        return self.context.corpus(TRAIN)

    def sources(self, count: int) -> list[str]:
        """Sources of its language, those that it was trained on first; distinct lines of captions,
        any number of generated ones."""
        folder = os.environ.get(CAPTIONS)
        if folder is None:
            return [source for source, _ in generate(count, np.random.default_rng(3))]
        with gzip.open(Path(folder) / "train.en.gz", "rt", encoding="utf-8") as lines:
            return [line.rstrip("\n") for line in lines][:count]

    def describe(self) -> str:
        """One line for the head of a table."""
        trainer = self.context.recipe.models[self.model].trainer
        pieces = self.context.recipe.subwords.size
        return (
            f"{trainer.layers}+{trainer.layers} layers of {trainer.width}, {pieces:,} pieces, "
            f"trained on {len(self.pairs):,} pairs of "
            f"{'the embedded corpus' if self.context.recipe.corpus.embedded else 'captions'}"
        )


def benchmark_model(*named: str) -> BenchmarkModel:
    """The model of a run directory, both named, or the one that is kept, trained first where it
    is not there."""
    if named:
        run, model = named
        directory = RunDirectory(Path(run))
        return BenchmarkModel(Context(directory, load_stored(directory.recipe)), model)
    folder = os.environ.get(CAPTIONS)
    directory = RunDirectory(RUNS_FOLDER / f"benchmark-{'captions' if folder else 'embedded'}")
    if not directory.model_manifest("model").is_file():
        _train(directory, folder)
    return BenchmarkModel(Context(directory, load_stored(directory.recipe)), "model")


def _train(directory: RunDirectory, captions: str | None) -> None:
    corpus: dict[str, object] = {"embedded": {"train": PAIRS, "valid": 500, "test": 500}}
    if captions is not None:
        files = {"train": ("train", PAIRS), "valid": ("val", None)}
        splits = {
            split: {
                "source": f"{captions}/{name}.en.gz",
                "target": f"{captions}/{name}.de.gz",
                **({"first": first} if first else {}),
            }
            for split, (name, first) in files.items()
        }
        corpus = {"splits": splits}
    recipe = from_values(
        {
            "name": directory.path.name,
            "corpus": corpus,
            "subwords": {"size": 3000 if captions else 1500},
            "models": {"model": {"role": "baseline", "trainer": TRAINER}},
            "detectors": {},
            "quality": {},
            "subgroups": {},
        },
        Path(),
        "benchmark",
    )
    directory.logs.mkdir(parents=True, exist_ok=True)
    write_text(directory.recipe, dump(recipe))
    context = Context(directory, recipe)
    if not directory.corpus_manifest.is_file():
        prepare.run(context)
    train.run(context, "model")
