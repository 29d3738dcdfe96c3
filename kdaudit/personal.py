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
from kdaudit.patterns import Pattern

_REST = r"[^\s<>\"]*[^\s<>\".,;:!?()\[\]{}'’”»]"
_GENERIC = "com|org|net|edu|gov|mil|int|info|biz|app|dev|xyz|online|shop|blog"
_COUNTRIES = (
    "a[cdefgilmoqrtuwz]|b[abdefghijmnorstwyz]|c[acdfghiklmnoruvwxyz]|d[ejkmoz]|e[ceghrstu]|f[ijkmor]|"
    "g[adeghilmnpqrtuwy]|h[kmnrtu]|i[delmnoqrst]|j[emop]|k[eghimnprwyz]|l[abcikrstuvy]|"
    "m[aceghkmnopqrstuvwxyz]|n[acefgilopruz]|om|p[aefghklnrtw]|qa|r[eouw]|s[abcdegijklmnrtuvxyz]|"
    "t[cdfghjklmnortvwz]|u[agksyz]|v[aceginu]|w[fs]|y[et]|z[amw]"
)
"""Without `py`, `sh`, `md`, `rs`, `ps`, `so`, `cc`, `pm` and `ml`, in which names of files end."""
_BEHIND = r"(?:(?::\d{2,5})?/|\?(?=[\w-]+=))"
_BARE = (
    rf"(?-i:(?<![\w@./-])(?:[A-Za-z0-9][A-Za-z0-9-]{{0,62}}\.){{1,8}}(?:{_GENERIC}|COM|ORG){_BEHIND}"
    rf"|(?<![\w@./-])(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,8}}(?:{_COUNTRIES}){_BEHIND})"
)
"""A host and what follows it, a path or a query: of a country in small letters alone, since
`ends.So/then` is two sentences, and `ASP.NET/C#` is none."""
_URL = rf"(?i)(?:(?:https?|ftp)://[^\s<>\"]|www\.[^\s<>\"]|{_BARE}){_REST}"
_AT = r"(?:[@\uff20\ufe6b]|[\[({]\s?(?i:at)\s?[\])}])"
_DOT = (
    rf"(?:[.\uff0e]|\s?[\[({{]\s?(?i:dot|punkt)\s?[\])}}]\s?|\s\.(?=[a-z])"
    rf"|\s\.\s(?=(?:[\w-]{{1,63}}\s\.\s){{0,3}}(?:{_GENERIC}|{_COUNTRIES})\b))"
)
"""Tokenizers set a blank before it; after it only where an ending follows, since a sentence may."""
_EMAIL = (
    rf"(?:[\w+%'-]{{1,30}}\s\.\s)?[\w.+%'-]{{1,64}}\s?{_AT}\s?"
    rf"(?:[\w-]{{1,63}}{_DOT}){{1,8}}[^\W\d_]{{2,24}}"
)
_BLANKS = " \u00a0\u2007\u2009\u200a\u202f"
"""Those that stand between groups of digits."""
_HYPHEN = r"[\u2010\u2011-]"
_DASHES = r"\u2010-\u2015-"
_IBAN = (
    rf"(?i)(?<!\w)(?:[A-Z]{{2}}\d{{2}}(?:[{_BLANKS}-]?[A-Z0-9]{{4}}){{2,7}}"
    rf"(?:[{_BLANKS}-]?[A-Z0-9]{{1,3}})?"
    rf"|(?-i:[A-Z]{{2}})[{_BLANKS}]\d{{2}}(?:[{_BLANKS}]\d{{4}}){{3,7}}(?:[{_BLANKS}]\d{{1,3}})?)(?!\w)"
)
"""With a blank within its first group, as tokenizers may set one, of capitals and digits alone."""
_PHONE = (
    rf"(?<!\w)(?<!\d[.,])(?:\+ ?|\((?=\d{{1,5}}\)))?\d"
    rf"(?:[{_BLANKS}()./{_DASHES}]{{0,3}}\d){{6,14}}(?!\w)"
)
_NUMBER = (
    rf"(?<!\d)(?<!\d[.,])\d{{7,}}|\d{{4}}(?:[{_BLANKS}-]\d{{4}}){{2,}}\d*"
    rf"|(?<![\w.,-])\d{{3}}{_HYPHEN}\d{{2}}{_HYPHEN}\d{{4}}(?![\w-])"
)

