"""BERT's basic tokenizer, lower-casing; opens no file.

The rules of `BasicTokenizer(do_lower_case=True)` in google-research/bert
(`tokenization.py`, Devlin et al. 2019), in its order: control characters are
removed, every CJK ideograph stands alone, letters are lowered, accents (category
Mn after NFD) are removed, every punctuation character stands alone, and white
space separates.
"""

from __future__ import annotations

import re
import unicodedata

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
