"""The rows of a corpus out of which planted cases are made; opens no file."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import pyarrow as pa

from kdaudit.corpus.dice import Dice
from kdaudit.errors import RecipeError
from kdaudit.segments import BoolArray, IntArray, Segments

_SAMPLE = 200_000  # rows that are looked at: enough to plant in, whatever the corpus's size
_RAREST = 20  # words out of which the one that a cluster shares is drawn
_MIN_SOURCE_UNITS = 4  # as in the filter of extractive memorization
_BY_CHARACTERS = {"zh", "ja", "ko", "th"}

Fits = Callable[[str, str], bool]


def any_pair(source: str, target: str) -> bool:
    """What fits where there is no condition."""
    return True


def units(text: str, language: str) -> list[str]:
    """Words, or characters in languages that the field counts by characters."""
    return list(text.strip()) if language in _BY_CHARACTERS else text.split()


def joined(pieces: list[str], language: str) -> str:
    """The text whose `units` these are."""
    return ("" if language in _BY_CHARACTERS else " ").join(pieces)


class Pool:
    """Rows of `train` whose source and target occur once, in an order drawn with `dice`.

    Every row is handed out once. Sources shorter than four words and rows
    whose target is empty or equals the source are left out.
    """

    def __init__(self, train: Segments, source_language: str, dice: Dice):
        self.dice, self.language = dice, source_language
        once = _occurs_once(train.table["source"]) & _occurs_once(train.table["target"])
        candidates: IntArray = np.flatnonzero(once)
        drawn = dice.some(range(len(candidates)), min(_SAMPLE, len(candidates)))
        self.rows: IntArray = candidates[np.asarray(drawn, dtype=np.int64)]
        sample = train.take(self.rows)
        self.sources, self.targets = sample.texts("source"), sample.texts("target")
        self.usable = [place for place in range(len(self.rows)) if self._is_usable(place)]
        self._free = dict.fromkeys(self.usable)

    def _is_usable(self, position: int) -> bool:
        source, target = self.sources[position].strip(), self.targets[position].strip()
        long_enough = len(units(source, self.language)) >= _MIN_SOURCE_UNITS
        return long_enough and bool(target) and source != target

    def take(self, count: int, what: str, fits: Fits = any_pair) -> list[int]:
        """Positions of `count` rows that fit; RecipeError where there are too few."""
        found: list[int] = []
        for position in self._free:
            if len(found) == count:
                break
            if fits(self.sources[position], self.targets[position]):
                found.append(position)
        if len(found) < count:
            raise RecipeError(f"planting {what}: {count} rows asked for, {len(found)} are suitable")
        return self._taken(found)

    def cluster(self, count: int, what: str, fits: Fits = any_pair) -> list[int]:
        """Positions of `count` rows whose sources share a word, one of the rarest that will do."""
        choices: list[list[int]] = []
        for positions in self._by_word:
            if len(positions) >= count:
                free = [position for position in positions if position in self._free]
                fitting = [p for p in free if fits(self.sources[p], self.targets[p])]
                choices += [fitting] if len(fitting) >= count else []
            if len(choices) == _RAREST:
                break
        if not choices:
            raise RecipeError(f"planting {what}: no word is shared by {count} suitable sources")
        return self._taken(self.dice.one(choices)[:count])

    def any_row(self) -> int:
        """The position of any usable row, also of one that has been handed out."""
        if not self.usable:
            raise RecipeError("planting: the corpus has no usable row to take text from")
        return self.dice.one(self.usable)

    @cached_property
    def rare_words(self) -> list[str]:
        """The thousand source words that occur in the fewest rows, ordered by their text."""
        counted: dict[str, int] = {}
        for source in self.sources:
            for word in set(self._words(source)):
                counted[word] = counted.get(word, 0) + 1
        rarest = sorted(counted, key=lambda word: (counted[word], word))
        return sorted(rarest[:1000])

    @cached_property
    def _by_word(self) -> list[list[int]]:
        """Positions of the rows with each source word, the rarest word first."""
        found: dict[str, list[int]] = {}
        for position in self._free:
            for word in sorted(set(self._words(self.sources[position]))):
                found.setdefault(word, []).append(position)
        return [found[word] for word in sorted(found, key=lambda word: (len(found[word]), word))]

    def _words(self, source: str) -> list[str]:
        """Words with letters or digits, without punctuation around them."""
        stripped = (
            "".join(character for character in word if character.isalnum() or character in ":-'")
            for word in units(source, self.language)
        )
        return [word for word in stripped if any(map(str.isalnum, word))]

    def _taken(self, positions: list[int]) -> list[int]:
        for position in positions:
            del self._free[position]
        return positions


def _occurs_once(column: pa.ChunkedArray) -> BoolArray:
    """Which values of a string column no other row has."""
    encoded = column.dictionary_encode().unify_dictionaries()
    codes = np.concatenate([np.empty(0, np.int64), *(chunk.indices for chunk in encoded.chunks)])
    codes = codes.astype(np.int64)
    once: BoolArray = np.bincount(codes)[codes] == 1
    return once
