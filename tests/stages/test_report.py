"""The stage `report`: what the run's manifest lists, what the stages took, what is passed on."""

from __future__ import annotations

import json
import shutil

import pyarrow as pa
import pytest

from kdaudit.artifacts import write_json, write_text
from kdaudit.errors import ArtifactError
from kdaudit.personal import Finder
from kdaudit.recipe import Recipe
from kdaudit.report import StageCost, html, markdown
from kdaudit.stages import compare, detect, report
from kdaudit.stages.costs import costs
from kdaudit.stages.plan import Plan
from kdaudit.stages.users_names import schemes_named_by_users
from tests.fakes import FakeRun, copied_corpus, fake_run, write_translations
from tests.fakes import recipe as fakes_recipe
from tests.no_room import files_of_at_most
from tests.stages.test_pipeline import through

SOURCES = [f"the {a} {b} runs" for a in ("old", "red") for b in "abc"]
HEAD = "s\th:m:s\tmax_rss\tmax_vms\n"


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> FakeRun:
    corpus = copied_corpus(SOURCES)
    same = {source: source for source in SOURCES}
    tables = dict.fromkeys(("teacher", "student", "baseline", "reverse"), same)
    run = fake_run(tmp_path_factory.mktemp("run"), corpus, tables)
    through(run)
    for model in run.recipe.models:
        write_json(run.directory.model_manifest(model), {"pairs_left_out": 0})
        write_text(run.directory.curve(model), "")
    return run


def test_subgroups_that_a_user_named_are_masked_wherever_a_report_has_them(tmp_path):
    names = ["anna@example.org", "bert@example.org"]
    rows = [f"{row}\t{names[row % 2]}\n" for row in range(len(SOURCES))]
    write_text(tmp_path / "customers.tsv", "".join(rows))
    schemes = {"all": None, "length": None}
    schemes["customer"] = {"kind": "file", "files": {"train": str(tmp_path / "customers.tsv")}}
    schemes["both"] = {"kind": "product", "schemes": ["length", "customer"], "splits": ["train"]}
    same = {source: source for source in SOURCES}
    tables = dict.fromkeys(("teacher", "student", "baseline", "reverse"), same)
    run = fake_run(tmp_path / "run", copied_corpus(SOURCES), tables, subgroups=schemes)
    through(run)
    for model in run.recipe.models:
        write_json(run.directory.model_manifest(model), {"pairs_left_out": 0})
        write_text(run.directory.curve(model), "")
    plain, masked = (report.content(run, None, one) for one in (None, Finder()))
    assert schemes_named_by_users(run.recipe) == {"customer", "both"}
    assert "anna@example.org" in html(plain)
    for name in names:
        assert name not in repr(masked)
        assert name not in html(masked)
        assert name not in markdown(masked)
    shown = {row.subgroup for row in masked.comparison.measurements if row.scheme == "customer"}
    assert shown == {"⟨email⟩", "⟨email⟩ (2)"}
    assert {one.subgroups["customer"] for one in masked.examples} == shown


def benchmark(run: FakeRun, name: str, seconds: str, memory: str) -> None:
    row = f"{seconds}\t0:00:01\t{memory}\t9.0\n"
    write_text(run.directory.logs / "benchmarks" / f"{name}.tsv", HEAD + row)


def test_the_manifest_lists_what_the_recipe_asks_for_and_nothing_that_was_left_behind(run):
    places = (
        "models/former/checkpoint.pt",
        "translations/former/train/part-00000-of-00001.parquet",
    )
    places += ("detections/natural/former/train.parquet", "notes.txt", "logs/prepare.log")
    for place in (*places, "models/student/.hidden"):
        write_text(run.directory.path / place, "left behind")
    report.run(run)
    hashes = json.loads(run.directory.manifest.read_text(encoding="utf-8"))["sha256"]
    assert not {*places, "models/student/.hidden"} & set(hashes)
    plan, directory = Plan(run.recipe), run.directory
    expected = [directory.detections(*item) for item in plan.detections]
    expected += [directory.quality(*item) for item in plan.quality]
    expected += [directory.corpus("valid"), directory.distilled("student"), directory.comparison]
    expected += [directory.report / "report.md", directory.curve("reverse"), directory.recipe]
    assert {str(path.relative_to(directory.path)) for path in expected} <= set(hashes)


