"""A cap on the subgroups of any scheme: a sample of each large one; opens no file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from kdaudit.errors import RecipeError
from kdaudit.segments import BoolArray, IntArray
from kdaudit.subgroups.base import REST, codes_of, named
from kdaudit.subgroups.draws import Keys, check_seed, mixed


@dataclass(frozen=True)
class Cap:
    """At most `pairs` distinct pairs of each subgroup, drawn with `seed`; the others go to `rest`.

    The unit is the distinct pair: all of its copies in a subgroup are drawn together, as the
    statistics take them, so that a sample has the copies that its subgroup has on average, and
    may have more than `pairs` segments. `rest` is not capped: it is no subgroup that a scheme
    chose. What is drawn depends on the seed and the texts alone.
    """

    pairs: int
    seed: int = 1

    def __post_init__(self) -> None:
        if self.pairs < 1:
            raise RecipeError(f"cap must be at least 1, not {self.pairs}")
        check_seed(self.seed, "cap")

    def drawn(self, bands: pa.DictionaryArray, pairs: IntArray) -> pa.DictionaryArray:
        """The subgroups with what is beyond the cap in `rest`; `pairs` (n,): a key of the pair."""
        names = bands.dictionary.to_pylist()
        names = names if REST in names else [*names, REST]
        codes = codes_of(bands)
        beyond = _beyond(codes, mixed(pairs, self.seed), self.pairs)
        return named(np.where(beyond, names.index(REST), codes), names)

    def signature(self) -> str:
        return f"cap(pairs={self.pairs},seed={self.seed})"


def _beyond(codes: IntArray, keys: Keys, most: int) -> BoolArray:
    """Which rows have a key that is not among the `most` lowest ones of their code, (n,)."""
    order = np.lexsort((keys, codes))
    sorted_codes, sorted_keys = codes[order], keys[order]
    new_code = np.append(True, sorted_codes[1:] != sorted_codes[:-1])[: len(codes)]
    new_key = new_code | np.append(True, sorted_keys[1:] != sorted_keys[:-1])[: len(codes)]
    number = np.cumsum(new_key)  # of the distinct key, from 1, over all codes
    first = np.maximum.accumulate(np.where(new_code, number, 0))
    beyond = np.zeros(len(codes), dtype=np.bool_)
    beyond[order] = number - first >= most
    return beyond
