"""Stage `counterfactual`: what models on subsets say of each pair of the training split.

Reads the scores in the run directories of the subsets (`subsets`) and, where pairs were held
out of one model alone, those of the run's own models; writes `counterfactual/<model>.parquet`
and `summary.json`. A stopping rule is asked after each round of models, which makes
`counterfactual/rounds/<round>.json`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kdaudit.artifacts import (
    COUNTERFACTUAL,
    SCORES,
    TRANSLATIONS,
    RunDirectory,
    read_object,
    read_table,
    write_json,
    write_table,
)
from kdaudit.counterfactual import (
    Estimates,
    Estimator,
    Nearest,
    banded,
    geometric_mean,
    mean_log_probability,
    nearest_pairs,
    uncertain,
)
from kdaudit.counterfactual.estimates import enough, uncertain_share
from kdaudit.errors import RecipeError
from kdaudit.quality.chrf import Chrf
from kdaudit.recipe import TRAIN, Recipe, trained_models
from kdaudit.segments import FloatArray, Segments
from kdaudit.stages import subsets
from kdaudit.stages.base import Context, digest
from kdaudit.stages.counterfactual_summary import summarized
from kdaudit.stages.translate import shard_files

SIDES = ("source", "target")
"""The texts of a pair whose nearest neighbours are looked for."""


def outputs(directory: RunDirectory, recipe: Recipe) -> list[Path]:
    """A table for each model, and the summary; nothing where the recipe has no such section."""
    if recipe.counterfactual is None:
        return []
    tables = [directory.counterfactual(model) for model in trained_models(recipe)]
    return [*tables, directory.counterfactual_summary]


def settings(recipe: Recipe) -> str:
    """What is made of the scores."""
    asked = subsets.chosen(recipe).model_dump(mode="json")
    return digest(asked, subsets.seed(recipe), trained_models(recipe))


def inputs(directory: RunDirectory, recipe: Recipe, last: int | None = None) -> list[Path]:
    """The corpus, and the scores of all models up to round `last` (all rounds by default)."""
    rounds = subsets.design(recipe).rounds if last is None else last + 1
    files = [directory.corpus(TRAIN), *_whole_files(directory, recipe)]
    for round_ in range(rounds):
        files += round_inputs(directory, recipe, round_)
    return files


def round_inputs(directory: RunDirectory, recipe: Recipe, round_: int) -> list[Path]:
    """The scores of the models of one round, and which pairs these were trained on."""
    files = []
    for number in subsets.design(recipe).numbers(round_):
        home = subsets.directory_of(directory, number)
        files.append(home.corpus(TRAIN))
        files += [subsets.scored(home, recipe, model) for model in trained_models(recipe)]
    return files


def _whole_files(directory: RunDirectory, recipe: Recipe) -> list[Path]:
    """How the run's own models, trained on all pairs, score them: where pairs are held out of one
    model, these are its counterpart."""
    if subsets.chosen(recipe).design != "held_out":
        return []
    files = []
    for model in trained_models(recipe):
        if subsets.chosen(recipe).score == "chrf":
            files += shard_files(directory, recipe, model, TRAIN)
        else:
            files.append(directory.scores(model, "target", TRAIN))
    return files


def stops(directory: RunDirectory, round_: int) -> bool:
    """What the stopping rule said after a round."""
    return bool(read_object(directory.counterfactual_round(round_), "stop")["stop"])


def last_round(directory: RunDirectory, recipe: Recipe) -> int:
    """The last round whose models were trained."""
    plan = subsets.design(recipe)
    if subsets.chosen(recipe).stopping is None:
        return plan.rounds - 1
    return next(
        (round_ for round_ in range(plan.rounds - 1) if stops(directory, round_)), plan.rounds - 1
    )


def run_round(context: Context, round_: int) -> None:
    """Ask the stopping rule after one round (from 0), and write what it says."""
    recipe, directory = context.recipe, context.directory
    rule, plan = subsets.chosen(recipe).stopping, subsets.design(recipe)
    if rule is None:
        raise RecipeError("the recipe of this run has no stopping rule")
    if not 0 <= round_ < plan.rounds:
        raise RecipeError(f"there is no round {round_}: the recipe has {plan.rounds}, from 0")
    context.check_finished(inputs(directory, recipe, round_))
    edges, done = subsets.chosen(recipe).edges, (round_ + 1) * plan.trained
    found = [one for _, one in _estimates(context, round_)]
    said = {
        "round": round_,
        "models": done,
        "uncertain": max(uncertain_share(one, edges) for one in found),
        "stop": all(enough(one, edges, rule.uncertain, rule.models, done) for one in found),
    }
    write_json(directory.counterfactual_round(round_), said)


def run(context: Context) -> None:
    """Write what all models that were trained say. ArtifactError where one is missing."""
    recipe, directory = context.recipe, context.directory
    chosen = subsets.chosen(recipe)
    last = last_round(directory, recipe)
    context.check_finished(inputs(directory, recipe, last))
    corpus = context.corpus(TRAIN)
    pairs = subsets.distinct_pairs(corpus)
    once = corpus.take(pairs.first)
    nearest = _nearest(context, once) if chosen.nearest else {}
    trained = (last + 1) * subsets.design(recipe).trained
    described = {"score": chosen.score, "design": chosen.design, "models": str(trained)}
    described |= {"bands": ",".join(f"{edge:g}" for edge in chosen.edges)}
    found = dict(_estimates(context, last))
    for model, estimates in found.items():
        table = _table(once, estimates, chosen.edges, nearest).take(pa.array(pairs.number))
        table = table.set_column(0, "id", corpus.table["id"])
        write_table(directory.counterfactual(model), table, COUNTERFACTUAL, described)
    write_json(
        directory.counterfactual_summary,
        summarized(
            context, once, found, {name: one.score for name, one in nearest.items()}, trained
        ),
    )


def _estimates(context: Context, last: int) -> Iterator[tuple[str, Estimates]]:
    """For each model what its copies of the rounds up to `last` say of the distinct pairs."""
    recipe, plan = context.recipe, subsets.design(context.recipe)
    corpus = context.corpus(TRAIN, ["source", "target"])
    pairs = subsets.distinct_pairs(corpus)
    once = corpus.take(pairs.first)
    for model in trained_models(recipe):
        estimator = Estimator(len(pairs))
        for number in range((last + 1) * plan.trained):
            home = subsets.directory_of(context.directory, number)
            table = subsets.read_scored(home, recipe, model)
            scores = _scores(recipe, once, table, f"scores of subset {number}, {model}")
            estimator.add(scores, subsets.inside(home, once))
        if subsets.chosen(recipe).design == "held_out":
            scores = _scores(recipe, corpus, *_whole(context, model))[pairs.first]
            estimator.add(scores, np.ones(len(pairs), dtype=np.bool_))
        yield model, estimator.estimates(subsets.chosen(recipe).confidence)


def _whole(context: Context, model: str) -> tuple[pa.Table, str]:
    """How the run's own model scores the training split."""
    directory, what = context.directory, f"scores of {model}, {TRAIN}"
    if subsets.chosen(context.recipe).score == "chrf":
        return read_table(directory.translations(model, TRAIN), TRANSLATIONS), what
    return read_table(directory.scores(model, "target", TRAIN), SCORES), what


