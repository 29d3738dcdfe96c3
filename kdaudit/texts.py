"""Columns of texts by arrays, exactly as Python has it text by text; opens no file.

A hash stands for a text, or for a token of one, until equal hashes are found: then
the texts themselves are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.segments import BoolArray, IntArray

Hashes = npt.NDArray[np.uint64]

WHITE_SPACE = "".join(filter(str.isspace, map(chr, range(0x3001))))
"""What `str.strip` removes; Arrow's own notion of white space is another one."""

FIRST, LAST = (
    np.isin(np.arange(256), [character.encode()[place] for character in WHITE_SPACE])
    for place in (0, -1)
)
"""Of each byte, whether white space begins, or ends, in it."""

TEXTS, BYTES = 1 << 14, 1 << 17
"""At most so many texts, and bytes of them, make a part: its arrays stay in the cache."""

BASE, LENGTH = 0x9E3779B97F4A7C15, 0xC4CEB9FE1A85EC53
"""Of the polynomial hash modulo 2**64, and of the length's share in it. A power of an odd
number can be divided by."""

_MANY = 1 << 18


def stripped(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """Each text after `str.strip`; where there is nothing to strip, it takes no new memory."""
    kept = []
    for part in _slices(texts):
        short = pc.utf8_trim(part, WHITE_SPACE) if _may_be_stripped(part) else part
        same = pc.sum(pc.binary_length(short)) == pc.sum(pc.binary_length(part))
        kept.append(part if same else short)
    return pa.chunked_array(kept, pa.string())


def _may_be_stripped(part: pa.StringArray) -> bool:
    """Whether a text begins or ends in a byte in which white space does."""
    offsets = _offsets(part)
    data = np.frombuffer(part.buffers()[2] or b"", dtype=np.uint8)
    some = np.flatnonzero(np.diff(offsets))
    begins, ends = FIRST[data[offsets[some]]], LAST[data[offsets[some + 1] - 1]]
    return bool(begins.any() or ends.any())


def filled(texts: pa.ChunkedArray) -> BoolArray:
    """Which texts are not empty, (n,)."""
    return np.asarray(pc.binary_length(texts).to_numpy() > 0, dtype=np.bool_)


def equal(texts: pa.ChunkedArray, others: pa.ChunkedArray) -> BoolArray:
    """Which texts are the same as their partners, (n,)."""
    return np.asarray(pc.equal(texts, others).to_numpy(), dtype=np.bool_)


def numbered(texts: pa.ChunkedArray) -> IntArray:
    """A number for each text, (n,), from 0 up without a gap: equal texts have equal ones."""
    hashed = hashes(texts)
    order = np.argsort(hashed)
    hashed.sort()  # in place: there may be many
    same = hashed[1:] == hashed[:-1]
    del hashed
    if not _alike(texts, order, np.flatnonzero(same)):
        encoded = texts.dictionary_encode().unify_dictionaries()
        return np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks]).astype(
            np.int64
        )
    numbers: IntArray = np.zeros(len(order), dtype=np.int64)
    numbers[order[1:]] = np.cumsum(~same)
    return numbers


def hashes(texts: pa.ChunkedArray) -> Hashes:
    """A 64-bit hash of each text, (n,), which depends on the text alone."""
    hashed, done = np.zeros(len(texts), dtype=np.uint64), 0
    for part in parts(texts):
        hashed[done : done + len(part)] = _hashed(part)
        done += len(part)
    return hashed


def taken(texts: pa.ChunkedArray, rows: IntArray) -> pa.ChunkedArray:
    """The texts of the given rows, in their order. Arrow's `take` copies the whole column first,
    and cannot give back more than 2 GiB of text in one piece."""
    bounds = np.cumsum([0, *map(len, texts.chunks)])
    found: list[pa.StringArray] = []
    for start in range(0, len(rows), _MANY):
        found += _taken(texts, bounds, rows[start : start + _MANY])
    return pa.chunked_array(found, pa.string())