def test_the_cost_of_a_stage_is_the_sum_of_its_times_and_the_greatest_memory(run):
    for name, seconds, memory in (
        ("prepare", "1.5", "-"),
        ("prepare-test", "0.25", "-"),
        ("prepare-former", "999.0", "999.0"),
        ("prepare_counts", "0.25", "-"),
        ("train-teacher", "60.0", "700.5"),
        ("train-former", "999.0", "999.0"),
        ("translate-student-train-00000-of-00001", "2.0", "300.0"),
        ("translate-student-train-00000-of-00002", "999.0", "999.0"),
        ("translate-teacher-test-00000-of-00001", "3.0", "200.0"),
        ("detect-exact_match-student-train", "0.1", "NA"),
        ("detect-exact_match-student-test", "999.0", "999.0"),
        ("detect-extractive_kd-student-train", "0.4", "150.0"),
        ("group-all-train", "0.2", "100.0"),
        ("compare", "4.0", "450.0"),
    ):
        benchmark(run, name, seconds, memory)
    assert list(costs(run)) == [
        StageCost("compare", 4.0, 450.0),
        StageCost("detect", 0.5, 150.0),
        StageCost("group", 0.2, 100.0),
        StageCost("prepare", 2.0, None),
        StageCost("train-teacher", 60.0, 700.5),
        StageCost("translate", 5.0, 300.0),
    ]


def test_translations_for_a_kd_corpus_of_another_beam_are_counted(tmp_path):
    distillation = {"teacher": "teacher", "settings": {"beam": 5}}
    models = {"teacher": {"role": "teacher"}}
    models["student"] = {"role": "student", "distillation": distillation}
    empty = pa.table({"id": pa.array([], pa.int64()), "source": [], "target": []})
    run = fake_run(tmp_path, empty.cast(pa.schema([("id", pa.int64()), ("source", pa.string()),
                   ("target", pa.string())])), {}, models=models)  # fmt: skip
    benchmark(run, "translate-teacher-train-beam5-00000-of-00001", "7.0", "80.0")
    assert list(costs(run)) == [StageCost("translate", 7.0, 80.0)]


def test_a_run_that_was_not_compared_has_no_report(tmp_path):
    with pytest.raises(ArtifactError, match="is not finished, `kdaudit run` goes on with it"):
        report.run(fake_run(tmp_path, pa.table({"id": [0], "source": ["a"], "target": ["b"]}), {}))


def test_what_only_makes_a_run_faster_makes_no_report_again(tmp_path):
    def digest(**parts: object) -> str:
        recipe: Recipe = fakes_recipe(tmp_path, **parts)
        return report.settings(recipe)

    plain = digest()
    faster = {"inference": {"threads": 8, "device": "cpu", "batch_tokens": 10}}
    assert digest(**faster, trainer={"epochs": 1, "threads": 4, "log_updates": 5}) == plain
    for change in (
        {"trainer": {"epochs": 2}},
        {"inference": {"length_penalty": 0.5}},
        {"report": {"examples": 3}},
        {"tracking": {"mode": "offline"}},
        {"description": "another"},
    ):
        assert digest(**change) != plain


def test_no_folder_of_this_machine_is_in_what_is_passed_on(run, monkeypatch):
    given: dict[str, object] = {}
    monkeypatch.setattr(report, "track", lambda *parts: given.update(sent=parts) or "kept")
    report.run(run)
    _, content, parameters, page = given["sent"]
    assert parameters["corpus"]["splits"]["train"][0]["source"] == "train.en"
    for text in (json.dumps(parameters), content.recipe, page):
        assert str(run.directory.path) not in text


def test_blank_translations_are_told_below_the_tables_of_their_split(run):
    write_translations(run, "student", "train", ["", " ", *SOURCES[2:]])
    for detector, model, split in Plan(run.recipe).detections:
        if (model, split) == ("student", "train"):
            detect.run(run, detector, model, split)
    compare.run(run)
    said = "student: 2 translations of train are blank; measures of hallucination leave them out."
    assert report.content(run).remarks == {"train": said}
    stored = json.loads(run.directory.comparison.read_text(encoding="utf-8"))
    assert stored["blank_translations"] == {"train": {"student": 2}}


def test_a_report_without_room_leaves_none_and_no_finished_run(run, tmp_path):
    shutil.copytree(run.directory.path, tmp_path / "run")
    own = FakeRun(tmp_path / "run", run.recipe, {})
    shutil.rmtree(own.directory.report, ignore_errors=True)
    own.directory.manifest.unlink(missing_ok=True)
    with files_of_at_most(100), pytest.raises(ArtifactError, match=r"report/index.html: cannot be"):
        report.run(own)
    assert [path for path in own.directory.report.rglob("*") if path.is_file()] == []
    assert not own.directory.manifest.exists()
