"""A user's regular expressions: checked, and searched within a bound of time; opens no file.

Written as those of Python's `re`, which checks them, and searched by the package `regex`, which
can be stopped: an expression that tries every way through a text would not end before the run.
Its `\\w` takes combining marks for parts of words; all else is as in `re`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import regex

from kdaudit.errors import RecipeError

SECONDS = 5.0
"""How long one expression may search one text, in seconds of the process."""

LARGEST = 100_000
"""Parts of an expression whose counts are written out, as `regex` does: 10 of `a{10}`."""

_COUNT = re.compile(r"\{(?:(\d+)(?:,(\d*))?|,(\d*))\}")
_PART = re.compile(rf"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|{_COUNT.pattern}|.", re.DOTALL)


class Pattern:
    """One expression under its name; RecipeError where it cannot be used."""

    def __init__(self, name: str, text: str):
        self.name = name
        self._form = _compiled(name, text)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where it fits, in the order of the text, as first character and the one after the last.

        RecipeError where that takes too long: the expression has too many ways through the text.
        """
        try:
            for match in self._form.finditer(text, timeout=SECONDS):
                yield match.span()
        except TimeoutError as error:
            raise RecipeError(
                f"the pattern '{self.name}' takes longer than {SECONDS:g} s on a text of "
                f"{len(text):,} characters: write it so that there is one way to read a text "
                "(no repeated group with a repetition in it, as in '(a+)+')"
            ) from error


def _compiled(name: str, text: str) -> regex.Pattern[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(text)
    except Warning as error:
        raise RecipeError(
            f"the pattern '{name}' is ambiguous: {error} (a sign that is meant as itself has a "
            "backslash before it)"
        ) from error
    except (re.error, OverflowError, RecursionError) as error:
        raise RecipeError(f"the pattern '{name}' is no regular expression: {error}") from error
    parts = [part.group() for part in _PART.finditer(text)]
    if (size := _size(parts)) > LARGEST:
        raise RecipeError(
            f"the pattern '{name}' is too large: {size:,} parts with its counts written out, and "
            f"at most {LARGEST:,} are taken"
        )
    try:
        pattern = regex.compile("".join(map(_literal, parts)), regex.VERSION0)
    except (regex.error, RecursionError) as error:
        raise RecipeError(f"the pattern '{name}' is no regular expression: {error}") from error
    if pattern.match("", timeout=SECONDS):
        raise RecipeError(f"the pattern '{name}' fits the empty text: it would be found everywhere")
    return pattern


def _literal(part: str) -> str:
    """A brace that opens no count is itself in `re`; in `regex` it may allow for mistakes."""
    return r"\{" if part == "{" else part


def _size(parts: list[str]) -> int:
    """How many parts there are with all counts written out."""
    sums, last = [0], 1
    for part in parts:
        if part == "(":
            sums.append(0)
            continue
        if part == ")" and len(sums) > 1:
            last = max(sums.pop(), 1)
        elif found := _COUNT.fullmatch(part):
            times = max((int(one) for one in found.groups() if one), default=1)
            sums[-1] -= last
            last *= max(times, 1)
        else:
            last = 1
        sums[-1] += last
    return sum(sums)
