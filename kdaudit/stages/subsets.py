"""Part of stage `counterfactual`: the run directories in which models on subsets are made.

Reads the training and validation split and the subwords of a run; writes, for each subset,
`counterfactual/subsets/<number>/`: a `recipe.json` and a corpus of its own, whose training
split is the subset and whose split `pairs` is every distinct pair of the run once. The
ordinary stages train, translate, distill and score there.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from kdaudit.artifacts import (
    CORPUS,
    SCORES,
    TRANSLATIONS,
    RunDirectory,
    read_table,
    replacing,
    shard_name,
    write_table,
    write_text,
)
from kdaudit.counterfactual import Design
from kdaudit.counterfactual.nearest import MOST_TEXTS
from kdaudit.errors import InputError, RecipeError
from kdaudit.recipe import TRAIN, VALID, CounterfactualSettings, Recipe, dump, trained_models
from kdaudit.recorded import check_recorded
from kdaudit.segments import BoolArray, IntArray, Segments
from kdaudit.settings import parse
from kdaudit.stages.base import Context, digest
from kdaudit.texts import numbered

PAIRS = "pairs"
"""The split of a subset's run that every model scores: all distinct pairs of the corpus."""


@dataclass(frozen=True)
class Pairs:
    """The distinct (source, target) pairs of a training split, in order of first occurrence.

    `first`: the row of each pair's first copy. `number`: the pair of each row.
    """

    first: IntArray
    number: IntArray

    def __len__(self) -> int:
        return len(self.first)


def distinct_pairs(segments: Segments) -> Pairs:
    """The distinct pairs; texts are equal where they are the same, white space and all."""
    sources, targets = (numbered(segments.strings(column)) for column in ("source", "target"))
    keys = sources * (targets.max(initial=0) + 1) + targets
    _, first, number = np.unique(keys, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return Pairs(first[order], rank[number])


def chosen(recipe: Recipe) -> CounterfactualSettings:
    """The section of the recipe; RecipeError where there is none."""
    if recipe.counterfactual is None:
        raise RecipeError("the recipe of this run has no section 'counterfactual'")
    return recipe.counterfactual


def design(recipe: Recipe) -> Design:
    """Which subsets there are."""
    return chosen(recipe).plan


def directory_of(directory: RunDirectory, number: int) -> RunDirectory:
    """The run directory of a subset."""
    return directory.subset(f"{number:04d}")


def recipe_of(recipe: Recipe, number: int) -> Recipe:
    """The recipe of a subset's run: its models, each with a seed of its own, and no measures."""
    values = recipe.model_dump(mode="json")
    models = {name: values["models"][name] for name in trained_models(recipe)}
    for model in models.values():
        model["trainer"]["seed"] += 1 + number
    splits = {split: {"file": f"{split}.parquet"} for split in (TRAIN, VALID, PAIRS)}
    languages = {key: values["corpus"][key] for key in ("source_language", "target_language")}
    kept = {key: values[key] for key in ("seed", "subwords", "inference")}
    return parse(
        Recipe,
        {
            **kept,
            "name": f"{recipe.name}-subset-{number:04d}",
            "corpus": {**languages, "splits": splits},
            "models": models,
            "beam": {TRAIN: recipe.beam_of(TRAIN)},
            "detectors": {},
            "quality": {},
            "subgroups": {},
        },
        "",
    ).check()


def inputs(directory: RunDirectory) -> list[Path]:
    """What a subset is taken from."""
    return [directory.corpus(TRAIN), directory.corpus(VALID), directory.subwords]


def outputs(directory: RunDirectory) -> list[Path]:
    """What the stages in the run directory of a subset begin with."""
    splits = [directory.corpus(split) for split in (TRAIN, VALID, PAIRS)]
    return [*splits, directory.subwords, directory.recipe]


def settings(recipe: Recipe, number: int) -> str:
    """The design, and the recipe of the subset; the engine's speed is no part of it."""
    own = recipe_of(recipe, number)
    trainers = {name: model.trainer.identity() for name, model in own.models.items()}
    return digest(design(recipe).__dict__, seed(recipe), trainers, own.inference.decoding())


def seed(recipe: Recipe) -> int:
    """Of the subsets."""
    own = chosen(recipe).seed
    return recipe.seed if own is None else own


def run(context: Context, number: int) -> None:
    """Lay out the run directory of one subset (from 0)."""
    recipe, plan = context.recipe, design(context.recipe)
    if not 0 <= number < plan.models:
        raise RecipeError(f"there is no subset {number}: the recipe has {plan.models}, from 0")
    home = directory_of(context.directory, number)
    segments = context.corpus(TRAIN)
    pairs = distinct_pairs(segments)
    check_nearest(recipe, pairs)
    inside = plan.subset(len(pairs), number, seed(recipe))
    write_table(home.corpus(TRAIN), segments.take(inside[pairs.number]).table, CORPUS)
    write_table(home.corpus(PAIRS), segments.take(pairs.first).table.select(CORPUS.names), CORPUS)
    for there, here in (
        (context.directory.corpus(VALID), home.corpus(VALID)),
        (context.directory.subwords, home.subwords),
    ):
        check_recorded(there)
        with replacing(here, recorded=True) as beside:
            shutil.copyfile(there, beside)
    write_text(home.recipe, dump(recipe_of(recipe, number)))


def check_nearest(recipe: Recipe, pairs: Pairs) -> None:
    """InputError, before anything is trained, for more pairs than are compared with each other."""
    if chosen(recipe).nearest and len(pairs) > MOST_TEXTS:
        raise InputError(
            f"the training split has {len(pairs):,} distinct pairs, and nearest neighbours are for "
            f"at most {MOST_TEXTS:,}: say 'nearest: false' in the section 'counterfactual'"
        )


def scored(directory: RunDirectory, recipe: Recipe, model: str) -> Path:
    """The file of a subset's run that says how a model scores all pairs."""
    if chosen(recipe).score == "chrf":
        return directory.translations(model, PAIRS) / shard_name(0, 1)
    return directory.scores(model, "target", PAIRS)


def read_scored(directory: RunDirectory, recipe: Recipe, model: str) -> pa.Table:
    """The same, read."""
    schema = TRANSLATIONS if chosen(recipe).score == "chrf" else SCORES
    return read_table(scored(directory, recipe, model), schema)


def inside(directory: RunDirectory, pairs: Segments) -> BoolArray:
    """Which of the distinct pairs the models of a subset were trained on."""
    ids = read_table(directory.corpus(TRAIN), CORPUS, ["id"])["id"].to_numpy()
    return np.isin(pairs.ids, ids)
