"""Strings that may tell of a person: e-mail addresses, phone numbers, URLs; opens no file.

Found by their form alone, with no list of names: what is found need not be personal, and what is
personal need not have such a form. Of strings that overlap the first kind is taken, in the order
of `KINDS`; a user's patterns come first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from kdaudit.errors import RecipeError

_URL = r"(?i)(?:(?:https?|ftp)://|www\.)[^\s<>\"]+[^\s<>\".,;:!?()\[\]{}'’”»]"
_EMAIL = r"[\w.+%'-]{1,64}\s?@\s?(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}"
_IBAN = (
    r"(?i)(?<!\w)[A-Z]{2}\d{2}(?:[ \u00a0-]?[A-Z0-9]{4}){2,7}(?:[ \u00a0-]?[A-Z0-9]{1,3})?(?!\w)"
)
_PHONE = r"(?<![\w.,])(?:\+|\((?=\d{1,5}\)))?\d(?:[ \u00a0()./\u2010-\u2015-]{0,3}\d){6,14}(?!\w)"
_NUMBER = r"(?<!\d)(?<!\d[.,])\d{7,}|\d{4}(?:[ \u00a0-]\d{4}){2,}\d*"

_DATE = re.compile(r"\d{1,4}([./\u2010-\u2015-])\s?\d{1,2}\1\s?\d{1,4}")
_DECIMAL = re.compile(r"\d+\.\d+")
_NORTH_AMERICAN = re.compile(r"\d{3}[ .\u00a0-]\d{3}[ .\u00a0-]\d{4}")
_IBAN_DIGITS = 8
"""So many at the least: four letters after `AB12` may be a word."""


def _is_iban(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= _IBAN_DIGITS


def _is_phone(text: str) -> bool:
    """Neither a date nor a number with decimals; it begins as numbers with a prefix do, or has
    North America's groups."""
    if _DATE.fullmatch(text) or _DECIMAL.fullmatch(text):
        return False
    return text[0] in "+(0" or _NORTH_AMERICAN.fullmatch(text) is not None


def _any(text: str) -> bool:
    return True


_FORMS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "url": (_URL, _any),
    "email": (_EMAIL, _any),
    "iban": (_IBAN, _is_iban),
    "phone": (_PHONE, _is_phone),
    "number": (_NUMBER, _any),
}
KINDS = tuple(_FORMS)


@dataclass(frozen=True)
class Piece:
    """A string of a kind: its characters from `start` to before `end`."""

    kind: str
    start: int
    end: int


class Finder:
    """Finds the kinds, and the user's own `patterns`: regular expressions by their names.

    RecipeError where a name is that of a kind or no word, or where an expression is none or
    fits nothing at all.
    """

    def __init__(self, patterns: Mapping[str, str] | None = None):
        own = {name: (_compiled(name, text), _any) for name, text in (patterns or {}).items()}
        ours = {name: (re.compile(form), holds) for name, (form, holds) in _FORMS.items()}
        self._forms = own | ours

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of all kinds, the user's first."""
        return tuple(self._forms)

    def pieces(self, text: str) -> list[Piece]:
        """All strings in the order of the text; no two overlap. Invisible format characters
        within one do not hide it."""
        seen = [place for place, char in enumerate(text) if not _is_format(char)]
        plain = text if len(seen) == len(text) else "".join(text[place] for place in seen)
        taken: list[Piece] = []
        for kind, (form, holds) in self._forms.items():
            for match in form.finditer(plain):
                start, end = match.span()
                free = all(end <= one.start or start >= one.end for one in taken)
                if free and start < end and holds(match.group()):
                    taken.append(Piece(kind, start, end))
        taken.sort(key=lambda one: one.start)
        return [Piece(one.kind, seen[one.start], seen[one.end - 1] + 1) for one in taken]

    def masked(self, text: str, within: int = 0) -> str:
        """The text with `⟨kind⟩` in the place of each string; with `within` only its beginning up
        to that character, whole strings that reach beyond included."""
        stop = within or len(text)
        return "".join(_parts(text, self.pieces(text), stop))

    def new(self, text: str, known: str) -> list[Piece]:
        """The strings of a text that do not stand in another one, by their letters and digits."""
        there = _letters(known)
        return [
            one for one in self.pieces(text) if _letters(text[one.start : one.end]) not in there
        ]


def _parts(text: str, pieces: list[Piece], stop: int) -> Iterator[str]:
    done = 0
    for one in pieces:
        if one.start < stop:
            yield text[done : one.start]
            yield f"⟨{one.kind}⟩"
            done = one.end
    yield text[done:stop]


def _compiled(name: str, text: str) -> re.Pattern[str]:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name) or name in KINDS:
        known = ", ".join(KINDS)
        raise RecipeError(
            f"'{name}' cannot name a pattern: letters, digits, '_' and '-', and none of {known}"
        )
    try:
        pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise RecipeError(f"the pattern '{name}' is no regular expression: {error}") from error
    if pattern.match(""):
        raise RecipeError(f"the pattern '{name}' fits the empty text: it would be found everywhere")
    return pattern


def _is_format(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character) == "Cf"


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
