"""Choose the threshold of the detector `natural` on one run, report it on another.

    python -m benchmarks.natural_gate runs/demo runs/demo-seed2

The gate is sentence chrF of a source with its translation's back-translation. What
it must let through are faithful translations, what it must stop is boilerplate. So
the positives are the distinct planted boilerplate pairs that a model reproduced, the
negatives the distinct original pairs that it replicated. The threshold is the greatest
whole number below which at most 5% of the negatives of the first run lie, all models
together: where the best separation lies changes with the reverse model, the negatives
hardly do, and a faithful translation below the gate is flagged only where several
sources share it. The second run, of another seed, has had no part in it. Reads two
run directories, writes to standard output.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from kdaudit.artifacts import RunDirectory
from kdaudit.recipe import TRAIN, load_stored
from kdaudit.stages.base import Context
from kdaudit.stages.measure import BACK_TRANSLATION

REFUSED = 0.05
"""The share of faithful translations that the gate may stop."""

Scores = dict[str, tuple[np.ndarray, np.ndarray]]


def gate_scores(path: Path) -> Scores:
    """For each model, the gate's scores of reproduced boilerplate and of replicated originals."""
    directory = RunDirectory(path)
    context = Context(directory, load_stored(directory.recipe))
    return {model: _of_model(context, model) for model in context.recipe.audited_models}


def _of_model(context: Context, model: str) -> tuple[np.ndarray, np.ndarray]:
    segments = context.with_quality(
        context.translated(model, TRAIN), BACK_TRANSLATION, model, TRAIN
    )
    rows = segments.table.select(["source", "target", "translation", "planted"]).to_pylist()
    scores = segments.numbers(f"quality.{BACK_TRANSLATION}")
    found: dict[str | None, dict[str, float]] = {None: {}, "boilerplate": {}}
    for row, score in zip(rows, scores, strict=True):
        if row["planted"] in found and row["translation"].strip() == row["target"].strip():
            found[row["planted"]][row["source"]] = score
    return np.array(list(found["boilerplate"].values())), np.array(list(found[None].values()))


def chosen_threshold(scores: Scores) -> int:
    """The greatest whole number below which at most `REFUSED` of the faithful ones lie."""
    negatives = np.concatenate([originals for _, originals in scores.values()])
    return int(np.floor(np.quantile(negatives, REFUSED, method="higher")))


def main(chosen_on: str, reported_on: str) -> None:
    """Print the threshold and what it does on both runs."""
    first, second = gate_scores(Path(chosen_on)), gate_scores(Path(reported_on))
    threshold = chosen_threshold(first)
    print(f"Threshold chosen on `{Path(chosen_on).name}`: {threshold}\n")
    print("| run | model | boilerplate below | faithful translations below |")
    print("| --- | --- | --- | --- |")
    for name, scores in ((chosen_on, first), (reported_on, second)):
        for model, (boilerplate, originals) in scores.items():
            cells = [_share(boilerplate, threshold), _share(originals, threshold)]
            print(f"| {Path(name).name} | {model} | {cells[0]} | {cells[1]} |")


def _share(values: np.ndarray, threshold: int) -> str:
    below = int((values < threshold).sum())
    share = f" ({100 * below / len(values):.1f}%)" if len(values) else ""
    return f"{below} of {len(values)}{share}"


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
