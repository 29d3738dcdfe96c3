"""The most frequent bigram of each of many texts, by arrays; opens no file.

Text by text the same as `basic_tokenize` and a count of the pairs of neighbouring
tokens:

- A batch of texts is one array of characters. `folded` turns each into what the
  tokenizer makes of it. Texts with a character that depends on its neighbours (a
  capital sigma) or becomes several (a Hangul syllable) go through the tokenizer.
- A token is a hash of its characters, a bigram one of two tokens. Equal bigrams have
  equal hashes, so a text without equal hashes repeats none.
- Where hashes are equal, the characters are compared. A text in which they differ
  is counted token by token.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.detectors.tokenize import (
    ALONE,
    BLANK,
    EXPANDS,
    GONE_BLANK,
    Codes,
    basic_tokenize,
    codes_of,
    folded,
    text_of,
)
from kdaudit.segments import BoolArray, IntArray
from kdaudit.texts import Hashes, parts, polynomials

HASH_BITS = np.uint64(48)
"""Of a bigram's key; the bits above are the number of its text in the batch."""


Counts = npt.NDArray[np.int32]


@dataclass(frozen=True)
class TopBigrams:
    """Of each text (n,): its white-space words, its tokens, and how often its most frequent
    bigram occurs, 0 where it has none. `shown`: that bigram, the first of several, by the
    number of the text, where it occurs more than once."""

    words: Counts
    tokens: Counts
    occurrences: Counts
    shown: dict[int, str]


def top_bigrams(texts: pa.ChunkedArray, *, show: bool = True) -> TopBigrams:
    """Count the texts of a string column without nulls; nothing is `shown` unless asked for."""
    words, tokens, occurrences = (np.zeros(len(texts), dtype=np.int32) for _ in range(3))
    shown: dict[int, str] = {}
    done = 0
    for batch in parts(texts):
        rows = slice(done, done + len(batch))
        text, bounds = _joined(batch)
        codes = folded(codes_of(text))
        words[rows] = _words(codes, bounds)
        found = _tokens(*_cleaned(codes, bounds, text))
        tokens[rows] = np.diff(found.first)
        occurrences[rows] = tokens[rows] >= 2
        top = _repeated(found)
        occurrences[done + top.row] = top.times
        if show:
            shown |= zip((done + top.row).tolist(), _texts(found, top.token), strict=True)
        for row in top.collided.tolist():
            bigram, count = _counted(batch[row].as_py())
            occurrences[done + row] = count
            if shown.pop(done + row, "") and count > 1:
                shown[done + row] = bigram
        done += len(batch)
    return TopBigrams(words, tokens, occurrences, shown)


class _Tokens(NamedTuple):
    """The tokens of a batch: `codes`, its characters; where each token starts and ends in them;
    its text's `row`; and, of each text, the first token, then the number of all."""

    codes: Codes
    starts: IntArray
    ends: IntArray
    row: IntArray
    first: IntArray


class _Tops(NamedTuple):
    """The texts that repeat a bigram: `row` of each, the first `token` of its most frequent bigram,
    and the `times` it occurs. `collided`: those in which hashes are no proof."""

    row: IntArray
    token: IntArray
    times: IntArray
    collided: IntArray


def _joined(batch: pa.StringArray) -> tuple[str, IntArray]:
    """The characters of all texts, and where each text begins in them, then the end."""
    listed = pa.ListArray.from_arrays(pa.array([0, len(batch)], pa.int32()), batch)
    text: str = pc.binary_join(listed, "")[0].as_py()
    return text, _bounds(pc.utf8_length(batch).to_numpy())


def _bounds(lengths: IntArray) -> IntArray:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(lengths, dtype=np.int64)])


def _words(codes: Codes, bounds: IntArray) -> IntArray:
    """The white-space words of each text; control characters can be words, and blanks."""
    blank = (codes == BLANK) | (codes == GONE_BLANK)
    begins = _begins(blank, blank[:-1], bounds)
    return np.diff(np.searchsorted(np.flatnonzero(begins), bounds))


def _cleaned(codes: Codes, bounds: IntArray, text: str) -> tuple[Codes, IntArray]:
    """The characters, and bounds, that are left to be split into tokens."""
    lowest = codes.min(initial=0)
    if lowest == EXPANDS:
        codes, bounds = _expanded(codes, bounds, text)
    if lowest < 0:
        kept = codes >= 0
        codes, bounds = codes[kept], _bounds(kept.astype(np.int64))[bounds]
    return codes, bounds


def _expanded(codes: Codes, bounds: IntArray, text: str) -> tuple[Codes, IntArray]:
    """Texts with a character that expands are replaced by their tokens, with blanks between."""
    rows = np.unique(np.searchsorted(bounds, np.flatnonzero(codes == EXPANDS), side="right") - 1)
    lengths, parts, done = np.diff(bounds), [], 0
    for row in rows:
        start, stop = int(bounds[row]), int(bounds[row + 1])
        tokens = codes_of(" ".join(basic_tokenize(text[start:stop])))
        parts += [codes[done:start], np.where(tokens == ord(" "), np.int32(BLANK), tokens)]
        lengths[row], done = len(tokens), stop
    return np.concatenate([*parts, codes[done:]]), _bounds(lengths)


