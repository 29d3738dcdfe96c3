"""Keys of texts: what a distinct pair is told by; reads and writes nothing."""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa

from kdaudit.segments import IntArray
from kdaudit.texts import hashes

FIRST, SECOND, HALF = np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53), np.uint64(32)
"""Multipliers and a shift that mix the bits of a hash (as MurmurHash3 does)."""


def text_keys(*columns: pa.ChunkedArray) -> IntArray:
    """A 64-bit key for each row's texts; it depends on them alone, and on their order.

    Two of 10,000,000 rows have the same key by chance with a probability of 3e-6.
    """
    keys = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        keys += hashes(column)
        keys ^= keys >> HALF
        keys *= FIRST
        keys ^= keys >> HALF
        keys *= SECOND
    return keys.view(np.int64)


def corpus_hash(keys: IntArray) -> str:
    """A short name of a split's texts, in their order, from the keys of its pairs."""
    return hashlib.sha256(np.ascontiguousarray(keys, dtype="<i8").tobytes()).hexdigest()[:16]
