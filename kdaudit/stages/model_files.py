"""The files of a model in a run directory, and whether they are those that its manifest names.

Reads a model's home; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from kdaudit.artifacts import file_hash
from kdaudit.recipe import Recipe
from kdaudit.stages.base import training_settings

WORK = "work"
"""Where a model is made: gone when it is finished."""

HASHES = "files_sha256"
"""The key of the files' hashes in a manifest."""

_RECORDED = ("manifest.json", "training.jsonl")
"""What has its hash beside it."""


def hashes(home: Path) -> dict[str, str]:
    """The SHA-256 of each file of a model, by its path in the model's home."""
    paths = (path.relative_to(home) for path in sorted(home.rglob("*")) if path.is_file())
    return {
        path.as_posix(): file_hash(home / path)
        for path in paths
        if path.parts[0] != WORK
        and path.name not in _RECORDED
        and not any(part.startswith(".") for part in path.parts)
    }


def foreign(
    manifest: Path, described: Mapping[str, Any], recipe: Recipe | None, pairs: Path | None
) -> Iterator[Path]:
    """The files of a model that are not what was left there; the manifest itself where it is of
    another model, of other settings, or of a training on other pairs (those in `pairs`)."""
    home, model = manifest.parent, manifest.parent.name
    for name, found in described.get(HASHES, {}).items():
        path = home / name
        if path.is_file() and file_hash(path) != found:
            yield path
    own = described.get("settings")
    trained_on = described.get("trained_on_sha256")
    if (
        described.get("model", model) != model
        or (own and recipe and model in recipe.models and own != training_settings(recipe, model))
        or (trained_on and pairs and file_hash(pairs) != trained_on)
    ):
        yield manifest