def _tokens(codes: Codes, bounds: IntArray) -> _Tokens:
    blank, alone = codes == BLANK, codes >= ALONE
    begins = _begins(blank, blank[:-1] | alone[:-1] | alone[1:], bounds)
    ends = ~blank
    ends[:-1] &= begins[1:] | blank[1:]
    starts = np.flatnonzero(begins)
    first = np.searchsorted(starts, bounds)
    row = np.repeat(np.arange(len(bounds) - 1), np.diff(first))
    return _Tokens(codes, starts, np.flatnonzero(ends) + 1, row, first)


def _begins(blank: BoolArray, after: BoolArray, bounds: IntArray) -> BoolArray:
    """Where words or tokens begin: where a text does, or `after` (n - 1,) allows it."""
    begins = ~blank
    begins[1:] &= after
    start = bounds[:-1][np.diff(bounds) > 0]
    begins[start] = ~blank[start]
    return begins


def _repeated(found: _Tokens) -> _Tops:
    """The texts with two equal bigrams, and their most frequent one, the first of several."""
    bigrams = np.flatnonzero(found.row[1:] == found.row[:-1])  # bigram k: tokens k and k + 1
    keys = _keys(found, bigrams)
    in_order = np.sort(keys)
    twice = in_order[1:][in_order[1:] == in_order[:-1]]
    repeats = np.zeros(len(found.first), dtype=np.bool_)
    repeats[(twice >> HASH_BITS).astype(np.int64)] = True
    kept = repeats[found.row[bigrams]]
    bigrams, keys = bigrams[kept], keys[kept]

    order = np.argsort(keys, kind="stable")  # by text, then hash, then place
    bigrams, keys = bigrams[order], keys[order]
    new = _changes(keys)
    count, first = np.diff(np.append(new, len(keys))), bigrams[new]
    row = found.row[first]
    best = np.lexsort((first, -count, row))
    best = best[_changes(row[best])]
    return _Tops(row[best], first[best], count[best], _collided(found, bigrams, keys))


def _keys(found: _Tokens, bigrams: IntArray) -> Hashes:
    """The number of the text and a hash of the bigram, in one number."""
    hashes = polynomials(found.codes, found.starts)  # blanks, up to the next token, add nothing
    mixed = hashes[bigrams] * np.uint64(0xFF51AFD7ED558CCD)
    mixed ^= mixed >> np.uint64(32)
    mixed += hashes[bigrams + 1]
    mixed *= np.uint64(0xC4CEB9FE1A85EC53)
    text = found.row[bigrams].astype(np.uint64) << HASH_BITS
    return (mixed >> (np.uint64(64) - HASH_BITS)) | text


def _changes(values: npt.NDArray[Any]) -> IntArray:
    """Where a run of equal values begins."""
    changes = values[1:] != values[:-1]
    return np.flatnonzero(np.concatenate([np.ones(min(1, len(values)), dtype=np.bool_), changes]))


def _collided(found: _Tokens, bigrams: IntArray, keys: Hashes) -> IntArray:
    """The texts with bigrams that have the key of their predecessor, and other characters."""
    same = np.flatnonzero(keys[1:] == keys[:-1])
    these, those = bigrams[same + 1], bigrams[same]
    differ = _differ(found, these, those) | _differ(found, these + 1, those + 1)
    return np.unique(found.row[these[differ]])


def _differ(found: _Tokens, these: IntArray, those: IntArray) -> BoolArray:
    """Which tokens differ from their partners in a character."""
    length = (found.ends - found.starts)[these]
    differ: BoolArray = length != (found.ends - found.starts)[those]
    alike = np.flatnonzero(~differ)
    size = length[alike]
    begin = np.cumsum(size) - size
    within = np.arange(size.sum()) - np.repeat(begin, size)
    one, other = (
        found.codes[np.repeat(found.starts[tokens[alike]], size) + within]
        for tokens in (these, those)
    )
    if len(alike):
        differ[alike] = np.logical_or.reduceat(one != other, begin)
    return differ


def _texts(found: _Tokens, tokens: IntArray) -> list[str]:
    """The bigrams that begin with the given tokens."""
    text = text_of(found.codes)
    spans = [
        zip(found.starts[these].tolist(), found.ends[these].tolist(), strict=True)
        for these in (tokens, tokens + 1)
    ]
    return [f"{text[slice(*one)]} {text[slice(*other)]}" for one, other in zip(*spans, strict=True)]


def _counted(text: str) -> tuple[str, int]:
    """The most frequent bigram by its definition."""
    bigram, count = Counter(pairwise(basic_tokenize(text))).most_common(1)[0]
    return " ".join(bigram), count
