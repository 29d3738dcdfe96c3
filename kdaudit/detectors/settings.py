"""What detectors share about their settings: checks and the signature; opens no file."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from kdaudit.errors import RecipeError


def signature(detector: Any, **more: object) -> str:
    """`name|setting:value|…` over the fields of a detector, then over `more`."""
    settings = {field.name: getattr(detector, field.name) for field in fields(detector)} | more
    return "|".join([detector.name, *(f"{name}:{value}" for name, value in settings.items())])


def require(condition: bool, detector: str, message: str) -> None:
    """RecipeError, with the detector's name, where a setting cannot be used."""
    if not condition:
        raise RecipeError(f"{detector}: {message}")
