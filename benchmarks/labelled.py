"""Labelled translations: reading them, and how well scores and flags agree with people.

Reads a CSV of the columns of Guerreiro et al. 2023 (`src`, `mt`, `repetitions`,
`strong-unsupport`, `full-unsupport`); writes nothing. Intervals are of 95%, from resampling
translations: copies of one are drawn together.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from kdaudit.detectors.language import identify
from kdaudit.segments import BoolArray, FloatArray, IntArray, Segments

LABELS = Path(
    os.environ.get("KDAUDIT_LABELS")
    or Path(os.environ.get("KDAUDIT_SHARED", Path(__file__).parents[2] / "shared"))
    / "data/hallucination/guerreiro2022.csv"
)
"""Where the labels are unless a path is given."""

TEXTS = ("src", "mt")
KINDS = {
    "oscillatory": "repetitions",
    "strongly detached": "strong-unsupport",
    "fully detached": "full-unsupport",
}
ANY = "any"

RESAMPLES, FOLDS = 500, 5


@dataclass(frozen=True)
class Labelled:
    """Translations and what people call them. `labels`: by kind, (n,). `group` (n,): a number for
    each distinct translation."""

    segments: Segments
    labels: dict[str, BoolArray]
    group: IntArray
    languages: tuple[str, str]


def read(path: Path) -> Labelled:
    """Read a CSV; ValueError where a column is missing or a label is no 0 or 1."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    lacking = [name for name in (*TEXTS, *KINDS.values()) if not rows or name not in rows[0]]
    if lacking:
        raise ValueError(f"{path}: no rows, or no column '{lacking[0]}'")
    labels = {kind: _label(rows, column, path) for kind, column in KINDS.items()}
    labels[ANY] = np.logical_or.reduce(list(labels.values()))
    source, translation = ([row[name] for row in rows] for name in TEXTS)
    _, group = np.unique([text.strip() for text in translation], return_inverse=True)
    segments = Segments.of(source=source, translation=translation)
    return Labelled(segments, labels, group, (_language(source), _language(translation)))


def _label(rows: list[dict[str, str]], column: str, path: Path) -> BoolArray:
    values = []
    for number, row in enumerate(rows, start=2):
        if row[column] not in ("0", "1", "0.0", "1.0"):
            raise ValueError(f"{path}: row {number}: '{column}' is '{row[column]}', not 0 or 1")
        values.append(float(row[column]) == 1)
    return np.array(values, dtype=np.bool_)


def _language(texts: list[str]) -> str:
    found = [language for language in identify(texts) if language]
    return max(set(found), key=found.count)


def auroc(labels: BoolArray, scores: FloatArray, weights: FloatArray | None = None) -> float:
    """The probability that a labelled row has the higher score, equal scores counting half."""
    ones = np.ones(len(labels)) if weights is None else weights
    positive, negative = _cumulated(labels, scores, ones)
    if positive[-1] == 0 or negative[-1] == 0:
        return float("nan")
    return float(np.trapezoid(positive, negative) / (positive[-1] * negative[-1]))


def at_recall(
    labels: BoolArray, scores: FloatArray, recall: float, weights: FloatArray | None = None
) -> tuple[float, float]:
    """Precision and false-positive rate of the highest threshold with at least that recall."""
    ones = np.ones(len(labels)) if weights is None else weights
    positive, negative = _cumulated(labels, scores, ones)
    if positive[-1] == 0 or negative[-1] == 0:
        return float("nan"), float("nan")
    place = int(np.searchsorted(positive, recall * positive[-1] - 1e-9))
    found = positive[place] / (positive[place] + negative[place])
    return float(found), float(negative[place] / negative[-1])


def _cumulated(
    labels: BoolArray, scores: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Labelled and other rows at or above each distinct score, the highest first, after a 0."""
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    last = np.append(ranked[1:] != ranked[:-1], True)
    sums = (np.cumsum((weights * mask)[order])[last] for mask in (labels, ~labels))
    positive, negative = (np.concatenate([[0.0], one]) for one in sums)
    return positive, negative


def of_flags(labels: BoolArray, flags: BoolArray, weights: FloatArray) -> tuple[float, float]:
    """Precision and recall; nan where there is no flag or no label."""
    hits = float(weights[labels & flags].sum())
    with np.errstate(invalid="ignore"):
        precision, recall = hits / weights[flags].sum(), hits / weights[labels].sum()
    return float(precision), float(recall)


def resampled(group: IntArray, seed: int = 1) -> list[FloatArray]:
    """Weights of the rows in each resample of the groups."""
    rng, number = np.random.default_rng(seed), int(group.max()) + 1
    draws = (
        np.bincount(rng.integers(number, size=number), minlength=number) for _ in range(RESAMPLES)
    )
    return [draw[group].astype(np.float64) for draw in draws]


def folds(group: IntArray, seed: int, number: int = FOLDS) -> Iterator[BoolArray]:
    """Masks of the rows that are held out in turn; a translation is held out as a whole."""
    fold = np.random.default_rng(seed).permutation(int(group.max()) + 1) % number
    return (fold[group] == held_out for held_out in range(number))


def cross_validated(
    group: IntArray, fitted: Callable[[BoolArray], Callable[[BoolArray], Any]], seed: int
) -> npt.NDArray[Any]:
    """What a fit on the other folds says of each row: `fitted(rows)` gives a function of rows."""
    answers: npt.NDArray[Any] = np.zeros(len(group))
    for held_out in folds(group, seed):
        answers[held_out] = fitted(~held_out)(held_out)
    return answers


def skipped(path: Path) -> bool:
    """Say on standard error why there is nothing to do, where there are no labels."""
    if path.is_file():
        return False
    print(f"skipped: no labelled translations at {path} (--labels CSV)", file=sys.stderr)
    return True
