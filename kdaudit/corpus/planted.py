"""Planted cases, the ground truth of the detectors, in any corpus; opens no file.

Kinds, as the column `planted` names them:

- `idiosyncratic`: new rare pairs, each repeated a known number of times; added at the end
- `misaligned`: a target that belongs to another source
- `boilerplate`: one target for many sources
- `oscillating`: a target that repeats its first two words over and over
- `copy`: the source as the target

All but the first take rows of the corpus and replace their targets. Noise in
real corpora is systematic, and a small model reproduces only what is: the sources
of one boilerplate, and of `cluster` oscillating rows or copies, share a word, one
of the rarest that occurs often enough.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.corpus.dice import Dice
from kdaudit.corpus.idiosyncratic import Accepts, idiosyncratic_pairs
from kdaudit.corpus.phrasebook import PHRASEBOOKS
from kdaudit.corpus.pool import Fits, Pool, any_pair, joined, units
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments

KINDS = ("idiosyncratic", "misaligned", "boilerplate", "oscillating", "copy")

# The published rule: more than 10 times, over 4 more than in the source, source below 50 tokens.
_MIN_OSCILLATION, _MIN_EXCESS, _MAX_SOURCE_TOKENS = 11, 5, 49
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]|_")


@dataclass(frozen=True)
class Planting:
    """How much is planted; 0 plants none of a kind.

    `idiosyncratic`: pairs for each number in `repetitions`. `misaligned`,
    `oscillating`, `copies`: rows. `boilerplate`: templates, each with
    `boilerplate_sources` rows. `oscillation`: how often the two words are
    repeated. `cluster`: rows whose sources share a word; 1 for independent rows.
    `seed`: of the choice of rows and texts; the run's where it is None.
    """

    idiosyncratic: int = 12
    repetitions: tuple[int, ...] = (1, 2, 4, 8, 16)
    misaligned: int = 100
    boilerplate: int = 3
    boilerplate_sources: int = 25
    oscillating: int = 40
    oscillation: int = 12
    copies: int = 40
    cluster: int = 20
    seed: int | None = None

    def __post_init__(self) -> None:
        for name in ("idiosyncratic", "misaligned", "boilerplate", "oscillating", "copies"):
            _require(getattr(self, name) >= 0, f"{name} is 0 or more")
        _require(self.misaligned != 1, "misaligned is 0, or 2 and more: targets change places")
        _require(all(number >= 1 for number in self.repetitions), "repetitions are 1 or more")
        distinct = len(set(self.repetitions)) == len(self.repetitions)
        _require(distinct, "repetitions are all different")
        _require(self.boilerplate_sources >= 2, "boilerplate_sources is 2 or more")
        _require(self.oscillation >= _MIN_OSCILLATION, f"oscillation is {_MIN_OSCILLATION} or more")
        _require(self.cluster >= 1, "cluster is 1 or more")
        _require(self.seed is None or self.seed >= 0, "seed is 0 or more")


def plant(
    train: Segments,
    settings: Planting,
    rng: np.random.Generator,
    accepts: Accepts,
    *,
    languages: tuple[str, str] = ("en", "de"),
) -> Segments:
    """`train` with planted cases; the same rows in the same order, then the added ones.

    `accepts` says whether the extractive filter takes a pair, lengths and language
    identification included; `languages` are those of source and target. Columns
    written: `planted` (the kind, null for original rows), `provenance`
    (`planted`; original rows keep theirs, `original` by default),
    `original_target` (null where nothing was replaced), `repetitions` (int32: how
    often the planted pair was put in, null for original rows). Other attributes
    stay, and are null in added rows. Added rows get the ids after the greatest one.
    Raises RecipeError where the corpus is too small for what is asked, or has planted
    cases already.
    """
    if "planted" in train and train.table["planted"].null_count < len(train):
        raise RecipeError("planting: the corpus has planted cases already")
    dice = Dice(rng)
    pool = Pool(train, languages[0], dice)
    cases = _Replaced(pool, settings, languages).all()
    whole = _with_replaced(train, cases)
    pairs = settings.idiosyncratic * len(settings.repetitions)
    found = idiosyncratic_pairs(pairs, train, pool, dice, accepts, languages)
    return _with_added(whole, [*_repeated(list(found), settings)])


@dataclass(frozen=True)
class _Case:
    row: int
    kind: str
    target: str


@dataclass(frozen=True)
class _Replaced:
    """The kinds that replace targets: each method yields its cases."""

    pool: Pool
    settings: Planting
    languages: tuple[str, str]

    def all(self) -> list[_Case]:
        return [*self.boilerplate(), *self.oscillating(), *self.copies(), *self.misaligned()]

    def boilerplate(self) -> Iterator[_Case]:
        for template in self._templates():

            def fits(source: str, target: str, template: str = template) -> bool:
                return target != template

            rows = self.pool.cluster(self.settings.boilerplate_sources, "boilerplate", fits)
            yield from (self._case(position, "boilerplate", template) for position in rows)

    def _templates(self) -> list[str]:
        """Our own sentences; in other languages than ours, targets of the corpus."""
        count, book = self.settings.boilerplate, PHRASEBOOKS.get(self.languages[1])
        known = book.boilerplate if book else [self.pool.targets[row] for row in self.pool.usable]
        if count > len(known):
            raise RecipeError(f"planting boilerplate: {count} templates of {len(known)}")
        return self.pool.dice.some(known, count)

    def oscillating(self) -> Iterator[_Case]:
        for position in self._clustered(self.settings.oscillating, "oscillating", self._loops):
            source, target = self.pool.sources[position], self.pool.targets[position]
            words = self._spoken(target)[:2]
            times = max(self.settings.oscillation, _top_bigram(source) + _MIN_EXCESS)
            looped = joined((words * 2)[:2] * times, self.languages[1])
            yield self._case(position, "oscillating", looped)

    def copies(self) -> Iterator[_Case]:
        for position in self._clustered(self.settings.copies, "copies"):
            yield self._case(position, "copy", self.pool.sources[position])

    def misaligned(self) -> Iterator[_Case]:
        """Neighbours in the order of length change places, in twos and at the end in threes."""
        rows = self.pool.take(self.settings.misaligned, "misaligned")
        targets = self.pool.targets
        rows.sort(key=lambda position: (len(units(targets[position], self.languages[1])), position))
        starts = range(0, len(rows) - 1, 2)
        for start in starts:
            block = rows[start:] if start == starts[-1] else rows[start : start + 2]
            for position, other in zip(block, [*block[1:], block[0]], strict=True):
                yield self._case(position, "misaligned", targets[other])

    def _clustered(self, count: int, what: str, fits: Fits = any_pair) -> list[int]:
        """`count` positions in clusters, the last one smaller; a cluster of one shares nothing."""
        size = self.settings.cluster
        positions: list[int] = []
        if size == 1:
            return self.pool.take(count, what, fits)
        while len(positions) < count:
            positions += self.pool.cluster(min(size, count - len(positions)), what, fits)
        return positions

    def _loops(self, source: str, target: str) -> bool:
        return len(_TOKEN.findall(source)) <= _MAX_SOURCE_TOKENS and bool(self._spoken(target))

    def _spoken(self, text: str) -> list[str]:
        return [word for word in units(text, self.languages[1]) if any(map(str.isalnum, word))]

    def _case(self, position: int, kind: str, target: str) -> _Case:
        return _Case(int(self.pool.rows[position]), kind, target)


def _top_bigram(text: str) -> int:
    tokens = _TOKEN.findall(text.lower())
    return max(Counter(pairwise(tokens)).values(), default=0)


def _repeated(pairs: list[tuple[str, str]], settings: Planting) -> Iterator[tuple[str, str, int]]:
    """Each pair as often as its place says: the first ones once, and so on."""
    for number, (source, target) in enumerate(pairs):
        times = settings.repetitions[number // settings.idiosyncratic]
        yield from [(source, target, times)] * times


def _with_replaced(train: Segments, cases: list[_Case]) -> Segments:
    cases = sorted(cases, key=lambda case: case.row)
    rows = np.array([case.row for case in cases], dtype=np.int64)
    mask = np.zeros(len(train), dtype=bool)
    mask[rows] = True

    def filled(values: Any, kind: pa.DataType, rest: pa.Array | None = None) -> pa.ChunkedArray:
        """`values` in the rows of the cases, and `rest` or null in the others."""
        rest = pa.nulls(len(train), kind) if rest is None else rest
        return pc.replace_with_mask(rest, pa.array(mask), pa.array(values, kind))

    targets, string = train.table["target"], pa.string()
    columns = {
        "target": filled([case.target for case in cases], string, targets.cast(string)),
        "planted": filled([case.kind for case in cases], string),
        "original_target": filled(targets.take(rows).to_pylist(), string),
        "repetitions": filled([1] * len(cases), pa.int32()),
    }
    return _labelled(train.table, columns)


def _with_added(train: Segments, added: list[tuple[str, str, int]]) -> Segments:
    first, count = int(train.ids.max(initial=-1)) + 1, len(added)
    sources, targets, times = zip(*added, strict=True) if added else ((), (), ())
    base = {"id": pa.array(range(first, first + count), pa.int64())}
    base |= {"source": pa.array(sources, pa.string())}
    columns = {
        "target": pa.array(targets, pa.string()),
        "planted": pa.array(["idiosyncratic"] * count, pa.string()),
        "original_target": pa.nulls(count, pa.string()),
        "repetitions": pa.array(times, pa.int32()),
    }
    new = _labelled(pa.table(base), columns).table
    return Segments(pa.concat_tables([train.table, new], promote_options="default"))


def _labelled(table: pa.Table, columns: dict[str, Any]) -> Segments:
    """The table with the columns of planted cases: id, source and target first, new ones last."""
    before = table["provenance"] if "provenance" in table.column_names else "original"
    provenance = pc.if_else(pc.is_valid(columns["planted"]), "planted", before)
    columns = columns | {"provenance": provenance}
    kept = {name: table[name] for name in table.column_names if name not in columns}
    first = {name: kept.pop(name) for name in ("id", "source")}
    return Segments(pa.table({**first, "target": columns.pop("target"), **kept, **columns}))


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise RecipeError(f"planting: {message}")
