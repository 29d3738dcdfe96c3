"""Whether two signatures are those of one detector; opens no file."""

from __future__ import annotations

import re
from functools import cache

from kdaudit.detectors import detector
from kdaudit.errors import RecipeError

_SETTING = re.compile(r"\|(?=\w+:)")


def same_detector(ours: str, theirs: str) -> bool:
    """Whether two signatures, one of which another version may have written, mean the same.

    A setting that one of them does not name, since its version did not have it yet, stands for
    the detector's default. Of a detector that there is not any more nothing is known.
    """
    if ours == theirs:
        return True
    first, second = _parts(ours), _parts(theirs)
    if first is None or second is None or first[0] != second[0]:
        return False
    lacking = {**first[1], **second[1]}.keys() - (first[1].keys() & second[1].keys())
    defaults = _defaults(first[0]) if lacking else {}
    if not lacking <= defaults.keys():
        return False
    return defaults | first[1] == defaults | second[1]


def _parts(signature: str) -> tuple[str, dict[str, str]] | None:
    """A signature's name and settings; None where one is there twice, so that it cannot be read."""
    name, *settings = _SETTING.split(signature)
    pairs = [setting.partition(":")[::2] for setting in settings]
    found = dict(pairs)
    return (name, found) if len(found) == len(pairs) else None


@cache
def _defaults(name: str) -> dict[str, str]:
    """The settings of a detector as its signature has them by default; none where it is not known,
    or has a setting without a default."""
    try:
        parts = _parts(detector(name)().signature())
    except (RecipeError, TypeError):
        return {}
    return parts[1] if parts else {}
