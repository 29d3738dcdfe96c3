"""Fit the detector `text`: a logistic regression on labelled translations.

    python -m benchmarks.fit_text [CSV] [--write]

No coefficient is negative, and copies of a translation count as one, so that boilerplate that
the sample has often does not decide. Prints the coefficients, what each feature is worth, and
how well fits on parts of the sample do on the other part; `--write` writes
`kdaudit/detectors/text.json`.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from benchmarks.labelled import ANY, LABELS, Labelled, auroc, cross_validated, read, skipped
from kdaudit.detectors.text import FEATURES, features
from kdaudit.segments import BoolArray, FloatArray

PENALTY = 1.0
"""Of half the squared coefficients of standardized features (an L2 penalty)."""

SEEDS = 5
OUTPUT = Path(__file__).parents[1] / "kdaudit/detectors/text.json"


def fit(columns: FloatArray, labels: BoolArray, weights: FloatArray) -> tuple[FloatArray, float]:
    """Coefficients (0 or more) and intercept of a weighted logistic regression."""
    from scipy.optimize import minimize

    scale = columns.std(axis=0)
    scale[scale == 0] = 1
    scaled = columns / scale

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        logit = scaled @ point[1:] + point[0]
        costs = weights * (np.logaddexp(0, logit) - labels * logit)
        errors = weights * (1 / (1 + np.exp(-logit)) - labels)
        gradient = np.concatenate([[errors.sum()], scaled.T @ errors + PENALTY * point[1:]])
        return float(costs.sum() + PENALTY * (point[1:] ** 2).sum() / 2), gradient

    bounds = [(None, None)] + [(0, None)] * columns.shape[1]
    found = minimize(loss, np.zeros(columns.shape[1] + 1), jac=True, bounds=bounds)
    assert found.success, found.message
    return found.x[1:] / scale, float(found.x[0])


def fitting(
    columns: FloatArray, labelled: Labelled
) -> Callable[[BoolArray], Callable[[BoolArray], FloatArray]]:
    """For `cross_validated`: a fit on some rows, that scores others."""
    weights = 1 / np.bincount(labelled.group)[labelled.group]

    def fitted(rows: BoolArray) -> Callable[[BoolArray], FloatArray]:
        found, intercept = fit(columns[rows], labelled.labels[ANY][rows], weights[rows])
        return lambda others: 1 / (1 + np.exp(-(columns[others] @ found + intercept)))

    return fitted


def cross_validated_auroc(columns: FloatArray, labelled: Labelled) -> float:
    """The mean over `SEEDS` ways of making folds."""
    fitted = fitting(columns, labelled)
    scores = (cross_validated(labelled.group, fitted, seed) for seed in range(SEEDS))
    return float(np.mean([auroc(labelled.labels[ANY], score) for score in scores]))


def report(labelled: Labelled, found: Mapping[str, FloatArray]) -> str:
    """Markdown: each feature's worth, and fits on one part of the sample scored on the other."""
    columns = np.array([found[name] for name in FEATURES]).T
    whole = cross_validated_auroc(columns, labelled)
    everything = np.ones(len(columns), dtype=np.bool_)
    weights = 1 / np.bincount(labelled.group)[labelled.group]
    values, intercept = fit(columns, labelled.labels[ANY], weights)
    lines = [
        f"AUROC for any hallucination, cross-validated: {whole:.3f}; intercept {intercept:.3f}",
        "",
        "| feature | coefficient | AUROC alone | without it |",
        "| --- | --- | --- | --- |",
    ]
    for place, name in enumerate(FEATURES):
        alone = auroc(labelled.labels[ANY], columns[:, place])
        rest = cross_validated_auroc(np.delete(columns, place, axis=1), labelled)
        lines.append(f"| {name} | {values[place]:.2f} | {alone:.3f} | {rest:.3f} |")
    lines += [
        "",
        "| fitted on | scored on | AUROC | by the fit on all |",
        "| --- | --- | --- | --- |",
    ]
    on_all = fitting(columns, labelled)(everything)(everything)
    for name, rows in halves(labelled).items():
        scores = fitting(columns, labelled)(rows)(~rows)
        labels = labelled.labels[ANY][~rows]
        both = auroc(labels, scores), auroc(labels, on_all[~rows])
        lines.append(f"| {name} | the others | {both[0]:.3f} | {both[1]:.3f} |")
    return "\n".join(lines)


def halves(labelled: Labelled) -> dict[str, BoolArray]:
    """Parts of the sample that differ from the rest in kind."""
    texts = labelled.segments.texts("source")
    length = np.array([len(text) for text in texts])
    alone = np.bincount(labelled.group)[labelled.group] == 1
    oscillates = labelled.labels["oscillatory"]
    detached = labelled.labels["strongly detached"] | labelled.labels["fully detached"]
    odd = np.arange(len(texts)) % 2 == 1
    return {
        "short sources": length < np.median(length),
        "long sources": length >= np.median(length),
        "oscillatory ones, and half of the rest": oscillates | (~detached & odd),
        "detached ones, and half of the rest": (detached & ~oscillates) | (~detached & odd),
        "translations that occur once": alone,
    }


def main(arguments: list[str]) -> None:
    """Fit, report, and write where asked to."""
    paths = [Path(one) for one in arguments if not one.startswith("--")]
    path = paths[0] if paths else LABELS
    if skipped(path):
        return
    labelled = read(path)
    found = features(labelled.segments)
    print(report(labelled, found))
    if "--write" in arguments:
        columns = np.array([found[name] for name in FEATURES]).T
        weights = 1 / np.bincount(labelled.group)[labelled.group]
        values, intercept = fit(columns, labelled.labels[ANY], weights)
        rounded = {name: round(float(v), 4) for name, v in zip(FEATURES, values, strict=True)}
        fitted = {"intercept": round(intercept, 4), "weights": rounded}
        digest = hashlib.sha256(json.dumps(fitted, sort_keys=True).encode()).hexdigest()[:8]
        about = {"name": digest, "fitted_on": path.name, "made_by": "benchmarks/fit_text.py"}
        OUTPUT.write_text(json.dumps({**about, **fitted}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
