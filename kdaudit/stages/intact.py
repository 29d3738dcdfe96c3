"""Which files of a run directory are not what a stage left there; reads all of it, writes nothing.

A result has the hash that was recorded beside it, a model's files those of its manifest. What
has neither, such as a log, is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from kdaudit.artifacts import RunDirectory, read_object
from kdaudit.errors import ArtifactError, KdauditError
from kdaudit.recipe import Recipe, load_stored
from kdaudit.recorded import check_recorded, is_as_recorded, record_of, records, result_of
from kdaudit.stages.model_files import foreign
from kdaudit.stages.train import training_pairs


def damaged(directory: RunDirectory) -> list[Path]:
    """The files that are there and have another hash than they were left with."""
    results = map(result_of, records(directory.path))
    found = [path for path in results if path.is_file() and not is_as_recorded(path)]
    for manifest in sorted(directory.path.rglob("models/*/manifest.json")):
        if manifest not in found:
            found += _of_model(manifest)
    return list(dict.fromkeys(found))


def check_intact(results: Iterable[Path], manifests: Iterable[Path]) -> None:
    """ArtifactError for the first file that is not what was left there."""
    for path in results:
        check_recorded(path)
    for manifest in manifests:
        for path in _of_model(manifest):
            raise ArtifactError(
                f"{path}: is not what the training left, or of another one (by the hashes and "
                f"settings in {manifest}): `kdaudit run RECIPE --recompute` makes it again"
            )


def _of_model(manifest: Path) -> Iterator[Path]:
    """The files of a model that its training has not left there."""
    try:
        described = read_object(manifest)
    except ArtifactError:  # no record beside it, and no JSON
        yield manifest
        return
    home = RunDirectory(manifest.parents[2])  # of the run, or of a subset's
    try:
        recipe = load_stored(home.recipe)
    except KdauditError:  # whoever reads it says so; a model is none the worse for it
        recipe = None
    pairs = None if recipe is None else _pairs(home, recipe, manifest.parent.name)
    yield from foreign(manifest, described, recipe, pairs)


def _pairs(home: RunDirectory, recipe: Recipe, model: str) -> Path | None:
    """What a model is trained on; None where it is not trained, or none of the recipe, or where
    the pairs are what is damaged."""
    chosen = recipe.models.get(model)
    if chosen is None or chosen.given is not None or chosen.checkpoint is not None:
        return None
    path = training_pairs(home, recipe, model)[0]
    return path if path.is_file() and is_as_recorded(path) else None


def remove(files: list[Path]) -> None:
    """Delete files with their records, so that the workflow makes them again."""
    for path in files:
        path.unlink()
        record_of(path).unlink(missing_ok=True)
