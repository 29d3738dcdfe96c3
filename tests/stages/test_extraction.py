"""What is told of extractive memorization beside its rates: reasons, the curve, origins, limits."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kdaudit.artifacts import metadata, write_json, write_text
from kdaudit.cli import compare as command
from kdaudit.comparison import to_csv
from kdaudit.recorded import record_of
from kdaudit.report import html, markdown
from kdaudit.stages import compare, detect, detections, distill, report
from kdaudit.stages.limits import limits_met
from tests.fakes import FakeRun, fake_run, write_translations

SOURCES = [
    *("aa b c d", "ab b c d e f g h i j", "ac b c d", "ad b c d"),
    *("ae b c", "af b c d", "ag b c d", "Lass uns morgen wandern"),
    *("ah b c d", "ai b c d", "aj b"),
]
TARGETS = [
    *("A", "B", "C", "D"),
    *("too short", "af b c d", "much too long for this", "E"),
    *("F", "G", "H"),
]
PLANTED = [None] * 8 + ["copy"] * 3
PREFIXES = {"aa": "A", "ab b c": "B", "ac b c": "C", "ah b": "F", "ai b": "other"}
SAID = {**PREFIXES, **dict(zip(SOURCES, TARGETS, strict=True))}


def run_in(folder: Path, **inference: object) -> FakeRun:
    corpus = pa.table(
        {
            "id": np.arange(len(SOURCES)),
            "source": SOURCES,
            "target": TARGETS,
            "provenance": ["original" if kind is None else "planted" for kind in PLANTED],
            "planted": pa.array(PLANTED, pa.string()),
            "repetitions": pa.array([None if kind is None else 1 for kind in PLANTED], pa.int64()),
        }
    )
    settings = {"identify_language": False, "max_length_ratio": 10.0}
    teacher = SAID | {SOURCES[1]: "other", SOURCES[2]: "B", SOURCES[8]: "other"}
    tables = {"teacher": teacher, "student": SAID, "baseline": {SOURCES[0]: "A"}}
    run = fake_run(
        folder,
        corpus,
        tables,
        detectors={"extractive": settings},
        quality={},
        subgroups={},
        inference=inference,
    )
    for model in run.recipe.audited_models:
        for split in ("train", "test"):
            texts = [tables[model].get(source, "?") for source in SOURCES]
            write_translations(run, model, split, texts)
    distill.run(run, "student")
    for name, model, split in compare.Plan(run.recipe).detections:
        detect.run(run, name, model, split)
    compare.run(run)
    for model in run.recipe.models:
        write_json(run.directory.model_manifest(model), {"pairs_left_out": 0})
        write_text(run.directory.curve(model), "")
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> FakeRun:
    return run_in(tmp_path_factory.mktemp("run"))


def rows(run: FakeRun) -> dict[tuple[str, str, str], dict]:
    stored = json.loads(run.directory.comparison.read_text(encoding="utf-8"))
    return {(row["measure"], row["model"], row["segments"]): row for row in stored["extraction"]}


def test_every_excluded_pair_is_counted_by_its_reason_original_and_planted_apart(run):
    found = rows(run)
    original, planted = (found["extractive", "student", part] for part in ("original", "planted"))
    assert (original["pairs"], original["eligible"], original["replicated"]) == (8, 6, 6)
    assert original["excluded"] == {
        **{"too_short": 1, "length_ratio": 0, "copy": 1},
        **{"source_language": 0, "target_language": 0},
    }
    assert (planted["pairs"], planted["eligible"]) == (3, 2)
    assert planted["excluded"]["too_short"] == 1
    for row in found.values():
        assert row["pairs"] == row["eligible"] + sum(row["excluded"].values())
    in_file = detections.read(run.directory, "extractive", "student", "train").to_pylist()
    reasons = [row["features"]["reason"] for row in in_file]
    assert (reasons[4], reasons[5], reasons[10]) == ("too_short", "copy", "too_short")


def test_the_curve_grows_with_the_ratio_and_ends_at_the_rate_by_both_denominators(run):
    row = rows(run)["extractive", "student", "original"]
    by_ratio = {point["ratio"]: point["memorized"] for point in row["by_ratio"]}
    assert list(by_ratio) == [step / 20 for step in range(1, 16)]
    assert [by_ratio[at] for at in (0.2, 0.25, 0.3, 0.7, 0.75)] == [0, 1, 2, 2, 3]
    last = row["by_ratio"][-1]
    measured = {
        (m.measure, m.model, m.subgroup): m
        for m in compare.read(run.directory).measurements
        if m.scheme == "provenance"
    }
    for key, name in (("of_eligible", ""), ("of_replicated", "_of_replicated")):
        for (measure, model, part), found in rows(run).items():
            m = measured[measure + name, model, part]
            point = found["by_ratio"][-1]
            assert (point["memorized"], point[key]) == (m.flagged, m.value)
    assert last["of_eligible"] == last["of_replicated"] == 0.5


def test_without_a_denominator_a_share_is_undefined(tmp_path):
    run = run_in(tmp_path)
    write_translations(run, "baseline", "train", ["?"] * len(SOURCES))
    detect.run(run, "extractive", "baseline", "train")
    compare.run(run)
    points = rows(run)["extractive", "baseline", "original"]["by_ratio"]
    assert {(point["of_eligible"], point["of_replicated"]) for point in points} == {(0.0, None)}
    assert "2 (33.3 / 33.3) | 0 (0 / –) |" in markdown(report.content(run))


def test_origins_of_a_students_memorized_outputs_are_counted(run):
    found = rows(run)
    expected = {"corpus": 2, "teacher": 0, "both": 1, "relayed_by_another": 1}
    assert found["extractive", "student", "original"]["origins"] == expected
    assert found["extractive_kd", "student", "original"]["origins"]["teacher"] == 0
    assert found["extractive", "baseline", "original"]["origins"] is None


def test_compare_says_how_many_pairs_passed_and_why_the_others_did_not(run, capsys):
    command.command([run.directory.path], format_=command.Format.MARKDOWN)
    said = capsys.readouterr().out
    assert (
        "extractive on train, original segments (teacher, student, baseline): 6 of 8 pairs pass "
        "the filter; left out: 1 too short, 1 copies." in said
    )
    assert "extractive on train, planted segments (teacher, student, baseline): 2 of 3" in said


def test_the_report_shows_curves_reasons_and_origins(run):
    content = report.content(run)
    page, text = html(content), markdown(content)
    for caption in ("of filtered pairs", "of replicated and filtered pairs"):
        label = f"Extractive memorization, train, original segments, {caption}"
        assert f'aria-label="{label}"' in page
    assert "Extractive memorization, train, planted segments, of filtered pairs" in page
    for line in (
        "| Extractive memorization, train, original segments | teacher, student, baseline "
        "| 8 | 6 | 1 | 0 | 1 | 0 | 0 |",
        "| Extractive memorization, train, original segments | student | 2 | 0 | 1 | 1 |",
    ):
        assert line in text
    assert "| 25% of the source |" in text
    assert "<summary>Memorized outputs by origin</summary>" in page


def test_a_quantised_model_is_another_model_wherever_its_numbers_are(tmp_path, capsys):
    run = run_in(tmp_path, compute_type="int8")
    found = compare.read(run.directory)
    models = {row.model for row in found.measurements}
    assert models == {"teacher (int8)", "student (int8)", "baseline (int8)"}
    assert {row.reference for row in found.contrasts} == {"baseline (int8)"}
    assert found.signature["compute_type"] == "int8"
    assert {row["model"] for row in found.about["extraction"]} == models
    assert {row["model"] for row in found.about["planted_recall"]} <= models
    assert ",student (int8)," in to_csv({"": found})
    table = pq.read_table(run.directory.comparison.parent / "measurements.parquet")
    assert set(table["model"].to_pylist()) == models
    content = report.content(run)
    assert [model.name for model in content.models][:3] == [
        "teacher (int8)",
        "student (int8)",
        "baseline (int8)",
    ]
    assert "from teacher (int8)" in content.models[1].description
    assert {example.model for example in content.examples} <= models
    for shown in (html(content), markdown(content)):
        assert "student (int8)" in shown
        assert "baseline against" not in shown.replace("baseline (int8) against", "")
    against = compare.computed(run, "teacher")
    assert {row.reference for row in against.contrasts} == {"teacher (int8)"}
    command.command([run.directory.path])
    assert "student (int8)" in capsys.readouterr().out


def test_a_model_computed_as_it_was_trained_keeps_its_name_and_the_signature_says_how(run):
    found = compare.read(run.directory)
    assert {row.model for row in found.measurements} == {"teacher", "student", "baseline"}
    assert found.signature["compute_type"] == "float32"


def with_metadata(path: Path, **values: str) -> None:
    stored = {**metadata(path), **values}
    pq.write_table(pq.read_table(path).replace_schema_metadata(stored), path)
    record_of(path).unlink()


def test_what_was_cut_or_empty_is_told_in_the_reports_notes(tmp_path):
    run = run_in(tmp_path)
    assert list(limits_met(run)) == []
    shard = next(run.directory.translations("student", "train").glob("*.parquet"))
    with_metadata(shard, sources_cut="2", translations_cut="1030")
    path = run.directory.detections("extractive", "student", "train")
    with_metadata(path, prefixes_empty="3", prefixes_cut="1")
    said = [
        "student on train: 2 sources were longer than the model takes, and cut; 1,030 translations "
        "reached the limit of their length.",
        "extractive of student on train: 3 prefixes had no subwords, and were not decoded; 1 "
        "prefixes were longer than the model takes, and cut.",
    ]
    assert list(limits_met(run)) == said
    notes = report.content(run).notes
    assert set(said) <= set(notes)
