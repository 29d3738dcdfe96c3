"""Corpus text and numbers made fit for a reader; opens no file.

Corpus lines may hold anything: terminal escapes, characters that reverse the
direction of the text, markup. `visible` shows what would not be seen; escaping
HTML is the template's work, escaping Markdown is done here.
"""

from __future__ import annotations

import math
import re
import unicodedata

_WRITTEN = frozenset("\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
"""Format characters that spelling needs (joiners) or that are seen (Arabic signs)."""


def visible(text: str) -> str:
    """The text with control, direction and other invisible characters written as `⟨U+202E⟩`.

    Lone surrogates, which no file can hold, are written out too.
    """
    return text if text.isascii() and text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    invisible = unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    if not invisible or character in _WRITTEN:
        return character
    return f"⟨U+{ord(character):04X}⟩"


def markdown_text(text: str) -> str:
    """One line of text as plain text of a Markdown table cell: nothing in it is markup."""
    escaped = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = re.sub(r"([\\`*_\[\]|~#!$])", r"\\\1", escaped).replace("@", "&#64;")
    return re.sub(r"(?i)(https?|ftp)(?=://)|\bwww(?=\.)", _unlink, escaped)


def _unlink(match: re.Match[str]) -> str:
    """Break an automatic link of GitHub's Markdown without changing what is read."""
    word = match.group()
    return f"&#{ord(word[0])};{word[1:]}"


def number(value: float | None, *, percent: bool, digits: int | None = None) -> str:
    """A value for a table: rates in percent, about three digits, a true 0 as `0`; `–` for none."""
    if value is None or math.isnan(value):
        return "–"
    shown = 100 * value if percent else value
    if shown == 0:
        return "0"
    return f"{shown:.{_digits(shown) if digits is None else digits}f}"


def _digits(shown: float) -> int:
    """Decimal places that leave about three significant digits."""
    size = abs(shown)
    return 1 if size >= 9.995 else 2 if size >= 0.0995 else 3


def interval(
    low: float | None, high: float | None, *, percent: bool, digits: int | None = None
) -> str:
    """`low to high`; an end that is unbounded is `∞`; empty where there is no interval."""
    if low is None and high is None:
        return ""
    ends = [
        open_end if end is None else signed_free(number(end, percent=percent, digits=digits))
        for end, open_end in ((low, "−∞"), (high, "∞"))
    ]
    return f"{ends[0]} to {ends[1]}"


def signed_free(text: str) -> str:
    """The text with the typographic minus."""
    return text.replace("-", "−")


def signed(value: float | None, *, percent: bool, digits: int | None = None) -> str:
    """A difference, with its sign: `+0.21`, `−1.30`, `0.00`."""
    text = number(value, percent=percent, digits=digits)
    if value is None or text == "–":
        return text
    return signed_free(text if value <= 0 else f"+{text}")


def duration(seconds: float) -> str:
    """`42 s`, `3 min 05 s`, `2 h 07 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def memory(megabytes: float | None) -> str:
    """`726 MB`; `–` where it was not measured."""
    return "–" if megabytes is None else f"{megabytes:,.0f} MB"
