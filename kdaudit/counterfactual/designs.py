"""Which distinct pairs each model is trained on: balanced, seeded; pure.

All designs are made of rounds. A round has b models, and each pair is in the training sets
of exactly a of them, drawn at random; a / b is the share in lowest terms. So after each
round every pair has been in and out equally often, and a stopping rule may end the training
there. All training sets of a round have a size of a / b of the pairs, give or take a.

- subsets: K models, each on the share a / b (Feldman & Zhang 2020: 2,000 models at 70%;
  Dankers et al. 2023: 40 at 50%); K is a multiple of b.
- folds: a round is a partition into K folds, of which each model leaves one out, a = K - 1;
  several rounds are several partitions (van den Burg & Williams 2021: K = 10, repeated).
- held out: the first model of one round alone. Its counterpart is a model that was trained
  on everything (Dankers & Raunak 2025: 20% held out, against the teacher).
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from kdaudit.errors import InputError, RecipeError
from kdaudit.segments import BoolArray

_LARGEST = 100
"""The largest round that a share asks for by itself: 0.333 is meant to be one in three."""

_NEAR = 0.005
"""What a share may be off a ratio of whole numbers: as if it were written with two digits."""


@dataclass(frozen=True)
class Design:
    """`rounds` rounds of `size` models; `inside` of these have a given pair. `trained`: how many
    models of each round are trained; all of them but where pairs are held out of one alone."""

    rounds: int
    size: int
    inside: int
    trained: int

    @property
    def models(self) -> int:
        """How many models there are at most."""
        return self.rounds * self.trained

    @property
    def share(self) -> float:
        """The share of the pairs that each model is trained on."""
        return self.inside / self.size

    def numbers(self, round_: int) -> range:
        """The models of a round, counted from 0 over all rounds."""
        return range(round_ * self.trained, (round_ + 1) * self.trained)

    def subset(self, pairs: int, number: int, seed: int) -> BoolArray:
        """Which of the distinct pairs model `number` is trained on, (pairs,).

        Pairs in random order make blocks of `size`; in each, every model leaves out another
        window of the pairs. InputError where there are fewer pairs than models in a round.
        """
        if pairs < self.size:
            raise InputError(
                f"{pairs} distinct pairs cannot be left out in turn by {self.size} models"
            )
        round_, model = divmod(number, self.trained)
        rng = np.random.default_rng([seed, zlib.crc32(b"counterfactual"), round_])
        order = rng.permutation(pairs)
        blocks = -(-pairs // self.size)
        models = rng.permuted(np.tile(np.arange(self.size), (blocks, 1)), axis=1)
        places = np.arange(pairs)
        ranks = models[places // self.size, model]
        found = np.zeros(pairs, dtype=np.bool_)
        found[order] = (ranks - places) % self.size < self.inside
        return found


def subsets(models: int, share: float) -> Design:
    """`models` models on a share of the pairs each; RecipeError where they do not balance."""
    inside = round(models * share)
    if not 0 < inside < models or abs(share - inside / models) > _NEAR:
        size = _fraction(share).denominator
        below = max(models // size, 1) * size
        raise RecipeError(
            f"of {models} models, none but a share of whole numbers has each pair in and out "
            f"equally often: with {share:g} there can be {size}, {2 * size}, … models, such as "
            f"{below} or {below + size}"
        )
    ratio = Fraction(inside, models)
    size = ratio.denominator
    return Design(models // size, size, ratio.numerator, size)


def folds(number: int, repeats: int) -> Design:
    """`repeats` partitions into `number` folds; each model leaves one fold out."""
    if number < 2:
        raise RecipeError(f"expected 2 folds or more, got {number}")
    return Design(repeats, number, number - 1, number)


def held_out(share: float) -> Design:
    """One model that is trained on a share of the pairs."""
    ratio = _fraction(share)
    return Design(1, ratio.denominator, ratio.numerator, 1)


def _fraction(share: float) -> Fraction:
    """The share as a ratio of small numbers; RecipeError where it is that of none or of all."""
    if not 0 < share < 1:
        raise RecipeError(f"a share lies between 0 and 1, got {share:g}")
    for largest in range(2, _LARGEST + 1):
        ratio = Fraction(share).limit_denominator(largest)
        if 0 < ratio < 1 and abs(ratio - Fraction(share)) < Fraction(1, 1000):
            return ratio
    raise RecipeError(f"expected a share of 1% to 99%, got {share:g}")
