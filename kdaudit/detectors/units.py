"""Words, or characters where a language is not counted by words; opens no file.

Sources in Chinese, Japanese, Korean and Thai are counted and cut by characters
(white space not counted), all others by white-space words, as in Raunak &
Menezes 2022.
"""

from __future__ import annotations

from fractions import Fraction
from math import floor

from kdaudit.detectors.language import base_language

CHARACTER_LANGUAGES = frozenset({"zh", "ja", "ko", "th"})


def by_characters(language: str) -> bool:
    """Whether the units of a language are characters."""
    return base_language(language) in CHARACTER_LANGUAGES


def count_units(text: str, language: str) -> int:
    """How many words, or characters other than white space, a text has."""
    words = text.split()
    return sum(map(len, words)) if by_characters(language) else len(words)


def prefixes(text: str, language: str, longest: int) -> list[str]:
    """The prefixes of 1 to `longest` units, shortest first, with single blanks between words."""
    words = text.split()
    if not by_characters(language):
        return [" ".join(words[:length]) for length in range(1, min(longest, len(words)) + 1)]
    line = " ".join(words)
    ends = [end for end, character in enumerate(line, start=1) if character != " "]
    return [line[:end] for end in ends[:longest]]


def longest_prefix(units: int, share: float) -> int:
    """The greatest number of units that is at most `share` of `units`.

    `share` counts as the decimal that it is written as: 0.7 of 10 is 7, although
    the nearest float to 0.7 is below it.
    """
    return floor(Fraction(str(share)) * units)
