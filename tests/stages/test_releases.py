"""`kdaudit compare --previous --candidate`: run directories, stored comparisons, refusals."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.artifacts import CORPUS, write_json, write_table
from kdaudit.cli import compare as cli
from kdaudit.cli.compare import Format
from kdaudit.comparison import from_json_dict
from kdaudit.errors import ArtifactError, RecipeError
from kdaudit.stages import compare, detect, group, measure, releases
from tests.fakes import FakeRun, fake_run, write_translations

ROWS = 60
SOURCES = [f"source number {row}" for row in range(ROWS)]
TARGETS = [f"Ziel Nummer {row}" for row in range(ROWS)]
SPLITS = {name: {"source": f"{name}.en", "target": f"{name}.de"} for name in ("train", "valid")}
SCHEMES = {"all": None, "length": None, "of_model": {"kind": "quality", "column": "quality.chrf.m"}}


def release(folder, wrong: int, extra: str = "", **parts):
    """A finished run of the models `m`, of which `wrong` translations are no targets, and
    `extra`."""
    corpus = pa.table(
        {
            "id": np.arange(ROWS),
            "source": SOURCES,
            "target": TARGETS,
            "provenance": ["original"] * ROWS,
            "planted": pa.nulls(ROWS, pa.string()),
        }
    )
    values = {
        "corpus": {"splits": SPLITS},
        "models": {name: {"role": "baseline"} for name in filter(None, ("m", extra))},
        "detectors": {"exact_match": None, "oscillatory": None},
        "quality": {"chrf": None},
        "subgroups": SCHEMES,
    }
    run = fake_run(folder, corpus, {}, **values | parts)
    texts = [f"falsch {row}" for row in range(wrong)] + TARGETS[wrong:]
    for model in run.recipe.models:
        write_translations(run, model, "train", texts)
        for name in run.recipe.detectors:
            detect.run(run, name, model, "train")
        measure.run(run, "chrf", model, "train")
    for scheme in run.recipe.subgroups:
        group.run(run, scheme, "train")
    compare.run(run)
    return run


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The last release and the candidate; one model of each has no partner."""
    folder = tmp_path_factory.mktemp("releases")
    return release(folder / "old", 4, "gone"), release(folder / "new", 16, "new")


@pytest.fixture
def two(made, tmp_path):
    """Copies of both, to be changed."""
    names = dict(zip(("old", "new"), made, strict=True))
    for name, run in names.items():
        shutil.copytree(run.directory.path, tmp_path / name)
    return [FakeRun(tmp_path / name, run.recipe, {}) for name, run in names.items()]


def row(found, measure_="exact_match", scheme="all", subgroup="all"):
    (only,) = (
        one
        for one in found.contrasts
        if (one.measure, one.scheme, one.subgroup) == (measure_, scheme, subgroup)
    )
    return only


def test_runs_on_the_same_segments_are_paired_model_by_model(two):
    old, new = (run.directory.path for run in two)
    found = releases.run(old, new)
    exact = row(found)
    assert (exact.model, exact.reference) == ("m", "m (previous)")
    assert (exact.verdict, exact.discordant, exact.interval) == ("lower", 12, "bootstrap")
    assert row(found, "chrf").verdict == "lower"
    values = {one.model: one.value for one in found.measurements if one.measure == "exact_match"}
    assert values == {"m (previous)": 56 / 60, "m": 44 / 60}
    about = found.about["releases"]
    assert about["paired"]
    assert about["alone"] == {"previous": {"model": ["gone"]}, "candidate": {"model": ["new"]}}
    assert about["remarks"] == ["Left out, other segments in their subgroups: train: of_model."]
    assert "of_model" not in {one.scheme for one in found.contrasts}
    assert "length" in {one.scheme for one in found.contrasts}


def test_a_run_against_a_stored_comparison_is_compared_by_the_values(two, tmp_path):
    stored = tmp_path / "released.json"
    stored.write_text(two[0].directory.comparison.read_text())
    found = releases.run(stored, two[1].directory.path)
    assert row(found).interval == "newcombe"
    assert row(found).verdict == "lower"
    assert not found.about["releases"]["paired"]
    assert found.about["releases"]["why"] == f"{stored} is a comparison without its segments"
    paired = releases.run(*(run.directory.path for run in two))
    assert row(paired).p_value < row(found).p_value
    assert row(paired).difference == pytest.approx(row(found).difference)


def test_a_run_that_is_not_whole_is_compared_by_its_values_and_that_is_told(two):
    old, new = two
    old.directory.detections("exact_match", "m", "train").unlink()
    found = releases.run(old.directory.path, new.directory.path)
    assert not found.about["releases"]["paired"]
    assert "(no detections/exact_match/m/train.parquet)" in found.about["releases"]["why"]


