"""Characters of texts by arrays: n-grams, lengths, scripts; opens no file.

Characters are compared lower-cased, without accents and control characters, with one blank
for any white space and a blank at either end of a text. An n-gram is known by 50 bits of a
hash: of two different ones of a text of 10,000 characters, some are taken for the same with a
probability of 5e-8.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.detectors.tokenize import ALONE, BLANK, EXPANDS, Codes, codes_of, folded
from kdaudit.segments import BoolArray, FloatArray, IntArray
from kdaudit.texts import BYTES, TEXTS, Hashes, filled, stripped

ROW_BITS = np.uint64(TEXTS.bit_length() - 1)
HASH_BITS = np.uint64(64) - ROW_BITS
FACTOR, MIXER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC4CEB9FE1A85EC53)

WIDE = 3
"""A wide character (ideographs, kana, Hangul) counts as so many: about as many letters of an
alphabet say the same."""


class Letters(NamedTuple):
    """Of each text, (n,): its `width`, the characters that are neither white space nor control
    characters nor accents of their own, wide ones `WIDE` times; the number of its `letters`; and
    a number for the `script` of most of them, 0 where there is no letter."""

    width: IntArray
    letters: IntArray
    script: IntArray


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


def both_filled(sources: pa.ChunkedArray, translations: pa.ChunkedArray) -> BoolArray:
    """The rows in which neither text is blank."""
    return filled(stripped(sources)) & filled(stripped(translations))


def repeated(texts: pa.ChunkedArray, order: int) -> FloatArray:
    """The share of each text's n-grams that it has had before, (n,); 0 where it has none."""
    share: FloatArray = np.zeros(len(texts))
    for rows, (batch,) in _together(texts):
        keys, total = _grams(batch, order)
        share[rows] = 1 - _by_row(keys, len(batch)) / np.maximum(total, 1)
        share[rows][total == 0] = 0
    return share


def common(sources: pa.ChunkedArray, translations: pa.ChunkedArray, order: int) -> Common:
    """The distinct n-grams that sources and their translations have in common."""
    counts = np.zeros((3, len(sources)), dtype=np.int64)
    for rows, batches in _together(sources, translations):
        ours, theirs = (_grams(batch, order)[0] for batch in batches)
        both = np.intersect1d(ours, theirs, assume_unique=True)
        counts[:, rows] = [_by_row(keys, len(batches[0])) for keys in (both, ours, theirs)]
    return Common(*counts)


def letters(texts: pa.ChunkedArray) -> Letters:
    """Lengths and scripts."""
    found = np.zeros((3, len(texts)), dtype=np.int64)
    for rows, (batch,) in _together(texts):
        codes, bounds = _joined(batch)
        script, width = _kinds(codes[:-1])
        row = np.repeat(np.arange(len(batch)), np.diff(bounds))
        found[0, rows] = np.bincount(row, width, len(batch))
        known, place = np.unique(script, return_inverse=True)
        table = np.bincount(row * len(known) + place, minlength=len(batch) * len(known))
        counts = table.reshape(len(batch), len(known)) * (known > 0)
        found[1, rows] = counts.sum(axis=1)
        found[2, rows] = np.where(counts.any(axis=1), known[counts.argmax(axis=1)], 0)
    return Letters(*found)


def _together(
    *columns: pa.ChunkedArray,
) -> Iterator[tuple[slice, tuple[pa.StringArray, ...]]]:
    """Rows of all columns, stripped, and where they are: at most `TEXTS` rows and about `BYTES`
    bytes at a time, but never less than one row."""
    columns = tuple(stripped(column) for column in columns)
    size = sum(pc.binary_length(column).to_numpy().astype(np.int64) for column in columns)
    ends = np.cumsum(size)
    start = 0
    while start < len(columns[0]):
        before = ends[start - 1] if start else 0
        fits = int(np.searchsorted(ends, before + BYTES, side="right"))
        stop = min(max(fits, start + 1), start + TEXTS)
        parts = (column.slice(start, stop - start).combine_chunks() for column in columns)
        yield slice(start, stop), tuple(parts)
        start = stop


