"""`personal_data` in a run: what it is made of, its measure, its counts, and where it cannot be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.errors import ArtifactError, RecipeError
from kdaudit.stages import detect, detections, distill, flagged, report
from kdaudit.stages.personal_counts import personal_counts
from kdaudit.stages.plan import Plan
from tests.fakes import FakeRun, fake_run, recipe, write_translations

SOURCES = [
    "one two three four five six",
    "ring 030 1234567 at once please now",
    "nothing of this is memorized at all",
    "too short",
    "planted line of this very corpus",
]
TARGETS = [
    "eins zwei anna@example.org K-77 sechs",
    "bitte sofort 030 1234567 anrufen ja",
    "davon ist gar nichts gelernt worden",
    "b@example.org kurz",
    "https://a.example/x und weiter im Text",
]
PLANTED = [None, None, None, None, "idiosyncratic"]
PREFIXES = {
    "one two three": TARGETS[0], "ring 030 1234567": TARGETS[1], "planted line of": TARGETS[4],
}  # fmt: skip
EXTRACTIVE = {"identify_language": False, "max_length_ratio": 3.0}
DETECTORS = {"extractive": EXTRACTIVE, "personal_data": {"patterns": {"customer": r"K-\d+"}}}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> FakeRun:
    corpus = pa.table(
        {
            "id": np.arange(len(SOURCES)),
            "source": SOURCES,
            "target": TARGETS,
            "provenance": ["original" if kind is None else "planted" for kind in PLANTED],
            "planted": pa.array(PLANTED, pa.string()),
        }
    )
    table = dict(zip(SOURCES, TARGETS, strict=True)) | PREFIXES
    tables = dict.fromkeys(("student", "teacher"), table)
    folder: Path = tmp_path_factory.mktemp("run")
    models = {"teacher": {"role": "teacher"}, "student": {"role": "student"}}
    models["student"]["distillation"] = {"teacher": "teacher"}
    run = fake_run(folder, corpus, tables, detectors=DETECTORS, quality={}, models=models)
    for model in tables:
        write_translations(run, model, "train", TARGETS)
    distill.run(run, "student")
    for name, model, split in Plan(run.recipe).detections:
        detect.run(run, name, model, split)
    return run


def test_it_is_made_of_what_was_extracted(run):
    assert [name for name, model, _ in Plan(run.recipe).detections if model == "student"] == [
        "extractive", "extractive_kd", "personal_data", "personal_data_kd",
    ]  # fmt: skip
    place = run.directory, run.recipe
    needed = detect.inputs(*place, "personal_data_kd", "student", "train")
    assert run.directory.detections("extractive_kd", "student", "train") in needed
    found = detections.read(run.directory, "personal_data", "student", "train")
    assert found["eligible"].to_pylist() == [True, True, True, False, True]
    assert found["flagged"].to_pylist() == [True, False, False, False, True]
    assert found["evidence"].to_pylist() == [
        "email: anna@example.org; customer: K-77", "", "", "", "url: https://a.example/x",
    ]  # fmt: skip


def test_kinds_are_counted_among_extractable_outputs_planted_ones_apart(run):
    rows = [
        row
        for row in personal_counts(run, Plan(run.recipe))
        if (row["measure"], row["model"]) == ("personal_data", "teacher")
    ]
    none = dict.fromkeys(("customer", "url", "email", "iban", "phone", "number"), 0)
    place = {"measure": "personal_data", "model": "teacher", "split": "train"}
    assert rows == [
        {**place, "segments": "original", "extractable": 2, "flagged": 1,
         "outputs": {**none, "customer": 1, "email": 1}},
        {**place, "segments": "planted", "extractable": 1, "flagged": 1,
         "outputs": {**none, "url": 1}},
    ]  # fmt: skip


def test_its_patterns_are_masked_where_examples_are(run):
    assert flagged.masking(run.recipe).masked("K-77 b@example.org") == "⟨customer⟩ ⟨email⟩"


def test_what_the_patterns_are_is_not_in_a_redacted_report(tmp_path):
    patterns = {"customer": "Nina Weber|Mustermann (?:GmbH|'s)"}
    chosen = recipe(
        tmp_path,
        detectors={"extractive": EXTRACTIVE, "personal_data": {"patterns": patterns}},
        report={"redact": True, "patterns": {"client": "Otto Meier"}},
    )
    names = ("personal_data", "personal_data_kd", "extractive")
    said = {name: chosen.detector(name.removesuffix("_kd")).signature() for name in names}
    shown = report._without_patterns({"detectors": said}, chosen)["detectors"]
    assert shown["personal_data"] == "personal_data|detector:extractive|patterns:{customer}"
    assert shown["personal_data_kd"] == shown["personal_data"]
    assert shown["extractive"] == said["extractive"]
    passed_on = report._recipe_text(chosen, redacted=True)
    assert passed_on.count("(not shown)") == 2
    assert not [word for word in ("Nina", "Mustermann", "Otto") if word in passed_on + str(shown)]
    assert "Otto Meier" in report._recipe_text(chosen, redacted=False)


def test_without_the_extraction_it_cannot_be_made(run):
    run.directory.detections("extractive", "teacher", "train").rename(run.directory.path / "kept")
    try:
        with pytest.raises(ArtifactError, match=r"extractive/teacher/train.parquet: no such file"):
            detect.run(run, "personal_data", "teacher", "train")
    finally:
        (run.directory.path / "kept").rename(
            run.directory.detections("extractive", "teacher", "train")
        )


@pytest.mark.parametrize(
    ("detectors", "reason"),
    [
        ({"personal_data": {}}, "needs the detector 'extractive', which 'detectors' does not list"),
        (
            {"personal_data": {"detector": "exact_match"}, "exact_match": {}},
            "needs a detector that extracts, and 'exact_match' is none",
        ),
        (
            {"extractive": EXTRACTIVE, "personal_data": {"splits": ["train", "test"]}},
            "needs the detector 'extractive' on the split 'test'",
        ),
    ],
)
def test_a_recipe_that_lacks_what_it_needs_is_told_so(tmp_path, detectors, reason):
    plan = Plan(recipe(tmp_path, detectors=detectors))
    assert plan.not_computable == {"personal_data": reason}
    assert "personal_data" not in [name for name, _, _ in plan.detections]


def test_a_pattern_that_cannot_be_used_is_refused_with_its_place(tmp_path):
    with pytest.raises(RecipeError, match=r"detectors.personal_data.*'k' is no regular expression"):
        recipe(tmp_path, detectors={"extractive": {}, "personal_data": {"patterns": {"k": "("}}})