def test_another_corpus_is_refused(two, tmp_path):
    old = two[0]
    other = pa.table({"id": np.arange(ROWS), "source": SOURCES, "target": TARGETS[::-1]})
    home = release(tmp_path / "other", 4)
    columns = {"provenance": ["original"] * ROWS, "planted": pa.nulls(ROWS, pa.string())}
    for name, values in columns.items():
        other = other.append_column(name, pa.array(values))
    write_table(home.directory.corpus("train"), other, CORPUS)
    compare.run(home)
    for path in (home.directory.path, home.directory.comparison):
        with pytest.raises(RecipeError, match="another corpus: the split 'train' has other segm"):
            releases.run(old.directory.path, path)


def test_segments_are_looked_at_where_the_stored_comparison_has_no_hash(two):
    old, new = two
    for run in two:
        content = json.loads(run.directory.comparison.read_text())
        del content["signature"]["corpus"]
        write_json(run.directory.comparison, content)
    assert releases.run(old.directory.path, new.directory.path).about["releases"]["paired"]
    table = compare.gathered(new).splits[0]
    assert len(table.unit) == ROWS
    shuffled = pa.table(
        {
            "id": np.arange(ROWS),
            "source": SOURCES,
            "target": TARGETS[::-1],
            "provenance": ["original"] * ROWS,
            "planted": pa.nulls(ROWS, pa.string()),
        }
    )
    write_table(new.directory.corpus("train"), shuffled, CORPUS)
    with pytest.raises(RecipeError, match="has other segments"):
        releases.run(old.directory.path, new.directory.path)


def test_another_threshold_is_refused_with_both_signatures(two, tmp_path):
    detectors = {"exact_match": None, "oscillatory": {"min_count": 5}}
    other = release(tmp_path / "other", 4, detectors=detectors)
    with pytest.raises(RecipeError) as error:
        releases.run(two[0].directory.path, other.directory.path)
    assert f"{other.directory.path}: was audited with another detector 'oscillatory': '" in str(
        error.value
    )
    assert str(two[0].directory.path) in str(error.value)


def test_a_metric_with_other_settings_is_left_out_and_told(two, tmp_path):
    other = release(tmp_path / "other", 4, quality={"chrf": {"word_order": 2}})
    for path in (other.directory.path, other.directory.comparison):
        found = releases.run(two[0].directory.path, path)
        assert {one.measure for one in found.contrasts} == {"exact_match", "oscillatory"}
        assert found.about["releases"]["remarks"][0].startswith(
            "Left out, computed in another way: chrf ('chrF2++"
        )


def test_nothing_in_common_and_no_comparison_at_all_are_errors(two, tmp_path):
    other = release(
        tmp_path / "other", 4, models={"x": {"role": "baseline"}}, subgroups={"all": None}
    )
    with pytest.raises(RecipeError, match=r"no model is in both \(x; there m, gone\)"):
        releases.run(two[0].directory.path, other.directory.path)
    with pytest.raises(ArtifactError, match="none"):
        releases.run(tmp_path / "none", two[0].directory.path)


def test_splits_that_are_called_otherwise_are_named(two, tmp_path):
    path = two[0].directory.comparison
    content = path.read_text(encoding="utf-8").replace('"train"', '"text"')
    (tmp_path / "files.json").write_text(content, encoding="utf-8")
    with pytest.raises(RecipeError, match=r"nothing to compare with .*: no split is in both \(tra"):
        releases.run(tmp_path / "files.json", two[1].directory.path)


def test_every_form_is_written_and_json_is_a_comparison(two, tmp_path, capsys):
    old, new = (run.directory.path for run in two)
    for suffix in ("json", "csv", "md", "txt"):
        cli.command(previous=old, candidate=new, output=tmp_path / f"out.{suffix}")
    found = from_json_dict(json.loads((tmp_path / "out.json").read_text()))
    assert found.about["releases"]["candidate"] == str(new)
    for form in ("md", "txt"):
        text = (tmp_path / f"out.{form}").read_text()
        assert "m against m (previous)" in text
        assert f"Candidate: {new}; last release, `(previous)`: {old}." in text
        assert "Paired: both hold their verdicts on the same segments." in text
    assert "m (previous)" in (tmp_path / "out.csv").read_text()
    capsys.readouterr()
    cli.command(previous=old, candidate=new, scheme="length", format_=Format.MARKDOWN)
    assert "length = " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"previous": "a"}, "--previous and --candidate go together"),
        ({"candidate": "a", "directions": True}, "--previous and --candidate go together"),
        ({"run_dirs": ["x"]}, "RUN_DIR does not go together with --previous and --candidate"),
        ({"reference": "m"}, "--reference does not go together with"),
        ({"source": "a"}, "--source does not go together with"),
        ({"seed": 0}, "--seed does not go together with"),
    ],
)
def test_options_of_other_forms_are_refused(options, words):
    both = {"previous": "a", "candidate": "b"}
    given = options if {*options} & {*both} else options | both
    with pytest.raises(RecipeError, match=words):
        cli.command(**given)
