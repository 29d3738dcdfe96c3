"""Whether a comparison can be made of what is given; opens no file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from kdaudit.comparison.inputs import Flags, Quality, Split
from kdaudit.errors import RecipeError
from kdaudit.registry import unknown


def check(
    splits: Sequence[Split],
    flags: Sequence[Flags],
    quality: Sequence[Quality],
    references: Sequence[str],
    settings: Mapping[str, Any],
) -> None:
    """RecipeError: a setting out of range, something given twice, or a name that is not there."""
    if not 0.5 <= settings["confidence"] < 1:
        raise RecipeError(f"confidence must be from 0.5 to below 1, not {settings['confidence']}")
    for name, least in (("bootstrap", 1), ("quality_bootstrap", 1), ("seed", 0)):
        if settings[name] < least:
            raise RecipeError(f"{name} must be at least {least}, not {settings[name]}")
    items: list[Flags | Quality] = [*flags, *quality]
    names = [split.name for split in splits]
    _once(names, "split")
    _once([f"{i.measure} of {i.model} on {i.split}" for i in items], "measure")
    for item in items:
        if item.split not in names:
            raise RecipeError(unknown(item.split, names, "split"))
    models = list(dict.fromkeys(item.model for item in items))
    for name in references:
        if name not in models:
            raise RecipeError(unknown(name, models, "model to be the reference"))


def _once(names: Sequence[str], what: str) -> None:
    count: Callable[[str], int] = list(names).count
    doubled = [name for name in dict.fromkeys(names) if count(name) > 1]
    if doubled:
        raise RecipeError(f"{what} given twice: {doubled[0]}")
