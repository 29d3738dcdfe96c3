"""A run directory with a real model that copies its source, trained by fairseq in a minute."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kdaudit.artifacts import CORPUS, RunDirectory, write_bytes, write_table, write_text
from kdaudit.corpus.subwords import Subwords, train
from kdaudit.recipe import Recipe, dump, from_values
from kdaudit.segments import Segments
from kdaudit.stages import train as train_stage
from kdaudit.stages.base import Context

LETTERS = "abcdefgh"


@dataclass(frozen=True)
class CopyTask:
    """The run, and the held-out sentences that the model has never seen."""

    context: Context
    held_out: list[str]

    @property
    def subwords(self) -> Subwords:
        return Subwords(self.context.directory.subwords)


def sentences(count: int, rng: np.random.Generator) -> list[str]:
    """Distinct sentences of 2 to 7 letters."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[" ".join(rng.choice(list(LETTERS), size=rng.integers(2, 8)))] = None
    return list(found)


def recipe(folder: Path, updates: int = 600) -> Recipe:
    """The recipe of the copy task: one model, no measure."""
    return from_values(
        {
            "name": "copy-task",
            "corpus": {
                "splits": {
                    name: {"source": f"{name}.en", "target": f"{name}.de"}
                    for name in ("train", "valid")
                }
            },
            "subwords": {"size": 275},
            "models": {
                "copier": {
                    "role": "baseline",
                    "trainer": {
                        "layers": 2,
                        "width": 64,
                        "feed_forward": 128,
                        "heads": 4,
                        "normalize_before": True,
                        "dropout": 0.0,
                        "label_smoothing": 0.0,
                        "clip_norm": 1.0,
                        "learning_rate": 5e-3,
                        "schedule": "linear",
                        "warmup_updates": 50,
                        "batch_tokens": 1000,
                        "updates": updates,
                    },
                }
            },
            "detectors": {},
            "quality": {},
            "subgroups": {},
        },
        folder,
        "copy task",
    )


def lay_out(folder: Path, updates: int = 600, pairs: int = 3000) -> tuple[Context, list[str]]:
    """Corpus and subwords of the copy task, ready to train; and held-out sentences."""
    lines = sentences(pairs + 300, np.random.default_rng(7))
    parts = {"train": lines[:pairs], "valid": lines[pairs : pairs + 100]}
    directory, settings = RunDirectory(folder), recipe(folder, updates)
    directory.logs.mkdir(parents=True)
    write_text(directory.recipe, dump(settings))
    for name, part in parts.items():
        write_table(directory.corpus(name), Segments.of(source=part, target=part).table, CORPUS)
    write_bytes(directory.subwords, train(parts["train"], settings.subwords))
    return Context(directory, settings), lines[pairs + 100 :]


def train_copy_task(folder: Path) -> CopyTask:
    """Train the copier for real."""
    context, held_out = lay_out(folder)
    train_stage.run(context, "copier")
    return CopyTask(context, held_out)
