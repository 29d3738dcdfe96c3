"""The nearest other training pair by chrF, exactly; opens no file.

A text is a set of numbered n-grams ("the second `en`"), so that the matches of two texts are
the size of an intersection: clipped counts as chrF has them. Sparse matrices count them for a
block of texts against all others at once; n-grams that most texts share are counted by a dense
product. White space is left out, and precision and recall are averaged over the orders that
both texts have: sacreBLEU's sentence chrF (Popović 2015; Post 2018) with n-grams up to 6 and
beta 2.

Time grows with the square of the number of texts, at a rate of some five million pairs of
sentences a second on one core; memory with their number.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kdaudit.segments import FloatArray, IntArray, same_length

ORDERS = range(1, 7)
BETA = 2

PAIR = "pair"
"""The name of the score by all sides of a pair."""

MOST_TEXTS = 50_000
"""More texts than these are not compared with each other: it would take an hour."""

CELLS = 1 << 21
"""Pairs of texts that are compared at once."""

_DENSE = 2048
"""Numbered n-grams of an order, up to which they are multiplied as a dense matrix: most texts share
many of so few."""

Matches = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Nearest:
    """For each pair the chrF (0 to 100) of the closest other one, nan where there is none, and
    its place, -1 where there is none; the first of several that are equally close."""

    score: FloatArray
    place: IntArray


def nearest_pairs(sides: Mapping[str, Sequence[str]]) -> dict[str, Nearest]:
    """The closest other pair to each, by every side (`source` and `target`, say) and, where there
    are several, by the mean of all as `pair`.

    The highest chrF of the other's text, as the hypothesis, against this one's, as the
    reference.
    """
    rows = same_length(**sides)
    names = [*sides, PAIR] if len(sides) > 1 else list(sides)
    found = {
        name: Nearest(np.full(rows, np.nan), np.full(rows, -1, dtype=np.int64)) for name in names
    }
    if rows < 2:
        return found
    indexes = {name: _Index(texts) for name, texts in sides.items()}
    step = max(CELLS // rows, 1)
    for start in range(0, rows, step):
        own = range(start, min(start + step, rows))
        scores = {name: index.chrf(own) for name, index in indexes.items()}
        if PAIR in found:
            scores[PAIR] = np.mean(list(scores.values()), axis=0)
        for name, block in scores.items():
            _keep_best(found[name], block, own)
    return found


def _keep_best(found: Nearest, block: FloatArray, own: range) -> None:
    """The best of each row of a block that is not the row's own text."""
    rows = np.arange(len(own))
    block[rows, np.array(own)] = -1.0
    best = block.argmax(axis=1)
    found.place[own.start : own.stop] = best
    found.score[own.start : own.stop] = block[rows, best]


class _Index:
    """The numbered n-grams of all texts on one side, by order."""

    def __init__(self, texts: Sequence[str]):
        letters = ["".join(text.split()) for text in texts]
        lengths = np.array([len(text) for text in letters])
        self._orders = [_matrix(letters, order) for order in ORDERS]
        # A text of n characters has n - order + 1 n-grams.
        self._totals = [np.maximum(lengths - order + 1, 0).astype(np.float32) for order in ORDERS]

    def chrf(self, own: range) -> FloatArray:
        """The chrF (own, texts) of all texts, as hypotheses, against those of a block."""
        shape = len(own), len(self._totals[0])
        precision, recall, orders = (np.zeros(shape, dtype=np.float32) for _ in range(3))
        for matrix, totals in zip(self._orders, self._totals, strict=True):
            theirs, ours = totals[None, :], totals[own.start : own.stop, None]
            both = (theirs > 0) & (ours > 0)
            matches = _product(matrix, own)
            precision += matches / np.maximum(theirs, 1)
            recall += matches / np.maximum(ours, 1)
            orders += both
        orders = np.maximum(orders, 1)
        precision, recall = precision / orders, recall / orders
        below = BETA**2 * precision + recall
        score = (1 + BETA**2) * precision * recall / np.where(below > 0, below, 1)
        return 100.0 * score.astype(np.float64)


def _product(matrix: Any, own: range) -> Matches:
    """How many n-grams each text of a block shares with each text."""
    block = matrix[own.start : own.stop]
    found = block @ matrix.T
    return np.asarray(found if isinstance(found, np.ndarray) else found.toarray(), np.float32)


def _matrix(texts: Sequence[str], order: int) -> Any:
    """A row for each text, a column for each numbered n-gram; dense where these are few."""
    from scipy.sparse import csr_array

    numbers: dict[tuple[str, int], int] = {}
    columns: list[int] = []
    ends = [0]
    for text in texts:
        columns += (numbers.setdefault(gram, len(numbers)) for gram in _numbered(text, order))
        ends.append(len(columns))
    ones = np.ones(len(columns), dtype=np.float32)
    shape = len(texts), max(len(numbers), 1)
    found = csr_array((ones, np.array(columns, dtype=np.int32), np.array(ends)), shape=shape)
    return found.toarray() if shape[1] <= _DENSE else found


def _numbered(text: str, order: int) -> Iterator[tuple[str, int]]:
    """The n-grams of a text, each with how often it has come before."""
    seen: Counter[str] = Counter()
    for start in range(len(text) - order + 1):
        gram = text[start : start + order]
        yield gram, seen[gram]
        seen[gram] += 1
