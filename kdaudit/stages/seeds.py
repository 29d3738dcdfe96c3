"""Several runs taken together: seeds of one recipe, or recipes side by side.

Reads the recipes, manifests and, where hashes differ, corpora of run directories; writes
nothing. Runs that cannot be taken together are refused, with what it is that differs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kdaudit.artifacts import CORPUS, file_hash, read_object, read_table
from kdaudit.comparison import Comparison
from kdaudit.comparison.directions import Combined, side_by_side
from kdaudit.comparison.seeds import Seeds, together
from kdaudit.errors import RecipeError
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.stages.base import Context

NO_PART = ("name", "description", "seed", "tracking", "report", "shards", "resources")
"""Settings that may differ between the seeds of a recipe."""


def grouped(runs: Mapping[str, Context], *, directions: bool) -> list[list[str]]:
    """The runs by recipe, in the order given.

    RecipeError: runs of one recipe with the same seed or with different corpora, and, unless
    they are `directions`, runs of unlike recipes.
    """
    found: list[list[str]] = []
    for name, run in runs.items():
        for group in found:
            if difference(runs[group[0]].recipe, run.recipe) is None:
                group.append(name)
                break
        else:
            found.append([name])
    if not directions and len(found) > 1:
        first, other = found[0][0], found[1][0]
        told = difference(runs[first].recipe, runs[other].recipe)
        raise RecipeError(
            f"{other}: is no seed of the recipe of {first}: {told} (--directions compares the "
            "runs of unlike recipes)"
        )
    if directions and len(found) == 1:
        names = ", ".join(runs)
        raise RecipeError(f"--directions is for runs of unlike recipes; these are of one: {names}")
    for group in found:
        _check({name: runs[name] for name in group})
    return found


def combined(
    runs: Mapping[str, Context], comparisons: Mapping[str, Comparison], groups: Sequence[list[str]]
) -> Combined:
    """What runs that `grouped` has let pass say together."""
    of_recipe: dict[str, Comparison | Seeds] = {}
    for group in groups:
        recipe = runs[group[0]].recipe
        name = recipe.name if recipe.name not in of_recipe else group[0]
        if len(group) == 1:
            of_recipe[name] = comparisons[group[0]]
        else:
            of_recipe[name] = together(
                recipe.name,
                {run: comparisons[run] for run in group},
                {run: runs[run].recipe.seed for run in group},
                same_segments=not _own_segments([runs[run].recipe for run in group]),
            )
    seeds = [one for one in of_recipe.values() if isinstance(one, Seeds)]
    return Combined(seeds, side_by_side(of_recipe) if len(of_recipe) > 1 else ())


def difference(first: Recipe, other: Recipe) -> str | None:
    """The first setting in which two recipes are not alike, in words; None where but the seed
    and what plays no part differ."""
    return _difference(_identity(first), _identity(other), "")


def _identity(recipe: Recipe) -> dict[str, Any]:
    """What seeds of one recipe have in common; of files their names, since the corpora
    themselves are compared."""
    whole = recipe.model_dump(mode="json", exclude=set(NO_PART))
    whole["inference"] = recipe.inference.decoding()
    for name, model in recipe.models.items():
        trainer = model.trainer.identity()
        whole["models"][name]["trainer"] = {k: v for k, v in trainer.items() if k != "seed"}
    found: dict[str, Any] = _without_folders(whole)
    return found


def _without_folders(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_folders(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_folders(one) for one in value]
    return Path(value).name if isinstance(value, str) and value.startswith("/") else value


def _difference(first: Any, other: Any, place: str) -> str | None:
    if isinstance(first, Mapping) and isinstance(other, Mapping):
        for key in dict.fromkeys([*first, *other]):
            inner = f"{place}.{key}" if place else str(key)
            if key not in other:
                return f"it has no {inner}"
            if key not in first:
                return f"it has {inner}, which the other has not"
            if (found := _difference(first[key], other[key], inner)) is not None:
                return found
        return None
    return None if first == other else f"{place} is {_shown(other)}, there {_shown(first)}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _check(runs: Mapping[str, Context]) -> None:
    """RecipeError where runs of one recipe have the same seed, or other corpora."""
    (first, run), *others = runs.items()
    seeds: dict[object, str] = {}
    for name, one in runs.items():
        key = one.recipe.seed, tuple(model.trainer.seed for model in one.recipe.models.values())
        if key in seeds:
            raise RecipeError(
                f"{name}: has the same seed as {seeds[key]}, {one.recipe.seed}: seeds of one "
                "recipe differ"
            )
        seeds[key] = name
    for name, other in others:
        for split in run.recipe.audited_splits:
            if not _depends_on_seed([run.recipe, other.recipe], split):
                _check_same_corpus(first, run, name, other, split)


def _own_segments(recipes: Sequence[Recipe]) -> bool:
    """Whether each run has segments of its own: those that are made from the seed."""
    return _are_unlike(recipes) and recipes[0].corpus.embedded is not None


def _depends_on_seed(recipes: Sequence[Recipe], split: str) -> bool:
    """Whether a split differs from seed to seed: it is made from it, or cases are planted by it."""
    planting = recipes[0].planting
    planted = split == TRAIN and planting is not None and planting.seed is None
    return _are_unlike(recipes) and (recipes[0].corpus.embedded is not None or planted)


def _are_unlike(recipes: Sequence[Recipe]) -> bool:
    return len({recipe.seed for recipe in recipes}) > 1


def _check_same_corpus(first: str, run: Context, name: str, other: Context, split: str) -> None:
    """RecipeError where a split differs; files of unlike hashes may hold the same segments."""
    ours, theirs = (_hash(context, split) for context in (run, other))
    if ours == theirs:
        return
    columns = ["id", "source", "target"]
    tables = [read_table(one.directory.corpus(split), CORPUS, columns) for one in (run, other)]
    if not tables[0].equals(tables[1]):
        raise RecipeError(
            f"{name}: was audited on another corpus than {first}: the split '{split}' has other "
            f"segments (SHA-256 of corpus/{split}.parquet: {theirs[:12]}…, there {ours[:12]}…)"
        )


def _hash(context: Context, split: str) -> str:
    """The SHA-256 of a split's file, as the finished run's manifest has it, or as it is."""
    path = context.directory.corpus(split)
    if context.directory.manifest.is_file():
        hashes = read_object(context.directory.manifest, "sha256")["sha256"]
        if (known := hashes.get(f"corpus/{split}.parquet")) is not None:
            return str(known)
    context.check_finished([path])
    return file_hash(path)
