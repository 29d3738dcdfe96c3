"""The stage `counterfactual` on made-up models: subsets, tables, summary, the stopping rule."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from kdaudit.artifacts import COUNTERFACTUAL, SCORES, write_table
from kdaudit.errors import ArtifactError, InputError, RecipeError
from kdaudit.recipe import load_stored
from kdaudit.segments import Segments
from kdaudit.stages import compare, counterfactual, distill, subsets, train, translate
from kdaudit.stages.costs import costs
from tests.counterfactual_runs import (
    COPIES,
    MISALIGNED,
    ORDINARY,
    RARE,
    corpus,
    made_up,
    train_models,
)
from tests.fakes import FakeRun
from tests.no_room import files_of_at_most
from tests.stages.test_report import benchmark

DISTINCT = ORDINARY + MISALIGNED + RARE
HALVES = {"models": 4, "share": 0.5}
THREE = {
    "teacher": {"role": "teacher"},
    "student": {"role": "student", "distillation": {"teacher": "teacher"}},
    "baseline": {"role": "baseline"},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> FakeRun:
    run = made_up(tmp_path_factory.mktemp("run"), HALVES)
    train_models(run)
    counterfactual.run(run)
    return run


def table(run: FakeRun, model: str = "baseline") -> pa.Table:
    return pq.read_table(run.directory.counterfactual(model))


def summary(run: FakeRun) -> dict:
    return json.loads(run.directory.counterfactual_summary.read_text(encoding="utf-8"))


def test_the_table_has_the_fixed_columns_and_a_row_for_each_segment(run):
    found = table(run)
    assert found.schema.names[: len(COUNTERFACTUAL)] == COUNTERFACTUAL.names
    assert found.schema.field("models_in").type == pa.int32()
    assert found["id"].to_pylist() == corpus()["id"].to_pylist()
    assert set(found["models_in"].to_pylist()) == set(found["models_out"].to_pylist()) == {2}


def test_what_was_memorized_stands_out_of_what_was_learned(run):
    planted = corpus()["planted"].is_valid().to_numpy()
    memorization = table(run)["memorization"].to_numpy()
    assert memorization[planted].min() > 0.7
    assert memorization[~planted].max() < 0.2
    kinds = {
        (row["kind"], row["by"]): row for row in summary(run)["separation"] if row["auroc"] == 1.0
    }
    assert ("misaligned", "memorization") in kinds
    assert kinds["idiosyncratic", "memorization"]["cases"] == RARE
    assert kinds["idiosyncratic", "memorization"]["others"] == ORDINARY


def test_copies_go_in_together_and_have_the_same_numbers(run):
    rare = slice(ORDINARY + MISALIGNED, None)
    for name in COUNTERFACTUAL.names[1:]:
        values = table(run)[name].to_numpy()[rare].reshape(RARE, COPIES)
        assert (values == values[:, :1]).all()
    for number in range(4):
        home = subsets.directory_of(run.directory, number)
        ids = pq.read_table(home.corpus("train"))["id"].to_numpy()
        inside = np.isin(corpus()["id"].to_numpy()[rare], ids).reshape(RARE, COPIES)
        assert (inside == inside[:, :1]).all()


def test_a_subset_is_a_run_of_its_own_for_the_ordinary_stages(run):
    first, second = (subsets.directory_of(run.directory, number) for number in (0, 1))
    found = load_stored(first.recipe)
    assert list(found.models) == ["baseline"]
    assert found.models["baseline"].trainer.seed != (
        load_stored(second.recipe).models["baseline"].trainer.seed
    )
    assert train.inputs(first, found, "baseline")[0] == first.corpus("train")
    assert all(path.is_file() for path in train.inputs(first, found, "baseline"))
    pairs = pq.read_table(first.corpus("pairs"))
    assert len(pairs) == DISTINCT
    train_ids = [
        set(pq.read_table(one.corpus("train"))["id"].to_pylist()) for one in (first, second)
    ]
    assert train_ids[0].isdisjoint(train_ids[1])
    assert train_ids[0] | train_ids[1] == set(corpus()["id"].to_pylist())


def test_the_nearest_neighbour_stands_beside_it(run):
    found = table(run)
    ids = found["nearest_target_id"].to_pylist()
    targets = dict(zip(corpus()["id"].to_pylist(), corpus()["target"].to_pylist(), strict=True))
    assert targets[ids[0]].startswith("der Hund")
    pair = (found["nearest_source"].to_numpy()[0] + found["nearest_target"].to_numpy()[0]) / 2
    assert found["nearest_pair"].to_numpy()[0] <= pair + 1e-9
    assert {row["by"] for row in summary(run)["separation"]} == {
        "memorization",
        "nearest source",
        "nearest target",
        "nearest pair",
    }


def test_pairs_without_a_model_on_a_side_have_nulls(tmp_path):
    run = made_up(tmp_path, {"design": "held_out", "share": 0.75, "nearest": False})
    train_models(run)
    whole = run.corpus("train").table
    columns = {
        "log_probability": [-0.4] * len(whole),
        "tokens": pa.array([4] * len(whole), pa.int32()),
    }
    write_table(
        run.directory.scores("baseline", "target", "train"),
        pa.table({"id": whole["id"], **columns}),
        SCORES,
    )
    counterfactual.run(run)
    found = table(run)
    out = found["models_out"].to_numpy()
    held = pc.sum(pc.equal(found["models_out"], 1)).as_py()
    assert held > 0
    assert set(found["models_in"].to_numpy()[out == 1]) == {1}
    assert set(found["models_in"].to_numpy()[out == 0]) == {2}
    assert found["memorization"].null_count == found["mean_out"].null_count == len(found) - held
    assert found["standard_error"].null_count == len(found)
    assert found["mean_in"].to_numpy()[out == 1] == pytest.approx(np.exp(-0.1))
    assert "nearest_pair" not in found.column_names


def test_chrf_and_log_probability_are_scores_too(tmp_path):
    run = made_up(tmp_path / "chrf", HALVES | {"score": "chrf"})
    train_models(run)
    counterfactual.run(run)
    planted = corpus()["planted"].is_valid().to_numpy()
    assert (table(run)["memorization"].to_numpy()[planted] > 80).all()
    assert (table(run)["memorization"].to_numpy()[~planted] == 0).all()
    assert "band" not in table(run).column_names  # nothing is published for chrF
    logs = made_up(tmp_path / "logs", HALVES | {"score": "log_probability", "bands": [0.5]})
    train_models(logs)
    counterfactual.run(logs)
    assert table(logs)["mean_in"].to_numpy().max() < 0
    assert set(table(logs)["band"].to_numpy()[planted]) == {1}


def test_a_stopping_rule_saves_models(tmp_path):
    section = {"models": 8, "stopping": {"uncertain": 0.05, "models": 4}}
    run = made_up(tmp_path, section | {"bands": [0.5]})
    train_models(run, range(4), noise=0.001)
    counterfactual.run_round(run, 0)
    assert not counterfactual.stops(run.directory, 0)
    counterfactual.run_round(run, 1)
    assert counterfactual.stops(run.directory, 1)
    counterfactual.run(run)  # half of the models are enough
    found = summary(run)
    assert (found["planned"], found["trained"], found["saved"]) == (8, 4, 4)
    assert found["models"][0]["uncertain"] == 0.0
    assert set(table(run)["models_in"].to_pylist()) == {2}


def test_a_rule_that_is_not_met_asks_for_every_model(tmp_path):
    run = made_up(tmp_path, HALVES | {"stopping": {"uncertain": 0.0}, "bands": [0.79]})
    train_models(run, noise=0.2)
    counterfactual.run_round(run, 0)
    assert counterfactual.last_round(run.directory, run.recipe) == 1
    assert json.loads(run.directory.counterfactual_round(0).read_text())["uncertain"] == 1.0
    counterfactual.run(run)
    assert summary(run)["saved"] == 0


def test_what_is_not_trained_yet_is_named(tmp_path):
    run = made_up(tmp_path, HALVES)
    train_models(run, range(3))
    with pytest.raises(ArtifactError, match=r"not finished.*subsets/0003"):
        counterfactual.run(run)
    assert not run.directory.counterfactual("baseline").exists()


def test_a_subset_that_is_laid_out_again_is_the_same(tmp_path):
    run = made_up(tmp_path, HALVES)
    subsets.run(run, 2)
    home = subsets.directory_of(run.directory, 2)
    before = {path: path.read_bytes() for path in subsets.outputs(home)}
    subsets.run(run, 2)
    assert {path: path.read_bytes() for path in subsets.outputs(home)} == before


def test_through_distillation_each_model_has_a_table(tmp_path):
    run = made_up(tmp_path, HALVES | {"model": "student", "distillation": True}, models=THREE)
    train_models(run)
    home = subsets.directory_of(run.directory, 0)
    own = load_stored(home.recipe)
    assert list(own.models) == ["teacher", "student", "baseline"]
    assert distill.inputs(home, own, "student")[0] == home.corpus("train")
    assert train.inputs(home, own, "student")[0] == home.distilled("student")
    counterfactual.run(run)
    for model in THREE:
        assert table(run, model)["memorization"].null_count == 0
    rows = {(row["model"], row["pairs"]): row for row in summary(run)["inheritance"]}
    assert set(rows) == {
        (model, part) for model in ("student", "baseline") for part in ("original", "planted")
    }
    planted = rows["student", "planted"]
    assert (planted["threshold"], planted["inherited"]) == (0.4, MISALIGNED + RARE)
    assert rows["student", "original"]["neither"] == ORDINARY


def test_a_students_kd_corpus_is_of_its_subset_and_its_teacher(tmp_path):
    section = HALVES | {"model": "student", "distillation": True, "nearest": False}
    run = made_up(tmp_path, section, models=THREE)
    subsets.run(run, 1)
    home = subsets.directory_of(run.directory, 1)
    subset = FakeRun(home.path, load_stored(home.recipe), {"teacher": {}})
    translate.run(subset, "teacher", "train", 0)
    distill.run(subset, "student")
    distilled = pq.read_table(home.distilled("student"))
    assert distilled["id"].to_pylist() == pq.read_table(home.corpus("train"))["id"].to_pylist()
    assert set(distilled["target"].to_pylist()) == {"?"}
    assert len(distilled) < len(corpus())


def test_what_people_are_told_is_part_of_the_comparison(run):
    assert set(counterfactual.outputs(run.directory, run.recipe)) <= set(
        compare.inputs(run.directory, run.recipe)
    )


def test_jobs_on_subsets_are_among_the_costs(run):
    names = ("subset-0003", "subset-0003-train-baseline", "subset-0001-score-baseline-pairs")
    for name in (
        *names,
        "counterfactual",
        "subset-0009-train-baseline",
    ):  # the last of a former run
        benchmark(run, name, "2.0", "10.0")
    found = {one.stage: one.seconds for one in costs(run)}
    assert found == {
        "counterfactual": 2.0,
        "subset": 2.0,
        "subset-train": 2.0,
        "subset-score": 2.0,
    }


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda run: subsets.run(run, 4), "no subset 4: the recipe has 4, from 0"),
        (lambda run: counterfactual.run_round(run, 0), "has no stopping rule"),
    ],
)
def test_what_there_is_not(run, ask, message):
    with pytest.raises(RecipeError, match=message):
        ask(run)


def test_a_round_that_there_is_not(tmp_path):
    run = made_up(tmp_path, HALVES | {"stopping": {"uncertain": 0.1}})
    with pytest.raises(RecipeError, match="no round 2: the recipe has 2, from 0"):
        counterfactual.run_round(run, 2)


def test_too_few_or_too_many_pairs_are_said_before_anything_is_trained(tmp_path, monkeypatch):
    run = made_up(tmp_path, {"design": "folds", "models": DISTINCT + 1})
    with pytest.raises(InputError, match=f"{DISTINCT} distinct pairs cannot be left out"):
        subsets.run(run, 0)
    monkeypatch.setattr(subsets, "MOST_TEXTS", 10)
    with pytest.raises(InputError, match="nearest: false"):
        subsets.run(made_up(tmp_path / "other", HALVES), 0)


def test_pairs_are_the_same_where_both_texts_are():
    rows = [("a", "b"), ("a", "c"), ("a", "b"), ("a b", ""), ("a", " b"), ("a", "b")]
    sources, targets = (list(side) for side in zip(*rows, strict=True))
    found = subsets.distinct_pairs(Segments.of(source=sources, target=targets))
    assert found.first.tolist() == [0, 1, 3, 4]
    assert found.number.tolist() == [0, 1, 0, 2, 3, 0]


def test_a_table_without_room_leaves_the_former_one(run, tmp_path):
    shutil.copytree(run.directory.path, tmp_path / "run")
    own = FakeRun(tmp_path / "run", run.recipe, {})
    before = own.directory.counterfactual("baseline").read_bytes()
    with (
        files_of_at_most(100),
        pytest.raises(ArtifactError, match=r"counterfactual/.*: cannot"),
    ):
        counterfactual.run(own)
    assert own.directory.counterfactual("baseline").read_bytes() == before
