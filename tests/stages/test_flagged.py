"""What a reader is shown of flagged segments, and what the report keeps to itself."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.cli import inspect
from kdaudit.cli.inspect import Format
from kdaudit.errors import KdauditError
from kdaudit.stages import detect, distill, flagged
from tests.fakes import FakeRun, fake_run, write_translations

SOURCES = [
    "one two three four five six seven",
    "one two three four five six eight",
    "one two three four five six eight",
    "planted source of ours in full",
    *(f"foreign source number {number} here" for number in range(5)),
    "foreign source of the rest here",
]
OURS, BOILERPLATE, FOREIGN = "ein Ziel von uns .", "Diese Seite ist leer .", "ein fremdes Ziel"
TARGETS = ["eins zwei drei vier fünf", *["eins zwei vier vier fünf"] * 2, OURS]
TARGETS += [BOILERPLATE] * 5 + [FOREIGN]
PLANTED = [None, None, None, "idiosyncratic", *["boilerplate"] * 5, "misaligned"]
PREFIXES = {
    "one two three four": TARGETS[0],
    "one two three": TARGETS[1],
    "planted source of": OURS,
    "foreign source": BOILERPLATE,
}


def run_in(folder: Path, **parts: object) -> FakeRun:
    corpus = pa.table(
        {
            "id": np.arange(len(SOURCES)),
            "source": SOURCES,
            "target": TARGETS,
            "provenance": ["original" if kind is None else "planted" for kind in PLANTED],
            "planted": pa.array(PLANTED, pa.string()),
        }
    )
    detectors = {
        "exact_match": {},
        "extractive": {"identify_language": False, "max_length_ratio": 3.0},
        "repeated_target": {},
    }
    table = dict(zip(SOURCES, TARGETS, strict=True)) | PREFIXES
    tables = dict.fromkeys(("student", "teacher"), table)
    run = fake_run(folder, corpus, tables, detectors=detectors, quality={}, **parts)
    for model in tables:
        write_translations(run, model, "train", TARGETS)
    distill.run(run, "student")
    for name in detectors:
        detect.run(run, name, "student", "train")
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> FakeRun:
    return run_in(tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module")
def silent(tmp_path_factory) -> FakeRun:
    return run_in(tmp_path_factory.mktemp("silent"), report={"texts": False})


def test_extraction_is_told_by_its_ratio_and_by_how_often_the_pair_was_there(run):
    found = flagged.flagged(run, "extractive", "student", "train", texts=True)
    told = [(one.id, one.detail.rpartition("; ")[0]) for one in found if not one.planted]
    assert told == [
        (1, "prefix 3 of 7 words (0.43); pair occurs 2 times"),
        (2, "prefix 3 of 7 words (0.43); pair occurs 2 times"),
        (0, "prefix 4 of 7 words (0.57); pair occurs 1 time"),
    ]
    assert all(one.planted for one in found[3:])
    assert found[0].evidence == "one two three"


def test_sources_without_blanks_are_told_in_characters(tmp_path):
    corpus = pa.table(
        {
            "id": [0],
            "source": ["一二三四五六七八"],
            "target": ["one two three"],
            "provenance": ["original"],
            "planted": pa.nulls(1, pa.string()),
        }
    )
    splits = {name: {"source": f"{name}.zh", "target": f"{name}.en"} for name in ("train", "valid")}
    languages = {"source_language": "zh", "target_language": "en", "splits": splits}
    settings = {"identify_language": False, "max_length_ratio": 9.0}
    detectors = {"extractive": settings}
    table = {"一二三": "one two three"}
    run = fake_run(tmp_path, corpus, {"baseline": table}, corpus=languages, detectors=detectors)
    write_translations(run, "baseline", "train", ["one two three"])
    detect.run(run, "extractive", "baseline", "train")
    (found,) = flagged.flagged(run, "extractive", "baseline", "train", texts=True)
    assert found.detail.startswith("prefix 3 of 8 characters (0.38)")


def texts(run: FakeRun, detector: str) -> dict[int, tuple[str | None, ...]]:
    found = flagged.flagged(run, detector, "student", "train", texts=False)
    return {one.id: (one.source, one.target, one.translation, one.evidence) for one in found}


def test_without_texts_only_what_this_project_wrote_is_shown(silent):
    shown = texts(silent, "exact_match")
    assert shown[3] == (SOURCES[3], OURS, OURS, "")
    assert shown[4] == ("", BOILERPLATE, BOILERPLATE, "")
    assert {shown[place] for place in (0, 1, 2, 9)} == {("", "", "", "")}
    assert texts(silent, "repeated_target")[4] == ("", BOILERPLATE, BOILERPLATE, "")
    assert texts(silent, "extractive")[3] == (SOURCES[3], OURS, OURS, "planted source of")
    assert texts(silent, "extractive")[4] == ("", BOILERPLATE, BOILERPLATE, "")


def test_without_texts_a_translation_that_is_not_the_planted_target_is_not_shown(silent):
    write_translations(silent, "student", "train", [*TARGETS[:3], "etwas", *TARGETS[4:]])
    detect.run(silent, "repeated_target", "student", "train")
    detect.run(silent, "exact_match", "student", "train")
    try:
        assert 3 not in texts(silent, "exact_match")
    finally:
        write_translations(silent, "student", "train", TARGETS)
        detect.run(silent, "exact_match", "student", "train")


def test_in_other_languages_boilerplate_is_text_of_the_corpus(tmp_path):
    splits = {
        name: {"source": f"{name}.en", "target": f"{name}.fr"}
        for name in ("train", "valid", "test")
    }
    french = {"source_language": "en", "target_language": "fr", "splits": splits}
    run = run_in(tmp_path, corpus=french, report={"texts": False})
    assert texts(run, "exact_match")[4] == ("", "", "", "")
    assert texts(run, "exact_match")[3] == ("", "", "", "")


def test_a_target_of_the_kd_corpus_is_the_teachers_and_not_ours(silent):
    detect.run(silent, "exact_match_kd", "student", "train")
    shown = texts(silent, "exact_match_kd")
    assert shown[3] == (SOURCES[3], "", "", "")
    assert shown[4] == ("", "", "", "")


def test_texts_in_features_are_left_out_and_numbers_stay(silent):
    found = flagged.flagged(silent, "extractive", "student", "train", texts=False)
    assert found[0].features["prefix_units"] == 3
    assert "reason" not in found[0].features


def inspected(run: FakeRun, capsys: pytest.CaptureFixture[str], **options) -> tuple[str, str]:
    capsys.readouterr()
    inspect.command(run.directory.path, "extractive", "student", **options)
    return tuple(capsys.readouterr())


def test_inspect_shows_texts_unless_the_recipe_says_otherwise(run, silent, capsys):
    out, err = inspected(run, capsys)
    assert "id 1\n  prefix 3 of 7 words (0.43); pair occurs 2 times; origin: both" in out
    assert SOURCES[0] in out
    assert err == ""
    out, err = inspected(silent, capsys)
    assert "prefix 3 of 7 words (0.43); pair occurs 2 times" in out
    assert SOURCES[0] not in out
    assert TARGETS[0] not in out
    assert "--texts shows them" in err
    out, err = inspected(silent, capsys, texts=True)
    assert SOURCES[0] in out
    assert err == ""


def test_inspect_tells_the_origin_and_the_teachers_line_that_relayed_the_output(run, capsys):
    first = json.loads(inspected(run, capsys, format_=Format.JSON)[0])["segments"][0]
    assert (first["features"]["origin"], first["features"]["relayed_by"]) == ("both", 1)
    assert "origin: both, relayed by line 1 of the KD corpus" in inspected(run, capsys)[0]


def test_a_line_of_another_source_that_relayed_an_output_is_shown_with_it(tmp_path, capsys):
    run = run_in(tmp_path)
    # The teacher says of source 9 what the corpus, and the student, say of source 0.
    others = ["other", *TARGETS[1:9], TARGETS[0]]
    write_translations(run, "teacher", "train", others)
    distill.run(run, "student")
    detect.run(run, "extractive", "student", "train")
    out, _ = inspected(run, capsys)
    assert "origin: corpus, relayed by line 9 of the KD corpus" in out
    assert f"  relayed      {SOURCES[9]}\n" in out
    (row,) = (
        row
        for row in json.loads(inspected(run, capsys, format_=Format.JSON)[0])["segments"]
        if row["id"] == 0
    )
    assert row["relayed"] == SOURCES[9]
    hidden = flagged.flagged(run, "extractive", "student", "train", texts=False)
    assert {one.relayed for one in hidden} == {""}
    write_translations(run, "teacher", "train", [*others[:9], "none"])
    distill.run(run, "student")
    detect.run(run, "extractive", "student", "train")
    assert "origin: corpus, relayed by no line of the KD corpus" in inspected(run, capsys)[0]


def test_inspect_writes_all_for_programs_and_a_few_for_people(run, capsys):
    total = len(flagged.flagged(run, "extractive", "student", "train", texts=True))
    whole = json.loads(inspected(run, capsys, format_=Format.JSON)[0])
    assert whole["flagged"] == len(whole["segments"]) == total
    first = whole["segments"][0]
    assert (first["id"], first["occurrences"], first["score"]) == (1, 2, pytest.approx(3 / 7))
    assert first["features"]["prefix_units"] == 3
    rows = list(csv.DictReader(io.StringIO(inspected(run, capsys, format_=Format.CSV)[0])))
    assert len(rows) == total
    assert (rows[0]["source"], rows[0]["features.prefix_units"]) == (SOURCES[1], "3")
    out, _ = inspected(run, capsys, limit=2)
    assert out.count("\nid ") + out.startswith("id ") == 2
    assert out.endswith(f"{total} flagged, 2 shown\n")


def test_inspect_writes_a_file_in_the_form_that_its_name_says(run, tmp_path, capsys):
    for name, begin in (("a.json", "{"), ("a.csv", "detector,"), ("a.txt", "id 1\n")):
        assert inspected(run, capsys, output=tmp_path / name)[0] == ""
        assert (tmp_path / name).read_text(encoding="utf-8").startswith(begin)


def test_a_csv_without_a_row_has_its_columns(run, capsys, tmp_path):
    write_translations(run, "teacher", "train", ["x"] * len(SOURCES))
    detect.run(run, "exact_match", "teacher", "train")
    inspect.command(run.directory.path, "exact_match", "teacher", output=tmp_path / "none.csv")
    head = (tmp_path / "none.csv").read_text(encoding="utf-8")
    assert head.startswith("detector,model,split,id,source,target,translation,evidence,")
    assert head.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("extractive", "student", "test"), "is computed on: train (not on 'test')"),
        (("extractive", "student", "tst"), "did you mean 'test'"),
        (("extractive_kd", "teacher"), "'teacher' is no student of this run"),
        (("exact_match", "baseline"), "the run is not finished, `kdaudit run` goes on"),
    ],
)
def test_what_cannot_be_inspected_is_said(run, arguments, message):
    with pytest.raises(KdauditError) as error:
        inspect.command(run.directory.path, *arguments)
    assert message in str(error.value)
