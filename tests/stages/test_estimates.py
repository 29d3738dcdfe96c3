"""Learned metrics through the stages: what is asked of the model, what is stored, what is refused.

The scorer is a stand-in that speaks the protocol; the real one: tests/quality/test_comet.py.
"""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.artifacts import QUALITY, metadata, read_table
from kdaudit.errors import NotComputable, RecipeError
from kdaudit.inference import estimates as process
from kdaudit.stages import compare, estimates, group, measure, prepare
from kdaudit.stages.report import _passed_on
from tests.fakes import fake_run, recipe, write_translations
from tests.scorers import stand_in

SOURCES = ["the old house", "the old house", "  ", "a tree", "a tree"]
TARGETS = ["das alte Haus", "das alte Haus", "", "ein Baum", ""]
TRANSLATIONS = ["das Haus", "das Haus", "nichts", "ein Baum ", "Baum"]
SPLITS = {name: {"source": f"{name}.en", "target": f"{name}.de"} for name in ("train", "valid")}
NEWS = {"news": {"source": "news.en"}}


def scored_run(folder: Path, quality: dict, corpus_splits: dict = SPLITS, **parts):
    """A run of one model with its translations; the scorer is the stand-in in its folder."""
    corpus = pa.table(
        {
            "id": np.arange(len(SOURCES)),
            "source": SOURCES,
            "target": TARGETS,
            "provenance": ["original"] * len(SOURCES),
            "planted": pa.nulls(len(SOURCES), pa.string()),
        }
    )
    model = folder / "length"
    model.mkdir()
    entries = {
        name: {"model": str(model), "environment": str(stand_in(folder)), **entry}
        for name, entry in quality.items()
    }
    run = fake_run(
        folder / "run",
        corpus,
        {},
        corpus={"splits": corpus_splits},
        models={"baseline": {"role": "baseline"}},
        detectors={},
        quality=entries,
        subgroups={"all": None, **parts},
    )
    for split in run.recipe.audited_splits:
        write_translations(run, "baseline", split, TRANSLATIONS)
    return run


def test_each_distinct_segment_is_scored_once_and_blank_ones_never(tmp_path, monkeypatch):
    run = scored_run(tmp_path, {"comet": {"batch_size": 4}})
    monkeypatch.setenv("SCORER_LOG", str(tmp_path / "asked"))
    measure.run(run, "comet", "baseline", "train")
    table = read_table(run.directory.quality("comet", "baseline", "train"), QUALITY)
    assert table["score"].to_pylist() == [0.08, 0.08, None, 0.09, None]
    assert table["statistics"].to_pylist() == [[0.08, 1], [0.08, 1], [0, 0], [0.09, 1], [0, 0]]
    (line,) = (tmp_path / "asked").read_text().splitlines()
    request, segments = json.loads(line)
    assert segments == [
        ["the old house", "das Haus", "das alte Haus"],
        ["a tree", "ein Baum ", "ein Baum"],
    ]
    assert request == {
        "model": str(tmp_path / "length"),
        "is_local": True,
        "with_targets": True,
        "batch_size": 4,
        "device": "auto",
    }


def test_the_file_says_what_scored_and_how_many_segments_were_too_long(tmp_path, capsys):
    run = scored_run(tmp_path, {"comet": {}})
    measure.run(run, "comet", "baseline", "train")
    stored = metadata(run.directory.quality("comet", "baseline", "train"))
    assert stored == {
        "signature": "comet|model:length|segments:arithmetic_mean|unbabel-comet:0"
        "|checkpoint:of length",
        "segments_cut": "1",
    }
    assert "warning: baseline, train, comet: segments_cut: 1" in capsys.readouterr().err


def test_a_large_split_is_asked_in_parts_and_told_as_progress(tmp_path, monkeypatch):
    run = scored_run(tmp_path, {"cometkiwi": {"batch_size": 1}})
    monkeypatch.setattr(estimates, "BATCHES", 2)
    told = []
    object.__setattr__(run, "progress", lambda *values: told.append(values))
    monkeypatch.setenv("SCORER_LOG", str(tmp_path / "asked"))
    measure.run(run, "cometkiwi", "baseline", "train")
    parts = [json.loads(line)[1] for line in (tmp_path / "asked").read_text().splitlines()]
    assert [len(part) for part in parts] == [2, 1]
    assert [done for done, _, _ in told] == [2, 3]


def test_without_targets_cometkiwi_is_there_and_comet_is_not_applicable(tmp_path):
    run = scored_run(tmp_path, {"comet": {}, "cometkiwi": {}}, SPLITS | NEWS)
    assert run.recipe.quality["comet"].splits == ("train",)
    assert run.recipe.quality["cometkiwi"].splits == ("train", "news")
    measure.run(run, "cometkiwi", "baseline", "news")
    table = read_table(run.directory.quality("cometkiwi", "baseline", "news"), QUALITY)
    assert table["score"].to_pylist() == [0.08, 0.08, None, 0.09, 0.04]


