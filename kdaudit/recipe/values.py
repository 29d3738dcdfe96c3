"""Plain values of a recipe: mappings, and paths that count from its folder; opens no file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kdaudit.errors import RecipeError
from kdaudit.settings import shortened

_VARIABLE = re.compile(r"\$\{?(\w+)")
_SECRET = re.compile(r"(?:(?:\b|_|API|ACCESS|SECRET)KEY|TOKEN|SECRET|PASSWORD|PASSWD)$", re.I)
"""Ends of names of variables that hold secrets; of KEY as a word of its own: TURKEY is none."""


def mapping(values: object, where: str) -> dict[str, Any]:
    """`values` as a mapping with text keys; RecipeError where they are none."""
    if not isinstance(values, Mapping):
        raise RecipeError(f"expected keys with values, got {shortened(values)}", place=where)
    return {str(key): value for key, value in values.items()}


def resolve_files(
    values: dict[str, Any], folder: Path, keys: tuple[str, ...], where: str
) -> dict[str, Any]:
    """`values` with the paths of the given keys counted from `folder`, variables expanded."""
    return values | {
        key: str(folder / expand(values[key], f"{where}.{key}"))
        for key in keys
        if isinstance(values.get(key), str)
    }


def expand(path: str, where: str) -> str:
    """A path without variables and `~`; RecipeError where a variable is not set, or where its name
    says that it holds a secret: paths stand in messages, in logs and in `recipe.json`."""
    if "\0" in path:
        raise RecipeError("no path holds a null character", place=where)
    for name in _VARIABLE.findall(path):
        if _SECRET.search(name):
            raise RecipeError(
                f"expected a path, and the variable {name} is named as one that holds a secret, "
                "which would stand in logs and in recipe.json: give the path a variable of "
                "another name",
                place=where,
            )
    expanded = str(Path(os.path.expandvars(path)).expanduser())
    if (unset := _VARIABLE.search(expanded)) is not None:
        raise RecipeError(
            f"the path '{path}' needs the environment variable {unset[1]}", place=where
        )
    return expanded
