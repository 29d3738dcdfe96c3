"""The subgroup schemes of a recipe: their short forms, what they need, and whether there is such.

Pure; reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from kdaudit.errors import NotComputable, RecipeError
from kdaudit.recipe.checks import CORPUS_MODEL, OF_TARGETS
from kdaudit.recipe.corpus import TRAIN
from kdaudit.recipe.values import mapping, resolve_files
from kdaudit.registry import unknown
from kdaudit.subgroups.counterfactual import Corners, Counterfactual
from kdaudit.subgroups.counts import COPIES
from kdaudit.subgroups.users import USERS, UsersFile

if TYPE_CHECKING:
    from kdaudit.recipe.settings import Recipe

OF_ORIGIN = ("provenance", "planted")
"""Columns of every corpus by which its schemes of these names divide it."""

UNCAPPED = ("all", *OF_ORIGIN)
"""Schemes that tables of whole splits are made of."""

OF_MEMORIZATION = (Counterfactual.name, Corners.name)
"""Schemes of counterfactual memorization."""

QUALITY, COUNTERFACTUAL, SCHEMES = "quality", "counterfactual", "subgroups"
"""How the names of stored columns begin."""


class Stored(NamedTuple):
    """A column that another stage has stored: `quality.<name>.<model>`, of a counterfactual file
    `counterfactual.<model>.<name>`, or the scheme of that name."""

    column: str
    kind: str
    name: str
    model: str = ""


def spelled_out(
    name: str, entry: dict[str, Any], folder: Path, memorization: object
) -> dict[str, Any]:
    """An entry without short forms: `provenance:` alone, paths that count from the recipe, and
    counterfactual memorization of the model of that section, `memorization`."""
    if name in OF_ORIGIN and not set(entry) - {"splits"}:
        return {**entry, "kind": "column", "column": name}
    if entry.get("kind", name) == UsersFile.name and "files" in entry:
        where = f"subgroups.{name}.files"
        files = mapping(entry["files"], where)
        return {**entry, "files": resolve_files(files, folder, tuple(files), where)}
    if entry.get("kind", name) in OF_MEMORIZATION and isinstance(memorization, Mapping):
        return {"model": memorization.get("model"), **entry}
    return entry


def stored(recipe: Recipe, scheme: str) -> Iterator[Stored]:
    """The stored columns that a scheme needs; NotComputable where it is the teacher's, and there
    is none."""
    for column in recipe.scheme(scheme).needs:
        kind, _, rest = column.partition(".")
        first, _, last = rest.rpartition(".")
        if kind == SCHEMES and rest:
            yield Stored(column, kind, rest)
        elif kind == QUALITY and first:
            yield Stored(column, kind, first, _model(recipe, last))
        elif kind == COUNTERFACTUAL and first:
            yield Stored(column, kind, last, _model(recipe, first))


def of_corpus(recipe: Recipe, scheme: str) -> list[str]:
    """The columns of the corpus that a scheme needs."""
    made = (COPIES, USERS)
    return [one for one in recipe.scheme(scheme).needs if "." not in one and one not in made]


def why_not(recipe: Recipe, scheme: str, split: str) -> str | None:
    """Why a split cannot be divided by a scheme, whatever is computed; None where it can."""
    for column in of_corpus(recipe, scheme):
        if column not in (known := _columns(recipe, split)):
            what = f"column of the split '{split}'"
            return f"{unknown(column, known, what)}: map it in 'corpus.splits.{split}' (columns)"
    chosen = recipe.scheme(scheme)
    if isinstance(chosen, UsersFile) and split not in chosen.files:
        return f"'files' has none for the split '{split}'"
    for column in chosen.needs:
        kind, _, name = column.partition(".")
        if kind == COUNTERFACTUAL and name and split != TRAIN:
            return f"counterfactual memorization is of the split '{TRAIN}', not of '{split}'"
        if kind == SCHEMES and name:
            if split not in recipe.subgroups[name].splits:
                return f"needs the scheme '{name}' on the split '{split}'"
            if reason := why_not(recipe, name, split):
                return reason
    return None


def fitting_splits(recipe: Recipe, scheme: str) -> tuple[str, ...]:
    """The splits of an entry that names none: those that can be divided so, and that have the
    metrics which the recipe computes. Where there is none, they are all there, for the checks."""
    named = recipe.subgroups[scheme].splits
    splits = [split for split in named if why_not(recipe, scheme, split) is None]
    names = [column.split(".")[1] for column in _quality_needs(recipe, scheme)]
    metrics = [recipe.quality[name].splits for name in names if name in recipe.quality]
    measured = [split for split in splits if all(split in of_one for of_one in metrics)]
    return tuple(measured or splits or named)


def check_schemes(recipe: Recipe) -> None:
    """RecipeError where a scheme needs what no recipe could give it."""
    check_products(recipe)
    for name, chosen in recipe.subgroups.items():
        place = f"subgroups.{name}"
        if chosen.cap is not None and name in UNCAPPED:
            raise RecipeError("is of whole splits, and has no cap", place=f"{place}.cap")
        scheme = recipe.scheme(name)
        if isinstance(scheme, UsersFile):
            for split in scheme.files:
                if split not in recipe.audited_splits:
                    message = unknown(split, recipe.audited_splits, "audited split")
                    raise RecipeError(message, place=f"{place}.files")
        for split in chosen.splits:
            if reason := why_not(recipe, name, split):
                raise RecipeError(reason, place=place)
        for column in scheme.needs:
            _check_stored(recipe, column, place)


def check_products(recipe: Recipe) -> None:
    """RecipeError for a product of a scheme that is not there, or of itself."""
    for name in recipe.subgroups:
        _check_parts(recipe, name, [name])


def _check_parts(recipe: Recipe, scheme: str, path: list[str]) -> None:
    place = f"subgroups.{path[0]}.schemes"
    for column in recipe.scheme(scheme).needs:
        kind, _, part = column.partition(".")
        if kind != SCHEMES or not part:
            continue
        if part not in recipe.subgroups:
            message = unknown(part, recipe.subgroups, "subgroup scheme of this recipe")
            raise RecipeError(message, place=place)
        if part in path:
            raise RecipeError(f"a circle of schemes: {' -> '.join([*path, part])}", place=place)
        _check_parts(recipe, part, [*path, part])


def _check_stored(recipe: Recipe, column: str, place: str) -> None:
    kind, _, rest = column.partition(".")
    if kind == QUALITY:
        metric, _, model = rest.rpartition(".")
        known = ["teacher", CORPUS_MODEL, *recipe.audited_models]
        if not metric or model not in known:
            what = f"model ('{column}' is to be quality.<metric>.<model>)"
            raise RecipeError(unknown(model, dict.fromkeys(known), what), place=place)
        needs = recipe.metric(metric).needs if metric in recipe.quality else ()
        if model == CORPUS_MODEL and not OF_TARGETS.issuperset(needs):
            raise RecipeError(
                f"'{metric}' is no quality that targets can have: it compares with them, or "
                "needs a model's",
                place=place,
            )
    if kind == COUNTERFACTUAL:
        model = rest.rpartition(".")[0]
        known = ["teacher", *recipe.audited_models]
        if model not in known:
            raise RecipeError(unknown(model, dict.fromkeys(known), "model"), place=place)


def _quality_needs(recipe: Recipe, scheme: str) -> list[str]:
    """The stored metrics that a scheme needs itself, or by the schemes that it is a product of."""
    found = []
    for column in recipe.scheme(scheme).needs:
        kind, _, rest = column.partition(".")
        if kind == QUALITY and rest:
            found.append(column)
        if kind == SCHEMES and rest:
            found += _quality_needs(recipe, rest)
    return found


def _model(recipe: Recipe, name: str) -> str:
    if name != "teacher":
        return name
    teacher = recipe.first("teacher")
    if teacher is None:
        raise NotComputable("needs a teacher")
    return teacher


def _columns(recipe: Recipe, split: str) -> list[str]:
    """The columns that the corpus will have on a split."""
    mapped = [name for entry in recipe.corpus.splits.get(split, ()) for name in entry.columns or ()]
    planted = recipe.corpus.planted is not None and split == TRAIN
    more = ["original_target", "repetitions"] if planted else []
    return list(dict.fromkeys(["id", "source", "target", *mapped, *OF_ORIGIN, *more]))
