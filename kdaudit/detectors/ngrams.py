"""Character n-grams of texts by arrays: those repeated, those in common; opens no file.

Characters are compared lower-cased, without accents and control characters, with one blank
for any white space and a blank at either end of a text.

All orders come from one sort: each place of a text has a key, its text's number and then the
longest n-gram that begins there, so that equal shorter ones are neighbours, too. Where a batch
has so many different characters that a key is longer than 64 bits, an n-gram is known by 50 bits
of a hash, order by order: of two different ones of a text of 10,000 characters, some are taken
for the same with a probability of 5e-8.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from kdaudit.detectors.characters import joined, together
from kdaudit.detectors.tokenize import ALONE, BLANK, EXPANDS, Codes, folded
from kdaudit.segments import BoolArray, FloatArray, IntArray
from kdaudit.texts import TEXTS, Hashes

ROW_BITS = np.uint64(TEXTS.bit_length() - 1)
HASH_BITS = np.uint64(64) - ROW_BITS
FACTOR, MIXER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC4CEB9FE1A85EC53)

FILLERS = 2
"""Symbols that no character has: one for each side, of what a key has beyond its text's end."""


class Common(NamedTuple):
    """Of each pair of texts, (n,): how many distinct n-grams `both` have, and each of the two."""

    both: IntArray
    source: IntArray
    translation: IntArray

    def dice(self, usual: float = 0.0, weight: float = 0.0) -> FloatArray:
        """Twice those of both over the sum; as if `weight` further n-grams on either side had the
        `usual` share in common; 0 where there is none."""
        total = self.source + self.translation + 2 * weight
        found: FloatArray = 2 * (self.both + usual * weight) / np.maximum(total, 1)
        return found

    def contained(self) -> FloatArray:
        """The share of the translation's n-grams that the source has, too; 0 where it has none."""
        share: FloatArray = self.both / np.maximum(self.translation, 1)
        return share


class Compared(NamedTuple):
    """Of pairs of texts, by the order of n-grams: the shares `repeated` of source and translation,
    each (n,), and those in `common`."""

    repeated: dict[int, tuple[FloatArray, FloatArray]]
    common: dict[int, Common]


class _Cleaned(NamedTuple):
    """The characters of a batch, each text's after a blank, and one more blank; where each text's
    blank is, then where the last is."""

    codes: Codes
    bounds: IntArray

    def total(self, order: int) -> IntArray:
        """The n-grams of each text: they begin at its blank and end, at the latest, with the blank
        after it."""
        total: IntArray = np.maximum(np.diff(self.bounds) + 2 - order, 0)
        return total


def repeated(texts: pa.ChunkedArray, order: int) -> FloatArray:
    """The share of each text's n-grams that it has had before, (n,); 0 where it has none."""
    share: FloatArray = np.zeros(len(texts))
    for rows, (batch,) in together(texts):
        cleaned = _cleaned(batch)
        (counts,) = _distinct([cleaned], [order], [])[order]
        share[rows] = _share(counts, cleaned.total(order))
    return share


def common(sources: pa.ChunkedArray, translations: pa.ChunkedArray, order: int) -> Common:
    """The distinct n-grams that sources and their translations have in common."""
    return compared(sources, translations, shared=[order]).common[order]


def compared(
    sources: pa.ChunkedArray,
    translations: pa.ChunkedArray,
    *,
    own: Sequence[int] = (),
    shared: Sequence[int] = (),
) -> Compared:
    """What texts repeat, for the orders of `own`, and have in common, for those of `shared`."""
    shares = {order: np.zeros((2, len(sources))) for order in own}
    counts = {order: np.zeros((3, len(sources)), dtype=np.int64) for order in shared}
    for rows, batches in together(sources, translations):
        sides = [_cleaned(batch) for batch in batches]
        found = _distinct(sides, own, shared)
        for order in own:
            for side, cleaned in enumerate(sides):
                shares[order][side, rows] = _share(found[order][side], cleaned.total(order))
        for order in shared:
            source, translation, either = found[order]
            counts[order][:, rows] = source + translation - either, source, translation
    return Compared(
        {order: (share[0], share[1]) for order, share in shares.items()},
        {order: Common(*numbers) for order, numbers in counts.items()},
    )


def _share(distinct: IntArray, total: IntArray) -> FloatArray:
    """The share of all that are not the first of their kind."""
    share: FloatArray = np.where(total > 0, 1 - distinct / np.maximum(total, 1), 0.0)
    return share


def _cleaned(batch: pa.StringArray) -> _Cleaned:
    original, bounds = joined(batch)
    codes = folded(original)
    if codes.min(initial=0) < 0:
        codes = np.where(codes == EXPANDS, original, codes)
        gone = codes < 0
        gone[bounds] = False
        codes, bounds = _without(gone, codes, bounds)
    twice = codes == BLANK
    twice[1:] &= twice[:-1].copy()
    twice[bounds] = False
    codes, bounds = _without(twice, codes, bounds)
    return _Cleaned(codes & ~ALONE, bounds)