def _scores(recipe: Recipe, segments: Segments, table: pa.Table, what: str) -> FloatArray:
    """One number for each segment, by the recipe's score; nan where there is none."""
    kind = subsets.chosen(recipe).score
    if kind == "chrf":
        translated = segments.join(table, {"translation": "translation"}, what)
        return Chrf().score(translated).score
    joined = segments.join(table, {name: name for name in ("log_probability", "tokens")}, what)
    tokens = np.asarray(joined.table["tokens"].to_numpy(), dtype=np.int32)
    mean = geometric_mean if kind == "geometric_mean" else mean_log_probability
    return mean(joined.numbers("log_probability"), tokens)


def _nearest(context: Context, once: Segments) -> dict[str, Nearest]:
    """The nearest other pair by source, by target, and by both."""
    context.progress(0, 1, "nearest neighbours")
    return nearest_pairs({side: once.texts(side) for side in SIDES})


def _table(
    once: Segments, found: Estimates, edges: tuple[float, ...], nearest: dict[str, Nearest]
) -> pa.Table:
    """A row for each distinct pair: the fixed columns, then the rest."""
    columns: dict[str, Any] = {"id": once.table["id"]}
    for field in COUNTERFACTUAL:
        if field.name != "id":
            columns[field.name] = _nullable(getattr(found, field.name), field.type)
    columns |= {"low": _nullable(found.low), "high": _nullable(found.high)}
    if edges:
        bands = banded(found.memorization, edges)
        columns["band"] = pa.array(bands, pa.int32(), mask=bands < 0)
        columns["uncertain"] = pa.array(uncertain(found, edges))
    for name, one in nearest.items():
        columns[f"nearest_{name}"] = _nullable(one.score)
        places = np.maximum(one.place, 0)
        columns[f"nearest_{name}_id"] = pa.array(once.ids[places], mask=one.place < 0)
    return pa.table(columns)


def _nullable(values: Any, kind: pa.DataType | None = None) -> pa.Array:
    return pa.array(values, kind, from_pandas=True)