_DAY, _MONTH = r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"
_YEAR = r"(?:1\d|20|21)\d\d"
_ORDERED = "|".join(
    rf"{first}{sep}\s?{second}{sep}\s?{third}"
    for sep in (r"\.", "/", f"[{_DASHES}]")
    for first, second, third in (
        (_DAY, _MONTH, rf"(?:{_YEAR}|\d\d)"),
        (_MONTH, _DAY, rf"(?:{_YEAR}|\d\d)"),
        (_YEAR, _MONTH, _DAY),
    )
)
_TIME = r"(?:[01]?\d|2[0-4])[.:][0-5]\d(?:[.:][0-5]\d)?"
_DECIMAL = r"(?:0|[1-9]\d*)\.\d+"
_AMOUNT = r"\+ ?\d{1,3}(?:[., ]\d{3})+(?:[.,]\d+)?"
_WRITTEN = re.compile(
    rf"(?<![\w.,/+])(?:(?:{_ORDERED}|{_TIME}|{_DECIMAL}|{_MONTH}[./]{_YEAR})(?!\w|[.,:/]\d)"
    rf"|\({_YEAR}\)|{_DAY}\.{_MONTH}\.(?=\s?[{_DASHES}]))|(?<![\w.,]){_AMOUNT}(?!\w|[.,]\d)"
)
"""Dates, times, months, years in brackets, decimals and amounts: what phone numbers are not."""
_YEARS = re.compile(rf"{_YEAR}(?:[{_BLANKS}-]{_YEAR}){{2}}")
_NORTH_AMERICAN = re.compile(
    rf"(?:1[.{_BLANKS}-])?(?:\d{{3}}[.{_BLANKS}-]|\(\d{{3}}\) ?)\d{{3}}[.{_BLANKS}-]\d{{4}}"
)
_IBAN_DIGITS = 8
"""So many at the least: four letters after `AB12` may be a word."""


def _is_iban(text: str) -> bool:
    return sum(map(str.isdigit, text)) >= _IBAN_DIGITS


def _is_phone(text: str) -> bool:
    """It begins as numbers with a prefix do, or has North America's groups."""
    is_led = text[0] in "+(" or unicodedata.decimal(text[0], None) == 0
    return is_led or _NORTH_AMERICAN.fullmatch(text) is not None


def _without_dates(text: str) -> str:
    """A text of the same length in which dates and the like are gone, and part what is around."""
    return _WRITTEN.sub(lambda found: "\0" * len(found.group()), text)


def _is_number(text: str) -> bool:
    """No three years in a row."""
    return _YEARS.fullmatch(text) is None


def _any(text: str) -> bool:
    return True


_FORMS: dict[str, tuple[re.Pattern[str], Callable[[str], bool]]] = {
    "url": (re.compile(_URL), _any),
    "email": (re.compile(_EMAIL), _any),
    "iban": (re.compile(_IBAN), _is_iban),
    "phone": (re.compile(_PHONE), _is_phone),
    "number": (re.compile(_NUMBER), _is_number),
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
        self._own = [_own(name, text) for name, text in (patterns or {}).items()]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of all kinds, the user's first."""
        return (*(one.name for one in self._own), *KINDS)

    def pieces(self, text: str) -> list[Piece]:
        """All strings in the order of the text; no two overlap. Invisible format characters
        within one do not hide it. RecipeError where a user's pattern takes too long on it."""
        seen = [place for place, char in enumerate(text) if not _is_format(char)]
        plain = text if len(seen) == len(text) else "".join(text[place] for place in seen)
        taken: list[Piece] = []
        for kind, (start, end) in self._spans(plain):
            free = all(end <= one.start or start >= one.end for one in taken)
            if free and start < end:
                taken.append(Piece(kind, start, end))
        taken.sort(key=lambda one: one.start)
        return [Piece(one.kind, seen[one.start], seen[one.end - 1] + 1) for one in taken]

    def _spans(self, text: str) -> Iterator[tuple[str, tuple[int, int]]]:
        """All places of each kind, the user's first."""
        for own in self._own:
            yield from ((own.name, span) for span in own.spans(text))
        for kind, (form, holds) in _FORMS.items():
            found = form.finditer(_without_dates(text) if kind == "phone" else text)
            yield from ((kind, match.span()) for match in found if holds(match.group()))

    def masked(self, text: str, within: int = 0) -> str:
        """The text with `⟨kind⟩` in the place of each string; with `within` only its beginning up
        to that character, whole strings that reach beyond included."""
        stop = within or len(text)
        return "".join(_parts(text, self.pieces(text), stop))

    def letters(self, text: str) -> list[tuple[str, str]]:
        """The kind of each string, and its letters and digits alone."""
        return [(one.kind, letters_of(text[one.start : one.end])) for one in self.pieces(text)]

    def new(self, text: str, known: str) -> list[Piece]:
        """The strings of a text that do not stand in another one, by their letters and digits."""
        there = letters_of(known)
        return [
            one for one in self.pieces(text) if letters_of(text[one.start : one.end]) not in there
        ]


def _parts(text: str, pieces: list[Piece], stop: int) -> Iterator[str]:
    done = 0
    for one in pieces:
        if one.start < stop:
            yield text[done : one.start]
            yield f"⟨{one.kind}⟩"
            done = one.end
    yield text[done:stop]


def _own(name: str, text: str) -> Pattern:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name) or name in KINDS:
        known = ", ".join(KINDS)
        raise RecipeError(
            f"'{name}' cannot name a pattern: letters, digits, '_' and '-', and none of {known}"
        )
    return Pattern(name, text)


def _is_format(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character) == "Cf"


def letters_of(text: str) -> str:
    """Letters and digits alone, these as those of ASCII, whatever the script."""
    return "".join(str(unicodedata.decimal(one, one)) for one in text.casefold() if one.isalnum())
