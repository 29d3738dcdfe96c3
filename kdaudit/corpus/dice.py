"""Draws that are the same on every machine and with every version of NumPy; opens no file.

NumPy keeps the raw stream of its bit generators for ever, but may change the
methods of `Generator`. The embedded corpus and the planted cases have to be the
same everywhere, so they draw from the raw stream.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")
_BLOCK = 4096


class Dice:
    """Draws out of the raw 64-bit stream of `rng`, which `numpy.random.default_rng` made."""

    def __init__(self, rng: np.random.Generator):
        assert isinstance(rng.bit_generator, np.random.PCG64), "the raw words must have 64 bits"
        self._bits = rng.bit_generator
        self._words: Iterator[int] = iter(())

    def below(self, bound: int) -> int:
        """A number from 0 to bound - 1; the upper 32 bits make the bias less than bound / 2**32."""
        word = next(self._words, None)
        if word is None:
            self._words = iter(self._bits.random_raw(_BLOCK).tolist())
            word = next(self._words)
        return (word >> 32) * bound >> 32

    def chance(self, percent: int) -> bool:
        """True in `percent` of 100 draws."""
        return self.below(100) < percent

    def one(self, options: Sequence[T]) -> T:
        """One of `options`, all equally likely."""
        return options[self.below(len(options))]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """`count` different members of `options`, in random order (Floyd's algorithm, shuffled)."""
        assert count <= len(options)
        chosen: dict[int, None] = {}
        for last in range(len(options) - count, len(options)):
            draw = self.below(last + 1)
            chosen[last if draw in chosen else draw] = None
        order = list(chosen)
        for end in range(len(order) - 1, 0, -1):
            other = self.below(end + 1)
            order[end], order[other] = order[other], order[end]
        return [options[position] for position in order]
