"""Words to insert into sources, and where; opens no file.

A word is drawn for each source by the source and a seed alone, so that all models, all
copies of a source and every order of the rows have the same.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Literal

from kdaudit.detectors.units import by_characters

Frequency = Literal["common", "middle", "rare"]

WORDS = 100
"""In a band of frequency, or a third of all words where there are fewer than three times as
many."""

POSITIONS = ("start", "middle", "end")


def counted_words(texts: Iterable[str], language: str) -> Counter[str]:
    """How often each white-space token occurs, or each character where a language is counted
    so."""
    counts: Counter[str] = Counter()
    for text in texts:
        words = text.split()
        counts.update("".join(words) if by_characters(language) else words)
    return counts


def band(counts: Mapping[str, int], frequency: Frequency) -> list[str]:
    """The most frequent words, those in the middle of the ranking, or the rarest; empty where
    there is no word. Words of equal counts are ranked by the alphabet."""
    bare: Counter[str] = Counter()
    for token, count in counts.items():
        if word := _bare(token):
            bare[word] += count
    ranked = sorted(bare, key=lambda word: (-bare[word], word))
    size = min(WORDS, max(1, len(ranked) // 3))
    first = {"common": 0, "middle": (len(ranked) - size) // 2, "rare": len(ranked) - size}
    start = max(first[frequency], 0)
    return ranked[start : start + size]


def _bare(token: str) -> str:
    """A token without punctuation and signs around it; empty where there is no letter in it, or a
    control character."""
    kinds = [unicodedata.category(character)[0] for character in token]
    kept = [place for place, kind in enumerate(kinds) if kind not in "PS"]
    if not kept or "C" in kinds:
        return ""
    word = token[kept[0] : kept[-1] + 1]
    return word if any(map(str.isalpha, word)) else ""


def draw(text: str, seed: int) -> int:
    """A number from 0 to 2**64 - 1 that depends on the text and the seed alone."""
    digest = blake2b(f"{seed}\0{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")


def insertions(source: str, word: str, language: str) -> tuple[str, str | None, str]:
    """The source with the word at its start, in its middle and at its end.

    A source of one word (or character) has no middle.
    """
    apart = "" if by_characters(language) else " "
    line = " ".join(source.split())
    units = list(line) if not apart else line.split()
    half = len(units) // 2
    middle = apart.join([*units[:half], word, *units[half:]]) if half else None
    return f"{word}{apart}{line}", middle, f"{line}{apart}{word}"
