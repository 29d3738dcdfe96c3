"""Stage `group`: every scheme from the files that it needs, and into the comparison."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.artifacts import (
    COUNTERFACTUAL,
    SUBGROUPS,
    metadata,
    read_table,
    write_table,
)
from kdaudit.comparison import from_json_dict
from kdaudit.comparison.results import SCHEMA
from kdaudit.comparison.tables import summary
from kdaudit.errors import ArtifactError, InputError, RecipeError
from kdaudit.report.tables import Lookup, subgroup_tables
from kdaudit.stages import compare, group, measure
from kdaudit.stages.plan import Plan
from tests.fakes import fake_run, write_translations
from tests.stages.test_pipeline import SOURCES, TARGETS, tables, through

SIZE = len(SOURCES)
COPIES = 4
"""Rows at the end that are copies of the first."""

SPLITS = {
    "train": {"file": "train.csv", "columns": {"source": "s", "target": "t", "kiwi": "score"}},
    "valid": {"source": "valid.en", "target": "valid.de"},
}


def corpus() -> pa.Table:
    rows = [*range(SIZE), *[0] * COPIES]
    return pa.table(
        {
            "id": np.arange(len(rows)),
            "source": [SOURCES[row] for row in rows],
            "target": [TARGETS[row] for row in rows],
            "provenance": ["original"] * len(rows),
            "planted": pa.nulls(len(rows), pa.string()),
            "kiwi": [f"{row / SIZE:.3f}" for row in rows],
        }
    )


def a_run(folder, schemes, **parts):
    quality = parts.pop("quality", {"back_translation": {}, "confidence": {}})
    parts = {"detectors": {"exact_match": {}}, "corpus": {"splits": SPLITS}, **parts}
    return fake_run(folder, corpus(), tables(), quality=quality, subgroups=schemes, **parts)


def grouped(run, scheme, split="train"):
    group.run(run, scheme, split)
    return read_table(run.directory.subgroups(scheme, split), SUBGROUPS)["subgroup"].to_pylist()


def with_counterfactual(run, bands="0.2,0.3,0.4"):
    size = len(run.corpus("train"))
    table = pa.table(
        {
            "id": run.corpus("train").ids,
            "mean_in": np.linspace(0, 1, size),
            "mean_out": np.linspace(0, 0.5, size),
            "memorization": pa.array([None, *np.linspace(-0.2, 0.5, size - 1)]),
            "standard_error": [0.1] * size,
            "models_in": pa.array([2] * size, pa.int32()),
            "models_out": pa.array([2] * size, pa.int32()),
        }
    )
    path = run.directory.counterfactual("teacher")
    write_table(path, table, COUNTERFACTUAL, {"score": "geometric_mean", "bands": bands})


def test_the_corpus_own_quality_is_computed_for_a_scheme_and_not_for_the_tables(tmp_path):
    run = a_run(tmp_path, {"quality": {"bands": [50, 90]}})
    path = run.directory.quality("back_translation", "corpus", "train")
    assert path in group.inputs(run.directory, run.recipe, "quality", "train")
    assert path not in compare.inputs(run.directory, run.recipe)
    assert ("back_translation", "corpus", "train") in Plan(run.recipe).quality_of_schemes
    run.tables["reverse"].pop(TARGETS[3])
    measure.run(run, "back_translation", "corpus", "train")
    found = grouped(run, "quality")
    assert found == ["90+"] * 3 + ["below 50"] + ["90+"] * (SIZE + COPIES - 4)


def test_a_stored_column_of_scores_has_the_published_bands(tmp_path):
    run = a_run(tmp_path, {"quality": {"column": "kiwi"}})
    assert run.recipe.subgroups["quality"].splits == ("train",)
    found = grouped(run, "quality")
    assert found[:6] == ["0-0.2"] * 5 + ["0.2-0.4"]
    assert found[-COPIES:] == ["0-0.2"] * COPIES
    assert set(found) == {"0-0.2", "0.2-0.4", "0.4-0.6", "0.6-0.8", "0.8-1"}
    signature = metadata(run.directory.subgroups("quality", "train"))["signature"]
    assert signature == "quality(column=kiwi,bands=published)"


def test_scores_on_another_scale_are_refused_with_what_to_do(tmp_path):
    run = a_run(tmp_path, {"quality": {"column": "kiwi"}})
    table = run.corpus("train").table.drop_columns(["kiwi"])
    percents = table.append_column("kiwi", pa.array([70.0] * len(table)))
    run = fake_run(
        tmp_path, percents, {}, subgroups={"quality": {"column": "kiwi"}}, corpus={"splits": SPLITS}
    )
    message = "subgroups.quality, split 'train': .*from 0 to 1.* 'kiwi' is 70: give 'bands'"
    with pytest.raises(InputError, match=message):
        group.run(run, "quality", "train")
    assert not run.directory.subgroups("quality", "train").exists()


def test_counterfactual_memorization_gives_bands_and_corners(tmp_path):
    schemes = {"counterfactual": {}, "corners": {"low": 0.1}, "ours": {"kind": "counterfactual"}}
    schemes["ours"]["bands"] = [0.1]
    run = a_run(tmp_path, schemes, counterfactual={"model": "teacher", "models": 4})
    with_counterfactual(run)
    bands = grouped(run, "counterfactual")
    assert bands[0] == "undefined"
    assert bands[1] == "0-0.2"
    assert bands[-1] == "0.4-1"
    assert set(bands) == {"0-0.2", "0.2-0.3", "0.3-0.4", "0.4-1", "undefined"}
    assert set(grouped(run, "ours")) == {"below 0.1", "0.1+", "undefined"}
    assert grouped(run, "corners")[:4] == ["L-L"] * 3 + ["rest"]
    with_counterfactual(run, bands="")
    assert len(set(grouped(run, "counterfactual")) - {"undefined"}) == 4
    for scheme in schemes:
        files = group.inputs(run.directory, run.recipe, scheme, "train")
        assert run.directory.counterfactual("teacher") in files


def test_a_counterfactual_file_that_is_not_there_is_named(tmp_path):
    run = a_run(tmp_path, {"corners": {}}, counterfactual={"model": "teacher", "models": 4})
    with pytest.raises(ArtifactError, match=r"counterfactual/teacher\.parquet: no such file"):
        group.run(run, "corners", "train")


def test_the_extremes_of_a_column_and_a_size_that_is_too_large(tmp_path):
    schemes = {"extremes": {"size": 4, "column": "kiwi"}, "huge": {"kind": "extremes"}}
    schemes["huge"]["column"] = "kiwi"
    run = a_run(tmp_path, schemes)
    found = grouped(run, "extremes")
    assert found.count("lowest") == found.count("highest") == 4
    assert [n for n, name in enumerate(found) if name == "highest"] == list(range(SIZE - 4, SIZE))
    lowest = [n for n, name in enumerate(found) if name == "lowest"]
    assert set(lowest) < {0, *range(SIZE, SIZE + COPIES)}  # four of five copies of one pair
    with pytest.raises(RecipeError, match=r"subgroups\.huge, split 'train': .*14 at most"):
        group.run(run, "huge", "train")


def test_a_product_has_the_combinations_that_there_are(tmp_path):
    schemes = {
        "quality": {"column": "kiwi", "bands": [0.5], "cap": 2},
        "frequency": {},
        "both": {"kind": "product", "schemes": ["quality", "frequency"]},
    }
    run = a_run(tmp_path, schemes)
    assert run.recipe.subgroups["both"].splits == ("train",)
    paths = [run.directory.subgroups(name, "train") for name in ("quality", "frequency")]
    assert group.inputs(run.directory, run.recipe, "both", "train")[1:] == paths
    parts = [grouped(run, "quality"), grouped(run, "frequency")]
    assert "rest" in parts[0]
    found = grouped(run, "both")  # of whole bands
    assert set(found) == {"below 0.5 × 1", "below 0.5 × 5+", "0.5+ × 1"}
    assert found.count("below 0.5 × 5+") == 1 + COPIES


def test_a_cap_keeps_the_whole_band_beside_the_subgroup(tmp_path):
    run = a_run(tmp_path, {"frequency": {"cap": 5, "cap_seed": 3}})
    assert run.recipe.check() == run.recipe
    group.run(run, "frequency", "train")
    path = run.directory.subgroups("frequency", "train")
    table = read_table(path, SUBGROUPS)
    assert table.column_names == ["id", "subgroup", "band"]
    assert metadata(path)["signature"] == "frequency(bands=1,2,3,4,5)|cap(pairs=5,seed=3)"
    assert table["subgroup"].to_pylist().count("5+") == 1 + COPIES  # one pair, with its copies
    assert table["subgroup"].to_pylist().count("1") == 5
    assert table["band"].to_pylist().count("1") == SIZE - 1
    other = a_run(tmp_path, {"frequency": {"cap": 5, "cap_seed": 4}}).recipe
    assert group.settings(other, "frequency") != group.settings(run.recipe, "frequency")


def test_the_comparison_tells_capped_subgroups_by_both_numbers(tmp_path):
    run = a_run(tmp_path, {"frequency": {"cap": 5}, "length": {}})
    found = through(run)
    sizes = {"1": {"segments": 5, "full": SIZE - 1}}
    assert found.about["capped"] == {"train": {"frequency": sizes}}
    stored = json.loads(run.directory.comparison.read_text(encoding="utf-8"))
    assert stored["capped"] == found.about["capped"]
    titles = [table.title for table in summary(found, split="train", scheme="frequency")]
    assert "train, frequency = 1 (5 of 23 segments) (beam 1)" in titles
    assert "train, frequency = 5+ (beam 1)" in titles
    (table,) = subgroup_tables(Lookup(found), "train")[:1]
    labels = [row.label for row in table.groups[0].rows]
    assert labels == ["1 (5 of 23 segments)", "5+", "rest"]
    rows = [row for row in found.measurements if row.scheme == "frequency"]
    assert {row.n for row in rows if row.subgroup == "1" and row.measure == "exact_match"} == {5}
    assert sum(row.n for row in rows if (row.measure, row.model) == ("exact_match", "teacher")) == (
        SIZE + COPIES
    )


@pytest.mark.parametrize(
    "capped", [{"train": 1}, {"train": {"x": 1}}, {"train": {"x": {"a": {"segments": 3}}}}]
)
def test_a_comparison_with_wrong_full_numbers_is_refused(capped):
    content = {"schema": SCHEMA, "measurements": [], "contrasts": [], "capped": capped}
    with pytest.raises(ArtifactError, match=r"comparison: capped\.train"):
        from_json_dict(content)


def test_a_subgroup_of_one_segment_is_compared(tmp_path):
    files = {"train": str(tmp_path / "one.tsv")}
    (tmp_path / "one.tsv").write_text("7\talone\n")
    run = a_run(tmp_path, {"mine": {"kind": "file", "files": files}})
    found = through(run)
    alone = [row for row in found.measurements if row.subgroup == "alone"]
    assert {row.n for row in alone} == {1}
    assert {row.measure for row in alone} == {"exact_match", "back_translation", "confidence"} | (
        {"exact_match_kd"}
    )
    contrasts = [row for row in found.contrasts if row.subgroup == "alone"]
    assert contrasts
    assert {row.verdict for row in contrasts} == {"too_few"}


def test_a_file_that_is_not_there_stops_the_workflow_only_once_it_was_read(tmp_path):
    path = tmp_path / "mine.tsv"
    run = a_run(tmp_path, {"mine": {"kind": "file", "files": {"train": str(path)}}})
    assert path not in group.inputs(run.directory, run.recipe, "mine", "train")
    with pytest.raises(InputError, match=r"mine\.tsv: there is no such file"):
        group.run(run, "mine", "train")
    path.write_text("0\ta\n")
    assert path in group.inputs(run.directory, run.recipe, "mine", "train")


def test_repetition_counts_in_the_training_split(tmp_path):
    splits = SPLITS | {"test": {"source": "test.en", "target": "test.de"}}
    run = a_run(tmp_path, {"repetition": {}}, corpus={"splits": splits})
    assert grouped(run, "repetition", "test")[:2] == ["5+", "1"]
    files = group.inputs(run.directory, run.recipe, "repetition", "test")
    assert run.directory.corpus("train") in files


def test_confidence_comes_from_the_teachers_stored_scores(tmp_path):
    run = a_run(tmp_path, {"confidence": {"bands": [0.5]}})
    write_translations(run, "teacher", "train", ["x"] * (SIZE + COPIES))
    measure.run(run, "confidence", "teacher", "train")
    assert set(grouped(run, "confidence")) == {"0.5-1"}  # exp(-1 / 2) everywhere
