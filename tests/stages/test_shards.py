"""Every stage by shards, on the fake engine: the tables are those of a run without shards."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.artifacts import (
    DETECTIONS,
    QUALITY,
    SCORES,
    Shard,
    metadata,
    read_rows,
    read_shard,
    read_table,
    write_table,
)
from kdaudit.errors import ArtifactError, RecipeError
from kdaudit.stages import compare, detect, detections, distill, group, measure, score, translate
from kdaudit.stages.plan import Plan
from tests.fakes import fake_run
from tests.stages.test_pipeline import SOURCES, TARGETS, tables

DETECTORS = {
    "exact_match": {},
    "extractive": {"identify_language": False},
    "oscillatory": {},
    "oscillatory_calibrated": {},
    "copy": {},
    "length_ratio": {},
    "numbers": {},
    "overlap": {},
    "text": {},
    "repeated_target": {},
    "natural": {},
    "sequence_log_probability": {},
    "cross_model": {"splits": ["train"]},
    "personal_data": {},
}


def corpus() -> pa.Table:
    return pa.table(
        {
            "id": np.arange(len(SOURCES)) * 3,  # ids are no row numbers
            "source": SOURCES,
            "target": TARGETS,
            "provenance": ["original"] * len(SOURCES),
            "planted": pa.nulls(len(SOURCES), pa.string()),
        }
    )


def run_in(folder, count: int, **parts):
    given = {"detectors": DETECTORS, "scores": ["train"], **parts}
    return fake_run(folder, corpus(), tables(), shards=count, **given)


def through(run) -> None:
    """All stages, those that have shards shard by shard, the last one first."""
    recipe, plan = run.recipe, Plan(run.recipe)
    backwards = list(reversed(range(recipe.shards)))
    for model in ("teacher", *[m for m in recipe.audited_models if m != "teacher"]):
        for split in plan.splits:
            for shard in backwards:
                translate.run(run, model, split, shard)
    distill.run(run, "student")
    for place in [*((model, "target", split) for model, split in plan.scores), *plan.judged]:
        model, text, split = place
        by(recipe.shards > 1, score, backwards, run, model, split, text)
    for item in plan.quality:
        by(measure.by_shards(recipe, item[0]), measure, backwards, run, *item)
    for item in plan.subgroups:
        group.run(run, *item)
    for item in plan.detections:
        by(detect.by_shards(recipe, item[0]), detect, backwards, run, *item)
    compare.run(run)


def by(is_sharded: bool, stage, numbers, run, *place) -> None:
    if not is_sharded:
        stage.run(run, *place)
        return
    for number in numbers:
        stage.run(run, *place, shard=number)
    stage.merge(run, *place)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    made = {}
    for count in (1, 3, 16):
        made[count] = run_in(tmp_path_factory.mktemp("run") / "run", count)
        through(made[count])
    return made


@pytest.fixture
def run(runs, tmp_path):
    """The run of three shards, to be spoilt."""
    shutil.copytree(runs[3].directory.path, tmp_path / "run")
    return run_in(tmp_path / "run", 3)


def stored(run):
    """Every table that shards are put together to, by its place."""
    directory, plan = run.directory, Plan(run.recipe)
    found = {
        place: read_table(directory.detections(*place), DETECTIONS) for place in plan.detections
    }
    found |= {place: read_table(directory.quality(*place), QUALITY) for place in plan.quality}
    scored = [*((model, "target", split) for model, split in plan.scores), *plan.judged]
    return found | {place: read_table(directory.scores(*place), SCORES) for place in scored}


@pytest.mark.parametrize("count", [3, 16])
def test_every_table_is_that_of_one_shard(runs, count):
    one, several = stored(runs[1]), stored(runs[count])
    assert set(one) == set(several)
    assert len(one) > 60
    for place, table in one.items():
        assert several[place].schema.equals(table.schema), place
        assert several[place].to_pylist() == table.to_pylist(), place


@pytest.mark.parametrize("count", [3, 16])
def test_the_comparison_is_the_same_byte_for_byte(runs, count):
    found = [json.loads(runs[n].directory.comparison.read_text()) for n in (1, count)]
    for one in found:
        one["signature"].pop("recipe")
    assert found[0] == found[1]


@pytest.mark.parametrize("count", [1, 3])
def test_a_split_that_is_looked_at_in_parts_is_found_the_same(runs, count, tmp_path, monkeypatch):
    shutil.copytree(runs[count].directory.path, tmp_path / "run")
    run = run_in(tmp_path / "run", count)
    before = stored(run)
    monkeypatch.setattr(detect, "PART", 5)
    asked = []
    for place in Plan(run.recipe).detections:
        chosen = run.recipe.detector(detect.base_name(place[0]))
        with monkeypatch.context() as patch:
            patch.setattr(detect, "_looked_at", counting(detect._looked_at, asked, place))
            detect.run(run, *place)
        table = detections.read(run.directory, *place)
        assert table.schema.equals(before[place].schema), place
        assert table.to_pylist() == before[place].to_pylist(), place
        in_parts = chosen.by_segment and not chosen.needs.translate
        assert (asked.count(place) > 1) == in_parts, place


def counting(function, asked, place):
    """The function, each call of which is noted."""

    def called(*arguments):
        asked.append(place)
        return function(*arguments)

    return called


def test_settings_and_counts_are_those_of_the_whole(runs):
    path = ("extractive", "student", "train")
    one, many = (metadata(runs[n].directory.detections(*path)) for n in (1, 16))
    assert many["signature"] == one["signature"]
    assert len(json.loads(many["shards"])) == 16
    assert many["prefixes_cut"] == one["prefixes_cut"] == "0"


def test_shards_are_judged_again_without_decoding(run):
    place = ("extractive", "student", "train")
    before = detections.read(run.directory, *place)
    assert before["flagged"].to_pylist().count(True) == 1
    changed = {**DETECTORS, "extractive": {"identify_language": False, "share": 0.3}}
    lower = run_in(run.directory.path, 3, detectors=changed)
    for number in range(3):
        detect.run(lower, *place, stored=True, shard=number)  # an error if it had to decode
    detect.merge(lower, *place)
    after = detections.read(lower.directory, *place)
    assert after["flagged"].to_pylist().count(True) == 0
    assert after["score"].to_pylist() == before["score"].to_pylist()


def test_a_shard_of_other_translations_is_not_put_with_the_rest(run):
    place = ("extractive", "baseline", "train")
    for number in range(3):
        detect.run(run, *place, shard=number)
    part = run.directory.translations("baseline", "train") / Shard(1, 3).name
    table = pa.parquet.read_table(part)
    texts = pa.array(["other"] * len(table))
    table = table.set_column(table.column_names.index("translation"), "translation", texts)
    write_table(part, table, table.schema.remove_metadata(), metadata(part))
    with pytest.raises(ArtifactError, match=r"part-00001-of-00003.parquet: was made of other inp"):
        detect.merge(run, *place)


def test_a_missing_or_damaged_shard_is_named(run):
    place = ("copy", "student", "train")
    path = run.directory.detections(*place)
    before = path.read_bytes()
    detect.run(run, *place, shard=0)
    for number in (0, 1, 2):
        Shard(number, 3).of(path).unlink(missing_ok=True)
    with pytest.raises(ArtifactError, match=r"part-00000-of-00003.parquet: no such file"):
        detect.merge(run, *place)
    for number in (0, 1, 2):
        detect.run(run, *place, shard=number)
    damaged = Shard(2, 3).of(path)
    damaged.write_bytes(damaged.read_bytes()[:-3] + b"abc")
    with pytest.raises(ArtifactError, match=r"part-00002-of-00003.parquet"):
        detect.merge(run, *place)
    assert path.read_bytes() == before


def test_shards_of_another_number_are_not_left_behind(run):
    place = ("copy", "student", "train")
    detect.run(run, *place, shard=1)
    other = run_in(run.directory.path, 2)
    for model in ("teacher", "student", "baseline"):
        for number in range(2):
            translate.run(other, model, "train", number)
    for number in range(2):
        detect.run(other, *place, shard=number)
    detect.merge(other, *place)
    folder = other.directory.detections(*place).with_suffix("")
    assert sorted(path.name for path in folder.iterdir() if path.suffix == ".parquet") == [
        Shard(number, 2).name for number in range(2)
    ]


def test_a_shard_that_is_not_there_and_a_detector_of_the_whole_split_are_refused(run):
    with pytest.raises(RecipeError, match="there is no shard 3: the recipe has 3, from 0"):
        detect.run(run, "copy", "student", "train", shard=3)
    with pytest.raises(RecipeError, match="repeated_target looks at the whole split"):
        detect.run(run, "repeated_target", "student", "train", shard=0)


@pytest.mark.parametrize("rows", [0, 1, 10, 1000])
def test_rows_of_a_file_with_many_row_groups(tmp_path, rows):
    path = tmp_path / "a.parquet"
    schema = pa.schema([("id", pa.int64()), ("score", pa.float64())])
    table = pa.table({"id": np.arange(rows), "score": np.arange(rows) / 2})
    pa.parquet.write_table(table, path, row_group_size=7)
    for count in (1, 3, 16):
        parts = [read_shard(path, schema, Shard(number, count)) for number in range(count)]
        assert pa.concat_tables(parts).combine_chunks() == table
        folder = tmp_path / str(count)
        for number, part in enumerate(parts):
            folder.mkdir(exist_ok=True)
            pa.parquet.write_table(part, folder / Shard(number, count).name)
        others = [read_shard(folder, schema, Shard(number, 7)) for number in range(7)]
        assert pa.concat_tables(others).combine_chunks() == table
    for start in range(0, rows, 11):
        found = list(read_rows(path, schema, ["id"], range(start, min(start + 9, rows))))
        expected = np.arange(rows)[start : start + 9].tolist()
        assert [one for part in found for one in part["id"].to_pylist()] == expected
