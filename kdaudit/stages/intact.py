"""Which files of a run directory are not what a stage left there; reads all of it, writes nothing.

A result has the hash that was recorded beside it, a model's files those of its manifest. What
has neither, such as a log, is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kdaudit.artifacts import RunDirectory, read_object
from kdaudit.errors import ArtifactError
from kdaudit.recorded import (
    check_recorded,
    file_hash,
    is_as_recorded,
    record_of,
    records,
    result_of,
)
from kdaudit.training.command import CHECKPOINT, CONVERTED

MODEL_FILES = {CHECKPOINT: "checkpoint_sha256", f"{CONVERTED}/model.bin": "converted_sha256"}
"""The files of a model by the keys that hold their hashes in its manifest."""


def damaged(directory: RunDirectory) -> list[Path]:
    """The files that are there and have another hash than they were left with."""
    results = map(result_of, records(directory.path))
    found = [path for path in results if path.is_file() and not is_as_recorded(path)]
    for manifest in sorted(directory.path.rglob("models/*/manifest.json")):
        if manifest not in found:
            found += _of_model(manifest)
    return found


def check_intact(results: Iterable[Path], manifests: Iterable[Path]) -> None:
    """ArtifactError for the first file that is not what was left there."""
    for path in results:
        check_recorded(path)
    for manifest in manifests:
        for path in _of_model(manifest):
            raise ArtifactError(
                f"{path}: is not what the training left (its SHA-256 is not that of {manifest}): "
                "`kdaudit run RECIPE --recompute` makes it again"
            )


def _of_model(manifest: Path) -> Iterator[Path]:
    """The files of a model that its training has not left there."""
    try:
        described = read_object(manifest)
    except ArtifactError:  # no record beside it, and no JSON
        yield manifest
        return
    for name, key in MODEL_FILES.items():
        path = manifest.parent / name
        if key in described and path.is_file() and file_hash(path) != described[key]:
            yield path


def remove(files: list[Path]) -> None:
    """Delete files with their records, so that the workflow makes them again."""
    for path in files:
        path.unlink()
        record_of(path).unlink(missing_ok=True)
