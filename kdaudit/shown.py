"""Texts of others made fit to be shown, each form of output in its own way; opens no file.

Corpus lines and names may hold anything: terminal escapes, characters that reverse the direction
of the text, markup, formulas. `visible` shows what would not be seen; escaping HTML is the work
of the page's template.
"""

from __future__ import annotations

import json
import re
import unicodedata

_WRITTEN = frozenset("\u200c\u200d\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
"""Format characters that spelling needs (joiners) or that are seen (Arabic signs)."""


_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
_UNSEEN = re.compile(
    r"[\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)


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


def table_text(text: str) -> str:
    """The same where cells may hold brackets of their own, as those of intervals."""
    escaped = visible(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`|])", r"\\\1", escaped)


def csv_cell(value: object) -> object:
    """A value as a cell of CSV: a text steers no terminal and is no formula of a spreadsheet.

    Line breaks stay, since CSV has them; a number is a number.
    """
    if not isinstance(value, str):
        return value
    text = "\n".join(visible(line) for line in value.split("\n"))
    return f"'{text}" if _FORMULA.match(text) else text


def json_text(content: object) -> str:
    """JSON that steers no terminal: what is not seen is written as `\\u202e`, which any reader of
    JSON takes for the same text."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    return _UNSEEN.sub(lambda one: json.dumps(one.group())[1:-1], text) + "\n"
