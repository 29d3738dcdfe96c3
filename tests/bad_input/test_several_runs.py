"""Runs that cannot be taken together, and comparisons whose further tables are damaged."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pytest

from kdaudit.artifacts import CORPUS, write_table
from tests.bad_input.refusals import check, files
from tests.fakes import fake_run

PAIRS = {"id": [0, 1], "source": ["a b", "c d"], "target": ["A", "B"]}


def laid_out(folder: Path, **parts: object) -> Path:
    fake_run(folder, pa.table(PAIRS), {}, **parts)
    return folder


@pytest.fixture
def one(tmp_path) -> Path:
    return laid_out(tmp_path / "one")


def refused(kdaudit, one: Path, other: Path, message: str, *options: str) -> None:
    before = files(one), files(other)
    told = message.format(one=one, other=other)
    check(kdaudit("compare", one, other, *options), told)
    assert (files(one), files(other)) == before


def test_seeds_of_unlike_recipes(kdaudit, one, tmp_path):
    other = laid_out(tmp_path / "other", seed=2, trainer={"epochs": 3})
    message = (
        "{other}: is no seed of the recipe of {one}: models.teacher.trainer.epochs is 3, there 1 "
        "(--directions compares the runs of unlike recipes)"
    )
    refused(kdaudit, one, other, message)


def test_the_same_seed_twice(kdaudit, one, tmp_path):
    message = "{other}: has the same seed as {one}, 1: seeds of one recipe differ"
    refused(kdaudit, one, laid_out(tmp_path / "other"), message)


def test_models_audited_on_different_corpora(kdaudit, one, tmp_path):
    other = laid_out(tmp_path / "other", seed=2)
    table = pa.table({**PAIRS, "target": ["A", "other"]})
    write_table(other / "corpus" / "train.parquet", table, CORPUS)
    message = (
        "{other}: was audited on another corpus than {one}: the split 'train' has other segments "
        "(SHA-256 of corpus/train.parquet: …, there …)"
    )
    refused(kdaudit, one, other, message)


def test_directions_of_one_recipe(kdaudit, one, tmp_path):
    other = laid_out(tmp_path / "other", seed=2)
    message = "--directions is for runs of unlike recipes; these are of one: {one}, {other}"
    refused(kdaudit, one, other, message, "--directions")


def test_the_seeds_of_a_report(kdaudit, one):
    message = f"{one}: --seeds: a run directory is given twice"
    check(kdaudit("report", one, "--seeds", one), message)


@pytest.mark.parametrize(
    ("beside", "message"),
    [
        ({"inheritance": 3}, "'inheritance' must be a JSON list"),
        ({"inheritance": [{"measure": "x"}]}, "inheritance[0] lacks 'student', or it is wrong"),
        ({"denoising": [{"measure": "x"}]}, "denoising[0] has no 'model'"),
    ],
)
def test_a_damaged_table_of_a_comparison(kdaudit, one, beside, message):
    content = {"schema": "kdaudit.comparison/1", "measurements": [], "contrasts": []}
    path = one / "comparison" / "comparison.json"
    path.parent.mkdir()
    path.write_text(json.dumps(content | beside), encoding="utf-8")
    check(kdaudit("compare", one), f"{path}: comparison: {message}")