def _taken(texts: pa.ChunkedArray, bounds: IntArray, rows: IntArray) -> list[pa.StringArray]:
    ascending = bool((rows[1:] >= rows[:-1]).all())
    order = np.arange(len(rows)) if ascending else np.argsort(rows, kind="stable")
    cuts = np.searchsorted(rows[order], bounds)
    found = [
        texts.chunk(place).take(pa.array(rows[order[cuts[place] : cuts[place + 1]]] - begin))
        for place, begin in enumerate(bounds[:-1])
        if cuts[place] < cuts[place + 1]
    ]
    if ascending:
        return found
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return [pa.concat_arrays(found).take(pa.array(back))]


def parts(texts: pa.ChunkedArray) -> Iterator[pa.StringArray]:
    """The texts in order, at most `TEXTS` and `BYTES` at a time, but never less than one text."""
    for chunk in texts.chunks:
        offsets = _offsets(chunk)
        start = 0
        while start < len(chunk):
            fits = int(np.searchsorted(offsets, offsets[start] + BYTES, side="right")) - 1
            stop = min(max(fits, start + 1), start + TEXTS)
            yield chunk.slice(start, stop - start)
            start = stop


def polynomials(values: npt.NDArray[Any], starts: IntArray) -> Hashes:
    """A hash of the values from each start to the next one; zeros at the end add nothing."""
    if not len(starts):
        return np.zeros(0, dtype=np.uint64)
    powers, inverses = _powers(max(BYTES, 1 << len(values).bit_length()))
    terms = values.astype(np.uint64)
    terms *= powers[: len(terms)]
    # Differences of running sums, exact modulo 2**64: `reduceat` takes longer for short runs.
    sums = np.zeros(len(terms) + 1, dtype=np.uint64)
    np.cumsum(terms, out=sums[1:])
    hashes: Hashes = np.diff(sums[np.append(starts, len(terms))]) * inverses[starts]
    return hashes


@lru_cache(maxsize=1)
def _powers(count: int) -> tuple[Hashes, Hashes]:
    """Powers of BASE and of its inverse modulo 2**64, from 0 up."""
    bases = np.uint64(BASE), np.uint64(pow(BASE, -1, 1 << 64))
    powers, inverses = (np.full(count, base, dtype=np.uint64) for base in bases)
    powers[0] = inverses[0] = 1
    return np.cumprod(powers), np.cumprod(inverses)


def _hashed(part: pa.StringArray) -> Hashes:
    offsets = _offsets(part)
    data = part.buffers()[2]
    values = np.frombuffer(data or b"", dtype=np.uint8)[offsets[0] : offsets[-1]]
    lengths = np.diff(offsets)
    some = lengths > 0  # a sum over nothing is not what `reduceat` gives
    hashes = lengths.astype(np.uint64) * np.uint64(LENGTH)
    hashes[some] += polynomials(values, (offsets[:-1] - offsets[0])[some])
    return hashes


def _offsets(texts: pa.StringArray) -> npt.NDArray[np.int32]:
    """Where each text begins in the bytes of the array, and the end of the last one."""
    if not len(texts):
        return np.zeros(1, dtype=np.int32)
    return np.frombuffer(texts.buffers()[1], np.int32, len(texts) + 1, 4 * texts.offset)


def _alike(texts: pa.ChunkedArray, order: IntArray, at: IntArray) -> bool:
    """Whether the text of rank i is that of rank i + 1 for each i of `at`."""
    for start in range(0, len(at), _MANY):
        rank = at[start : start + _MANY]
        if not equal(taken(texts, order[rank]), taken(texts, order[rank + 1])).all():
            return False
    pa.default_memory_pool().release_unused()  # the caller's texts may be large
    return True


def _slices(texts: pa.ChunkedArray) -> Iterator[pa.StringArray]:
    for chunk in texts.chunks:
        yield from (chunk.slice(start, _MANY) for start in range(0, len(chunk), _MANY))
