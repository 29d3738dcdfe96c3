"""Characters of texts by arrays: lengths, scripts; opens no file."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.detectors.tokenize import Codes, codes_of
from kdaudit.segments import BoolArray, IntArray
from kdaudit.texts import BYTES, TEXTS, filled, stripped

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


def both_filled(sources: pa.ChunkedArray, translations: pa.ChunkedArray) -> BoolArray:
    """The rows in which neither text is blank."""
    return filled(stripped(sources)) & filled(stripped(translations))


def letters(texts: pa.ChunkedArray) -> Letters:
    """Lengths and scripts."""
    found = np.zeros((3, len(texts)), dtype=np.int64)
    for rows, (batch,) in together(texts):
        codes, bounds = joined(batch)
        script, width = _kinds(codes[:-1])
        found[0, rows] = _sums(width, bounds)
        known = np.flatnonzero(np.bincount(script))
        # By name: of two that a text has as much of, it is the same one wherever it is looked at.
        names = list(_SCRIPTS)
        known = np.array(sorted(known[known > 0], key=lambda one: names[one]), dtype=np.int64)
        if len(known):
            counts = np.stack([_sums(script == one, bounds) for one in known])
            found[1, rows] = counts.sum(axis=0)
            found[2, rows] = np.where(counts.any(axis=0), known[counts.argmax(axis=0)], 0)
    return Letters(*found)


def _sums(values: npt.NDArray[Any], bounds: IntArray) -> IntArray:
    """The sum of each text's values; a text has its blank at least."""
    sums: IntArray = np.add.reduceat(values, bounds[:-1], dtype=np.int64)
    return sums


def together(
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


def joined(batch: pa.StringArray) -> tuple[Codes, IntArray]:
    """The characters of all texts, each after a blank, and one more blank; where each text's blank
    is, then where the last is."""
    listed = pa.ListArray.from_arrays(pa.array([0, len(batch)], pa.int32()), batch)
    text = f"\n{pc.binary_join(listed, chr(10))[0].as_py()}\n"
    lengths = pc.utf8_length(batch).to_numpy().astype(np.int64) + 1
    return codes_of(text), np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths)])


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
