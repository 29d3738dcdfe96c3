"""Looking parts up by name, our own and plug-ins; reads entry points, writes nothing.

Each registry is a literal dict in the `__init__` of its package. An installed
package adds to it with an entry point of the group `kdaudit.<registry>`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import entry_points
from typing import TypeVar

from kdaudit.errors import RecipeError

T = TypeVar("T")


@cache
def _plugins(group: str) -> dict[str, object]:
    return {point.name: point for point in entry_points(group=f"kdaudit.{group}")}


def known(group: str, builtin: Mapping[str, T]) -> list[str]:
    """The names that `find` accepts: our own first, then those of plug-ins."""
    return [*builtin, *(name for name in sorted(_plugins(group)) if name not in builtin)]


def find(group: str, builtin: Mapping[str, T], name: str) -> T:
    """The part called `name`; our own come before a plug-in of the same name.

    Raises RecipeError, with the nearest known name, where there is none.
    """
    if name in builtin:
        return builtin[name]
    plugins = _plugins(group)
    if name in plugins:
        part: T = plugins[name].load()  # type: ignore[attr-defined]
        return part
    raise RecipeError(unknown(name, known(group, builtin), f"entry of {group}"))


def unknown(name: str, names: Iterable[str], what: str) -> str:
    """The message for a name that is not among `names`: the nearest one, and all of them."""
    names = list(names)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    return f"'{name}' is no known {what}{hint} (known: {', '.join(names)})"
