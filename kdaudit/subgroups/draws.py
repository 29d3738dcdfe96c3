"""Seeded draws that do not depend on the order of the rows; opens no file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kdaudit.errors import RecipeError
from kdaudit.segments import BoolArray, IntArray

Keys = npt.NDArray[np.uint64]

LARGEST_SEED = 2**63 - 1


def check_seed(seed: int, what: str) -> None:
    """RecipeError for a seed that cannot be mixed."""
    if not 0 <= seed <= LARGEST_SEED:
        raise RecipeError(f"{what}: seed must be from 0 to 2**63 - 1, not {seed}")


def mixed(numbers: IntArray, seed: int) -> Keys:
    """Pseudo-random numbers, a different one for each number (splitmix64, Steele et al. 2014).

    The seed is mixed first, so that neighbouring seeds draw unlike samples.
    """
    start = _splitmix(np.array([seed], dtype=np.uint64))
    return _splitmix(numbers.astype(np.uint64) ^ start)


def lowest(keys: npt.NDArray[np.generic], count: int) -> BoolArray:
    """Which rows have the `count` lowest of distinct keys, (n,); all, where there are no more."""
    chosen = np.zeros(len(keys), dtype=np.bool_)
    chosen[slice(None) if count >= len(keys) else np.argpartition(keys, count)[:count]] = True
    return chosen


def _splitmix(state: Keys) -> Keys:
    """One output of splitmix64 for each state: a bijection, so unlike states never collide."""
    z = state + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