def test_the_quality_of_the_corpus_makes_the_published_bands(tmp_path):
    run = scored_run(
        tmp_path,
        {"cometkiwi": {}, "comet": {}},
        kiwi={"kind": "quality", "column": "quality.cometkiwi.corpus"},
    )
    measure.run(run, "cometkiwi", "corpus", "train")
    stored = read_table(run.directory.quality("cometkiwi", "corpus", "train"), QUALITY)
    assert stored["score"].to_pylist() == [0.13, 0.13, None, 0.08, 0.0]
    group.run(run, "kiwi", "train")
    found = read_table(
        run.directory.subgroups("kiwi", "train"), pa.schema([("subgroup", pa.string())])
    )
    assert found["subgroup"].to_pylist() == ["0-0.2", "0-0.2", "undefined", "0-0.2", "0-0.2"]
    with pytest.raises(RecipeError, match="'comet' is no quality that targets can have"):
        recipe(
            tmp_path,
            quality={"comet": {}},
            subgroups={"of": {"kind": "quality", "column": "quality.comet.corpus"}},
        )


def test_the_comparison_has_the_value_with_its_interval(tmp_path):
    run = scored_run(tmp_path, {"comet": {}})
    measure.run(run, "comet", "baseline", "train")
    group.run(run, "all", "train")
    found = compare.computed(run)
    (row,) = [row for row in found.measurements if row.scheme == "all"]
    assert row.value == pytest.approx((0.08 + 0.08 + 0.09) / 3)
    assert row.ci_low <= row.value <= row.ci_high
    assert found.signature["quality"]["comet"].startswith("comet|model:length")


def test_a_scorer_that_dies_leaves_nothing(tmp_path):
    run = scored_run(tmp_path, {"comet": {"model": str(tmp_path / "dies")}})
    with pytest.raises(NotComputable, match="ended with exit code 3"):
        measure.run(run, "comet", "baseline", "train")
    assert not run.directory.quality("comet", "baseline", "train").parent.exists()


def test_a_split_of_blank_segments_starts_no_scorer(tmp_path, monkeypatch):
    run = scored_run(tmp_path, {"comet": {"model": str(tmp_path / "refused")}})
    blank = run.corpus("train").take(np.array([2, 4]))
    blank = estimates.with_estimates(
        run, run.recipe.metric("comet"), blank.with_column("translation", ["a", ""]), "x"
    )
    assert np.isnan(blank[0].numbers("estimate")).all()


def test_a_local_model_is_watched_and_a_name_on_the_hub_is_not(tmp_path):
    run = scored_run(tmp_path, {"comet": {}, "kiwi": {"kind": "cometkiwi", "model": "Unbabel/x"}})
    checkpoint = tmp_path / "length" / "checkpoints" / "model.ckpt"
    asked = run.directory, run.recipe
    assert checkpoint not in measure.inputs(*asked, "comet", "baseline", "train")
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(b"")
    assert checkpoint in measure.inputs(*asked, "comet", "baseline", "train")
    assert len(measure.inputs(*asked, "kiwi", "baseline", "train")) == 2
    assert [measure.asks_a_model(run.recipe, name) for name in ("comet", "kiwi")] == [True, True]


def test_paths_count_from_the_recipe_and_are_not_passed_on(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    monkeypatch.setenv("MODELS", str(tmp_path))
    found = recipe(
        tmp_path,
        quality={
            "comet": {"model": "mine", "environment": "env"},
            "other": {"kind": "comet", "model": "$MODELS/other.ckpt"},
            "cometkiwi": {},
        },
    )
    models = {name: found.metric(name).model for name in found.quality}
    assert models == {
        "comet": str(tmp_path / "mine"),
        "other": str(tmp_path / "other.ckpt"),
        "cometkiwi": "Unbabel/wmt22-cometkiwi-da",
    }
    assert found.metric("comet").environment == str(tmp_path / "env")
    assert str(tmp_path) not in json.dumps(_passed_on(found)["quality"])
    assert _passed_on(found)["quality"]["comet"]["settings"] == {
        "model": "mine",
        "environment": "env",
    }


def test_what_changes_the_speed_alone_makes_nothing_again(tmp_path):
    slow, fast, other = (
        recipe(tmp_path, quality={"comet": entry})
        for entry in ({}, {"batch_size": 64, "environment": "/x"}, {"model": "Unbabel/XCOMET-XL"})
    )
    assert measure.settings(slow, "comet") == measure.settings(fast, "comet")
    assert measure.settings(slow, "comet") != measure.settings(other, "comet")


def test_what_is_not_there_is_said_before_anything_is_made(tmp_path, monkeypatch):
    run = scored_run(tmp_path, {"comet": {"model": str(tmp_path / "none")}})
    with pytest.raises(RecipeError, match=r"quality\.comet\.model: there is no .*none"):
        prepare.run_training(run)
    without = recipe(tmp_path, quality={"cometkiwi": {}})
    monkeypatch.delenv(process.VARIABLE, raising=False)
    monkeypatch.setattr(process, "FOLDER", tmp_path / "none")
    with pytest.raises(
        NotComputable, match=r"quality\.cometkiwi: needs unbabel-comet: `make comet"
    ):
        estimates.check(without)
