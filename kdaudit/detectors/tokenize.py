"""BERT's basic tokenizer, lower-casing; opens no file.

The rules of `BasicTokenizer(do_lower_case=True)` in google-research/bert
(`tokenization.py`, Devlin et al. 2019), in its order: control characters are
removed, every CJK ideograph stands alone, letters are lowered, accents (category
Mn after NFD) are removed, every punctuation character stands alone, and white
space separates. `folded` says the same of characters by the array.
"""

from __future__ import annotations

import re
import unicodedata

import numpy as np
import numpy.typing as npt

CJK_IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
"""The blocks that BERT splits: ideographs, and neither Hangul nor Kana."""

ASCII_TOKEN = re.compile(r"[a-z0-9]+|[^a-z0-9 ]")


def basic_tokenize(text: str) -> list[str]:
    """The tokens of a text, none for an empty one."""
    if text.isascii() and text.isprintable():
        # The same rules, where there is no accent, ideograph or control character.
        return ASCII_TOKEN.findall(text.lower())
    lowered = text.translate(_CLEANED).lower()
    return unicodedata.normalize("NFD", lowered).translate(_SPLIT).split()


class _Cleaned(dict[int, str]):
    """`str.translate` table, filled as characters come up: control characters, white space, CJK."""

    def __missing__(self, code: int) -> str:
        self[code] = self._of(code)
        return self[code]

    @staticmethod
    def _of(code: int) -> str:
        character = chr(code)
        if character in "\t\n\r":
            return " "
        category = unicodedata.category(character)
        if code in (0, 0xFFFD) or category in ("Cc", "Cf"):
            return ""
        if category == "Zs":
            return " "
        cjk = any(first <= code <= last for first, last in CJK_IDEOGRAPHS)
        return f" {character} " if cjk else character


class _Split(dict[int, str]):
    """`str.translate` table, filled as characters come up: accents go, punctuation is set apart."""

    def __missing__(self, code: int) -> str:
        self[code] = self._of(code)
        return self[code]

    @staticmethod
    def _of(code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        if category == "Mn":
            return ""
        # BERT counts all of ASCII's signs as punctuation, among them $ + < = > ^ ` | ~.
        sign = 33 <= code <= 126 and not character.isalnum()
        return f" {character} " if sign or category.startswith("P") else character


_CLEANED, _SPLIT = _Cleaned(), _Split()


Codes = npt.NDArray[np.int32]
"""Characters by their numbers, or what `folded` makes of them."""

BLANK, GONE, GONE_BLANK, EXPANDS, _UNKNOWN = 0, -1, -2, -3, -4
ALONE = 1 << 21
"""See `folded`."""

_OUTCOMES: Codes = np.full(0x110000, _UNKNOWN, dtype=np.int32)


def codes_of(text: str) -> Codes:
    """The characters of a text."""
    return np.frombuffer(text.encode("utf-32-le"), dtype="<i4")


def text_of(codes: Codes) -> str:
    """The characters of tokens, and U+0000 for blanks."""
    return (codes & ~ALONE).astype("<i4").tobytes().decode("utf-32-le")


def folded(codes: Codes) -> Codes:
    """What `basic_tokenize` makes of each character, (n,).

    The character of a token that it becomes, plus ALONE where it is a token by
    itself. Or BLANK, where it separates tokens; GONE, where it is removed, and
    GONE_BLANK, where it is white space besides. EXPANDS: it becomes several
    characters, or what it becomes depends on its neighbours.
    """
    outcomes = _OUTCOMES[codes]
    if outcomes.min(initial=0) == _UNKNOWN:
        for code in np.unique(codes[outcomes == _UNKNOWN]).tolist():
            _OUTCOMES[code] = _outcome(chr(code))
        outcomes = _OUTCOMES[codes]
    return outcomes


def _outcome(character: str) -> int:
    """Read off the tokens of the character between two letters."""
    decomposed = unicodedata.normalize("NFD", character.lower())
    moves = any(unicodedata.combining(c) and unicodedata.category(c) != "Mn" for c in decomposed)
    if character == "\N{GREEK CAPITAL LETTER SIGMA}" or moves:
        return EXPANDS  # lower-cased by its neighbours, or put in order with them
    match basic_tokenize(f"a{character}b"):
        case ["ab"]:
            return GONE_BLANK if character.isspace() else GONE
        case ["a", "b"] if character.isspace():
            return BLANK
        case [token] if len(token) == 3:
            return ord(token[1])
        case ["a", token, "b"] if len(token) == 1:
            return ord(token) + ALONE
    return EXPANDS