def _joined(batch: pa.StringArray) -> tuple[Codes, IntArray]:
    """The characters of all texts, each after a blank, and one more blank; where each text's blank
    is, then where the last is."""
    listed = pa.ListArray.from_arrays(pa.array([0, len(batch)], pa.int32()), batch)
    text = f"\n{pc.binary_join(listed, chr(10))[0].as_py()}\n"
    lengths = pc.utf8_length(batch).to_numpy().astype(np.int64) + 1
    return codes_of(text), np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])


def _grams(batch: pa.StringArray, order: int) -> tuple[Hashes, IntArray]:
    """The distinct n-grams in order, the row in the bits above the hash, and the number of all
    n-grams of each row."""
    original, bounds = _joined(batch)
    codes = folded(original)
    codes = np.where(codes == EXPANDS, original, codes & np.where(codes >= 0, ~ALONE, -1))
    edge = np.zeros(len(codes), dtype=np.bool_)
    edge[bounds] = True
    codes, bounds = _kept(codes, bounds, (codes >= 0) | edge)
    edge = np.zeros(len(codes), dtype=np.bool_)
    edge[bounds] = True
    blank = codes == BLANK
    after = np.concatenate([np.zeros(1, dtype=np.bool_), blank[:-1]])
    codes, bounds = _kept(codes, bounds, ~(blank & after) | edge)

    # A text's n-grams begin at its blank and end, at the latest, with the blank after it.
    total = np.maximum(np.diff(bounds) + 2 - order, 0)
    values = codes.astype(np.uint64) + np.uint64(1)
    hashes = np.zeros(max(len(values) - order + 1, 0), dtype=np.uint64)
    for place in range(order):
        hashes = hashes * FACTOR + values[place : place + len(hashes)]
    hashes ^= hashes >> np.uint64(29)
    hashes *= MIXER
    row = np.repeat(np.arange(len(batch)), total)
    begin = np.repeat(bounds[:-1] - (np.cumsum(total) - total), total) + np.arange(total.sum())
    keys = (hashes[begin] >> ROW_BITS) | (row.astype(np.uint64) << HASH_BITS)
    return _distinct(keys), total


def _distinct(keys: Hashes) -> Hashes:
    """The distinct keys in order; numpy's `unique`, which hashes, takes ten times as long."""
    keys.sort()
    new = np.ones(len(keys), dtype=np.bool_)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys[new]


def _kept(codes: Codes, bounds: IntArray, kept: BoolArray) -> tuple[Codes, IntArray]:
    """The characters that are kept, and where the blanks, which must be, are among them."""
    return codes[kept], (np.cumsum(kept) - 1)[bounds]


def _by_row(keys: Hashes, rows: int) -> IntArray:
    return np.bincount((keys >> HASH_BITS).astype(np.int64), minlength=rows)


_SCRIPTS: dict[str, int] = {"": 0}
_SCRIPT = np.full(0x110000, -1, dtype=np.int16)
_WIDTH = np.zeros(0x110000, dtype=np.int8)


def _kinds(codes: Codes) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Script and width of each character, looked up once for each that comes up."""
    for code in np.unique(codes[_SCRIPT[codes] < 0]).tolist():
        character = chr(code)
        category = unicodedata.category(character)
        # The first word of a letter's name is its script: LATIN SMALL LETTER A.
        word = unicodedata.name(character, "").split(" ")[0] if category[0] == "L" else ""
        word = word.split("-")[0]
        hidden = category in ("Cc", "Cf", "Mn", "Me") or character.isspace()
        wide = unicodedata.east_asian_width(character) in "WF"
        _WIDTH[code] = 0 if hidden else WIDE if wide else 1
        _SCRIPT[code] = _SCRIPTS.setdefault(word, len(_SCRIPTS))
    return _SCRIPT[codes], _WIDTH[codes]
