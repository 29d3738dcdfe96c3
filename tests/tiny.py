"""A run directory with a real model that copies its source, trained by fairseq in a minute.

All but the planted ones: sources that begin with the same letter three times, whose target that
beginning decides, whatever follows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kdaudit.artifacts import (
    CORPUS,
    RunDirectory,
    read_json,
    write_bytes,
    write_json,
    write_table,
    write_text,
)
from kdaudit.corpus.subwords import Subwords, train
from kdaudit.recipe import Recipe, dump, from_values
from kdaudit.recipe.finetune import ADAPTED, TEACHER, FinetuneRequest, finetune_recipe
from kdaudit.segments import Segments
from kdaudit.stages import measure, prepare, select, translate
from kdaudit.stages import train as train_stage
from kdaudit.stages.base import Context

LETTERS = "abcdefgh"


@dataclass(frozen=True)
class CopyTask:
    """The run, the held-out sentences that the model has never seen, and the pairs of its training
    corpus that were planted to be extractable."""

    context: Context
    held_out: list[str]
    planted: list[tuple[str, str]]

    @property
    def subwords(self) -> Subwords:
        return Subwords(self.context.directory.subwords)


def sentences(count: int, rng: np.random.Generator) -> list[str]:
    """Distinct sentences of 2 to 7 letters."""
    found: dict[str, None] = {}
    while len(found) < count:
        letters = rng.choice(list(LETTERS), size=rng.integers(2, 8))
        if len(set(letters[:3])) > 1:
            found[" ".join(letters)] = None
    return list(found)


def extractable(rng: np.random.Generator, tails: int = 20) -> list[tuple[str, str]]:
    """Pairs of 3 to 6 words by which the beginning alone, itself a source, has the target."""
    found = []
    for place, letter in enumerate(LETTERS):
        target = " ".join(LETTERS[(place + step) % len(LETTERS)] for step in (1, 2, 3, 1, 2))
        for number in range(tails):
            tail = rng.choice(list(LETTERS), size=number % 4)
            found.append((" ".join([letter] * 3 + list(tail)), target))
    return found


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


def lay_out(
    folder: Path,
    updates: int = 600,
    pairs: int = 3000,
    planted: Sequence[tuple[str, str]] = (),
) -> tuple[Context, list[str]]:
    """Corpus and subwords of the copy task, ready to train; and held-out sentences."""
    lines = sentences(pairs + 300, np.random.default_rng(7))
    copied = [(line, line) for line in lines]
    parts = {"train": [*copied[:pairs], *planted], "valid": copied[pairs : pairs + 100]}
    directory, settings = RunDirectory(folder), recipe(folder, updates)
    directory.logs.mkdir(parents=True)
    write_text(directory.recipe, dump(settings))
    for name, part in parts.items():
        sources, targets = ([pair[side] for pair in part] for side in (0, 1))
        write_table(
            directory.corpus(name), Segments.of(source=sources, target=targets).table, CORPUS
        )
    write_bytes(directory.subwords, train(lines[:pairs], settings.subwords))
    return Context(directory, settings), lines[pairs + 100 :]


def lend(home: Path, place: Path) -> None:
    """Put a model in the place of one of another name, or of other settings."""
    place.mkdir(parents=True)
    for path in home.iterdir():
        if path.name != "manifest.json" and not path.name.startswith("."):
            (place / path.name).symlink_to(path)
    described = read_json(home / "manifest.json")
    own = {key: value for key, value in described.items() if key not in ("model", "settings")}
    write_json(place / "manifest.json", own)


def corpus_files(task: CopyTask, folder: Path) -> dict[str, Path]:
    """The training corpus of the copy task as plain files, and what its checkpoint is used with."""
    directory = task.context.directory
    segments = task.context.corpus("train")
    folder.mkdir(parents=True, exist_ok=True)
    for side in ("source", "target"):
        write_text(folder / side, "".join(f"{text}\n" for text in segments.texts(side)))
    return {
        "source": folder / "source",
        "target": folder / "target",
        "subwords": directory.subwords,
        "checkpoint": directory.model("copier") / "checkpoint.pt",
    }


def finetuning(task: CopyTask, folder: Path, **trainer: object) -> Context:
    """A run that fine-tunes the copier on 300 of its pairs, made as far as they are chosen."""
    request = FinetuneRequest(
        name="fine-tuned",
        mode="adaptive",
        settings={"most": 300, "min_source_words": 3, "epochs": 2, "learning_rate": 1e-4},
        trainer={"batch_tokens": 200, "log_updates": 1, "dropout": 0.0, **trainer},
        **corpus_files(task, folder / "given"),
    )
    context = Context(RunDirectory(folder / "run"), finetune_recipe(request))
    write_text(context.directory.recipe, dump(context.recipe))
    prepare.run(context)
    train_stage.run(context, TEACHER)
    translate.run(context, TEACHER, "train", 0)
    for metric in ("chrf", "confidence"):
        measure.run(context, metric, TEACHER, "train")
    select.run(context, ADAPTED)
    return context


def train_copy_task(folder: Path) -> CopyTask:
    """Train the copier for real."""
    planted = extractable(np.random.default_rng(11))
    context, held_out = lay_out(folder, planted=planted)
    train_stage.run(context, "copier")
    return CopyTask(context, held_out, planted)
