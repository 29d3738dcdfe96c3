"""Random streams and resampled sums; opens no file.

Every stream is derived from the seed and from names, never from a position, so
that another order of measures, models or subgroups gives the same numbers.
"""

from __future__ import annotations

import hashlib

import numpy as np

from kdaudit.comparison.units import Types
from kdaudit.segments import FloatArray, IntArray

BLOCKS = 10_000
"""More units than this are put together at random into this many blocks, which are resampled."""

CHUNK, DRAWS = 4_000_000, 1 << 18
"""At most this many drawn numbers are held at a time; of types so many that the cache holds."""

RARE = 8
"""Types of fewer units are resampled unit by unit."""


def stream(seed: int, *names: str) -> np.random.Generator:
    """The generator of this seed and these names, independent of all others."""
    digest = hashlib.sha256("\x1f".join(names).encode()).digest()
    key = tuple(int(word) for word in np.frombuffer(digest, dtype="<u4"))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def resampled_types(types: Types, resamples: int, rng: np.random.Generator) -> FloatArray:
    """Sums (resamples, c) of the types' columns over as many units, drawn with replacement.

    Multinomial draws cost the same for each type. The units of rare types, of which there
    may be hundreds (large groups that share a translation), are one type in them, and as
    many as it got are then drawn one by one.
    """
    rare = types.counts < RARE
    units, few = int(types.counts.sum()), int(types.counts[rare].sum())
    chances = np.append(types.counts[~rare], few) / units
    values = types.values.astype(np.float64)  # products of floats are BLAS, of integers are not
    rows = max(1, DRAWS // max(few, len(chances)))
    sums = []
    for done in range(0, resamples, rows):
        drawn = rng.multinomial(units, chances, size=min(rows, resamples - done))
        part = drawn[:, :-1].astype(np.float64) @ values[~rare]
        part += _one_by_one(types.counts[rare], drawn[:, -1], rng) @ values[rare]
        sums.append(part)
    return np.concatenate(sums)


def _one_by_one(counts: IntArray, drawn: IntArray, rng: np.random.Generator) -> FloatArray:
    """How often each type (t) comes up in each resample (r) that draws so many units."""
    of_unit = np.repeat(np.arange(len(counts)), counts)
    units = rng.integers(max(1, len(of_unit)), size=int(drawn.sum()), dtype=np.uint32)
    place = np.repeat(np.arange(len(drawn)) * len(counts), drawn) + of_unit[units]
    cells = np.bincount(place, minlength=len(drawn) * len(counts))
    return cells.reshape(len(drawn), len(counts)).astype(np.float64)


class Resamples:
    """The bootstrap of one subgroup: models with as many units are resampled together.

    `seed` and `names` say which stream; drawn weights are kept, so that all models
    and metrics of one number of units share them.
    """

    def __init__(self, seed: int, names: tuple[str, ...], resamples: int):
        self._seed, self._names, self._resamples = seed, names, resamples
        self._weights: dict[tuple[int, str], FloatArray] = {}

    def sums(self, units: FloatArray, alone: str = "") -> FloatArray:
        """Sums (resamples, k) of units (u, k) drawn with replacement.

        `alone`: a name for draws that are shared with nobody else.
        """
        if len(units) > BLOCKS:
            rng = stream(self._seed, *self._names, "blocks", str(len(units)), alone)
            block = rng.permutation(len(units)) % BLOCKS
            units = summed(units, block, BLOCKS)
        key = len(units), alone
        if key not in self._weights:
            rng = stream(self._seed, *self._names, "weights", str(len(units)), alone)
            self._weights[key] = _weights(len(units), self._resamples, rng)
        return self._weights[key] @ units


def summed(rows: FloatArray, group: IntArray, groups: int) -> FloatArray:
    """Sums (groups, k) of rows (n, k) that have the same number in `group` (n,)."""
    columns = [np.bincount(group, weights=column, minlength=groups) for column in rows.T]
    return np.stack(columns, axis=1) if columns else np.zeros((groups, 0))


def _weights(units: int, resamples: int, rng: np.random.Generator) -> FloatArray:
    """How often each unit is drawn, (resamples, units)."""
    weights = np.zeros((resamples, units))
    if not units:
        return weights
    rows = max(1, CHUNK // units)
    for start in range(0, resamples, rows):
        part = weights[start : start + rows]
        drawn = rng.integers(units, size=part.shape) + units * np.arange(len(part))[:, None]
        part[:] = np.bincount(drawn.ravel(), minlength=part.size).reshape(part.shape)
    return weights
