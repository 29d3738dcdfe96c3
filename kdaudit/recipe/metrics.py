"""The quality metrics of a recipe: the paths in their entries; reads no file, asks whether it is.

`model` of a learned metric is a name on the hub, unless it looks like a path or there is something
of its name; `environment` is a path.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kdaudit.quality import QUALITY
from kdaudit.quality.comet import Comet
from kdaudit.recipe.values import expand, resolve_files

PATHS = ("model", "environment")
"""Settings of learned metrics that may be paths."""


def spelled_out(name: str, entry: dict[str, Any], folder: Path) -> dict[str, Any]:
    """An entry whose paths count from the recipe's folder."""
    kind = QUALITY.get(str(entry.get("kind", name)))
    if kind is None or not issubclass(kind, Comet):
        return entry
    where = f"quality.{name}"
    entry = resolve_files(entry, folder, ("environment",), where)
    model = entry.get("model")
    if isinstance(model, str) and model:
        path = folder / expand(model, f"{where}.model")
        if model[0] in "./~$" or path.exists():
            entry["model"] = str(path.absolute())
    return entry


def without_folders(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry of a recipe that is passed on: of paths their names."""
    settings: dict[str, Any] = entry["settings"]
    paths = {
        key: Path(value).name
        for key in PATHS
        if isinstance(value := settings.get(key), str) and Path(value).is_absolute()
    }
    return {**entry, "settings": {**settings, **paths}}
