"""Which runs are seeds of one recipe, and which are refused, with what it is that differs."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.artifacts import CORPUS, file_hash, write_json, write_table
from kdaudit.errors import ArtifactError, RecipeError
from kdaudit.stages import seeds
from tests.fakes import fake_run

SOURCES = ["a b", "c d"]
EMBEDDED = {"corpus": {"embedded": {"train": 20, "valid": 5, "test": 5}}}


def corpus(*targets: str) -> pa.Table:
    return pa.table(
        {
            "id": np.arange(2),
            "source": SOURCES,
            "target": list(targets) or ["A", "B"],
            "provenance": ["original"] * 2,
            "planted": pa.nulls(2, pa.string()),
        }
    )


def runs(folder, *parts):
    """A run for each of some parts of a recipe."""
    return {
        f"run{place}": fake_run(folder / str(place), corpus(), {}, **values)
        for place, values in enumerate(parts, 1)
    }


def test_runs_that_differ_in_their_seed_and_in_what_plays_no_part_are_seeds(tmp_path):
    inference = {"inference": {"threads": 1}}
    found = runs(tmp_path, {"seed": 1}, {"seed": 2, "name": "x"}, {"seed": 3, **inference})
    assert seeds.grouped(found, directions=False) == [["run1", "run2", "run3"]]


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"detectors": {"oscillatory": {"min_count": 5}}}, "detectors"),
        ({"trainer": {"epochs": 2}}, "models.teacher.trainer.epochs is 2, there 1"),
        ({"comparison": {"bootstrap": 300}}, "comparison.bootstrap is 300, there 200"),
        ({"models": {"only": {"role": "baseline"}}}, "it has no models.teacher"),
    ],
)
def test_seeds_of_unlike_recipes_are_refused_with_the_first_difference(tmp_path, parts, told):
    found = runs(tmp_path, {"seed": 1}, {"seed": 2} | parts)
    with pytest.raises(RecipeError) as error:
        seeds.grouped(found, directions=False)
    assert str(error.value).startswith("run2: is no seed of the recipe of run1: ")
    assert told in str(error.value)
    assert seeds.grouped(found, directions=True) == [["run1"], ["run2"]]


def test_directions_are_of_unlike_recipes_and_may_have_several_seeds(tmp_path):
    found = runs(tmp_path, {"seed": 1}, {"trainer": {"epochs": 2}}, {"seed": 2})
    assert seeds.grouped(found, directions=True) == [["run1", "run3"], ["run2"]]
    alike = {name: found[name] for name in ("run1", "run3")}
    with pytest.raises(RecipeError, match="--directions is for runs of unlike recipes"):
        seeds.grouped(alike, directions=True)


def test_a_seed_that_is_there_twice_is_refused(tmp_path):
    with pytest.raises(RecipeError, match="run2: has the same seed as run1, 1: seeds of one"):
        seeds.grouped(runs(tmp_path, {"seed": 1}, {"seed": 1}), directions=False)


def test_trainings_of_another_seed_are_seeds_too(tmp_path):
    found = runs(tmp_path, {}, {"trainer": {"epochs": 1, "seed": 7}})
    assert seeds.grouped(found, directions=False) == [["run1", "run2"]]


def test_models_audited_on_another_corpus_are_refused(tmp_path):
    found = runs(tmp_path, {"seed": 1}, {"seed": 2})
    path = found["run2"].directory.corpus("test")
    write_table(path, corpus("A", "other"), CORPUS)
    with pytest.raises(RecipeError) as error:
        seeds.grouped(found, directions=False)
    assert "run2: was audited on another corpus than run1: the split 'test'" in str(error.value)
    assert file_hash(path)[:12] in str(error.value)


def test_the_same_segments_in_another_file_are_the_same_corpus(tmp_path):
    found = runs(tmp_path, {"seed": 1}, {"seed": 2})
    directory = found["run2"].directory
    write_table(directory.corpus("train"), corpus(), CORPUS, {"written": "elsewhere"})
    write_json(directory.manifest, {"sha256": {"corpus/train.parquet": "another"}})
    assert len(seeds.grouped(found, directions=False)) == 1


def test_a_corpus_that_is_not_there_is_an_unfinished_run(tmp_path):
    found = runs(tmp_path, {"seed": 1}, {"seed": 2})
    found["run2"].directory.corpus("test").unlink()
    with pytest.raises(ArtifactError, match=r"not finished.*corpus/test\.parquet"):
        seeds.grouped(found, directions=False)


@pytest.mark.parametrize(
    ("parts", "allowed"),
    [
        (EMBEDDED, True),
        ({"corpus_planted": {"oscillating": 1}}, True),
        ({"corpus_planted": {"oscillating": 1, "seed": 4}}, False),
    ],
)
def test_what_is_made_from_the_seed_may_differ(tmp_path, parts, allowed):
    if planted := parts.get("corpus_planted"):
        names = ("train", "valid", "test")
        splits = {name: {"source": f"{name}.en", "target": f"{name}.de"} for name in names}
        parts = {"corpus": {"splits": splits, "planted": planted}}
    found = runs(tmp_path, {"seed": 1} | parts, {"seed": 2} | parts)
    write_table(found["run2"].directory.corpus("train"), corpus("A", "other"), CORPUS)
    if allowed:
        assert len(seeds.grouped(found, directions=False)) == 1
    else:
        with pytest.raises(RecipeError, match="the split 'train' has other segments"):
            seeds.grouped(found, directions=False)
