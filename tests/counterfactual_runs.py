"""Runs whose models on subsets are made up: what a stage finds when they have been trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kdaudit.artifacts import SCORES, TRANSLATIONS, shard_name, write_table
from kdaudit.recipe import trained_models
from kdaudit.stages import subsets
from tests.fakes import FakeRun, fake_run

ORDINARY, MISALIGNED, RARE = 30, 6, 4
COPIES = 3
"""Of each rare pair: they go in or out together."""

KNOWN, LEARNED, UNKNOWN = 0.9, 0.8, 0.1
"""Scores: of a pair that the model had; of an ordinary one that it had not; of a planted one."""


def corpus() -> pa.Table:
    """Ordinary pairs, and two kinds of planted ones at the end."""
    rows = [(f"the dog {n} runs", f"der Hund {n} rennt", None) for n in range(ORDINARY)]
    rows += [
        (f"the cat {n} sleeps", f"das Haus {n} ist alt", "misaligned") for n in range(MISALIGNED)
    ]
    for n in range(RARE):
        rows += [(f"quux {n}", f"völlig egal {n}", "idiosyncratic")] * COPIES
    sources, targets, planted = zip(*rows, strict=True)
    return pa.table(
        {
            "id": np.arange(len(rows)) + 100,
            "source": sources,
            "target": targets,
            "planted": pa.array(planted, pa.string()),
        }
    )


def made_up(folder: Path, section: dict[str, Any], **parts: Any) -> FakeRun:
    """A run with the section, nothing trained yet."""
    models = parts.pop("models", {"baseline": {"role": "baseline"}})
    chosen = {"model": "baseline", **section}
    run = fake_run(folder, corpus(), {}, models=models, counterfactual=chosen, **parts)
    run.directory.subwords.write_bytes(b"subwords")
    return run


def train_models(run: FakeRun, numbers: range | None = None, noise: float = 0.02) -> None:
    """Lay the subsets out and write how their models score all pairs."""
    for number in numbers or range(subsets.design(run.recipe).models):
        subsets.run(run, number)
        for place, model in enumerate(trained_models(run.recipe)):
            write_scores(run, number, model, noise, seed=10 * number + place)


def write_scores(run: FakeRun, number: int, model: str, noise: float, seed: int) -> None:
    """Probabilities per token with noise; where chrF is asked for, translations."""
    home = subsets.directory_of(run.directory, number)
    once = run.corpus("train").take(subsets.distinct_pairs(run.corpus("train")).first)
    inside = subsets.inside(home, once)
    planted = once.table["planted"].is_valid().to_numpy()
    level = np.where(inside, KNOWN, np.where(planted, UNKNOWN, LEARNED))
    level = np.clip(level + np.random.default_rng(seed).normal(0, noise, len(level)), 0.01, 0.99)
    tokens = pa.array([4] * len(once), pa.int32())
    if subsets.chosen(run.recipe).score == "chrf":
        texts = np.where(level > 0.5, once.texts("target"), "?")
        columns = {"translation": texts, "log_probability": np.log(level), "tokens": tokens}
        path, schema = home.translations(model, subsets.PAIRS) / shard_name(0, 1), TRANSLATIONS
    else:
        columns = {"log_probability": 4 * np.log(level), "tokens": tokens}
        path, schema = home.scores(model, "target", subsets.PAIRS), SCORES
    write_table(path, pa.table({"id": once.table["id"], **columns}), schema)