def _without(gone: BoolArray, codes: Codes, bounds: IntArray) -> tuple[Codes, IntArray]:
    """The characters that are left, and where the blanks, which must be, are among them."""
    places = np.flatnonzero(gone)
    if not len(places):
        return codes, bounds
    return codes[~gone], bounds - np.searchsorted(places, bounds)


def _distinct(
    sides: list[_Cleaned], own: Sequence[int], shared: Sequence[int]
) -> dict[int, list[IntArray]]:
    """By order, how many distinct n-grams each text has: of each side, and, for the orders that
    are `shared`, of both sides together at last."""
    longest, texts = max((*own, *shared)), len(sides[0].bounds) - 1
    symbols = _symbols(sides)
    bits = (max(int(side.max()) for side in symbols)).bit_length()
    if (texts - 1).bit_length() + bits * longest > 64:
        return _by_hashes(sides, own, shared)
    keys = [
        _keys(of_side, cleaned.bounds, longest, bits, filler)
        for filler, (of_side, cleaned) in enumerate(zip(symbols, sides, strict=True))
    ]
    sizes = [np.diff(cleaned.bounds) for cleaned in sides]
    found: dict[int, list[IntArray]] = {order: [] for order in (*own, *shared)}
    for orders, key, size in (
        *((found, key, [size]) for key, size in zip(keys, sizes, strict=True)),
        *([(shared, np.concatenate(keys), sizes)] if shared else []),
    ):
        key.sort()
        changes = key[1:] ^ key[:-1]
        starts = np.cumsum(sum(size)) - sum(size)
        new = np.ones(len(key), dtype=np.bool_)
        for order in orders:
            np.greater_equal(changes, np.uint64(1 << bits * (longest - order)), out=new[1:])
            cut = sum(np.minimum(max(order - 2, 0), of_side) for of_side in size)
            found[order].append(np.add.reduceat(new, starts, dtype=np.int64) - cut)
    return found


def _symbols(sides: list[_Cleaned]) -> list[Hashes]:
    """The characters of all sides, numbered from `FILLERS` up without a gap."""
    most = max(int(cleaned.codes.max()) for cleaned in sides)
    seen = np.zeros(most + 1, dtype=np.bool_)
    for cleaned in sides:
        seen[cleaned.codes] = True
    characters = np.flatnonzero(seen)
    number = np.empty(most + 1, dtype=np.uint64)  # read at these characters alone
    number[characters] = np.arange(FILLERS, FILLERS + len(characters))
    return [number[cleaned.codes] for cleaned in sides]


def _keys(symbols: Hashes, bounds: IntArray, longest: int, bits: int, filler: int) -> Hashes:
    """A key of each place but the last blank: the text's number above `longest` symbols from that
    place on, `filler` for those beyond the text's end."""
    places, sizes = len(symbols) - 1, np.diff(bounds)
    keys = np.repeat(np.arange(len(sizes), dtype=np.uint64), sizes)
    padded = np.concatenate([symbols, np.zeros(longest, dtype=np.uint64)])
    for step in range(longest):
        keys <<= np.uint64(bits)
        keys |= padded[step : step + places]
    for left in range(1, longest - 1):  # symbols from the place to the text's last blank
        at = bounds[1:][sizes >= left] - left
        beyond = longest - 1 - left
        filled = sum(filler << (bits * place) for place in range(beyond))
        shift = np.uint64(bits * beyond)
        keys[at] = (keys[at] >> shift << shift) | np.uint64(filled)
    return keys


def _by_hashes(
    sides: list[_Cleaned], own: Sequence[int], shared: Sequence[int]
) -> dict[int, list[IntArray]]:
    """As `_distinct`, for any characters."""
    found = {}
    for order in (*own, *shared):
        keys = [_hashed(cleaned, order) for cleaned in sides]
        if order in shared:
            keys.append(_unlike(np.concatenate(keys)))
        found[order] = [
            np.bincount((key >> HASH_BITS).astype(np.int64), minlength=len(sides[0].bounds) - 1)
            for key in keys
        ]
    return found


def _hashed(cleaned: _Cleaned, order: int) -> Hashes:
    """The distinct n-grams in order, the row in the bits above the hash."""
    total, bounds = cleaned.total(order), cleaned.bounds
    values = cleaned.codes.astype(np.uint64) + np.uint64(1)
    hashes = np.zeros(max(len(values) - order + 1, 0), dtype=np.uint64)
    for place in range(order):
        hashes = hashes * FACTOR + values[place : place + len(hashes)]
    hashes ^= hashes >> np.uint64(29)
    hashes *= MIXER
    row = np.repeat(np.arange(len(total)), total)
    begin = np.repeat(bounds[:-1] - (np.cumsum(total) - total), total) + np.arange(total.sum())
    return _unlike((hashes[begin] >> ROW_BITS) | (row.astype(np.uint64) << HASH_BITS))


def _unlike(keys: Hashes) -> Hashes:
    """The distinct keys in order; numpy's `unique`, which hashes, takes ten times as long."""
    keys.sort()
    new = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys[new]
