"""The sample of flagged segments that a report shows, and what it has beside them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.cli import inspect, masking
from kdaudit.errors import RecipeError
from kdaudit.personal import Finder
from kdaudit.stages import detect, group
from kdaudit.stages.examples import examples
from tests.fakes import FakeRun, fake_run, recipe, write_translations

N = 90
ADDRESS = "anna@example.org"
SOURCES = [f"line {number} of the corpus" for number in range(N)]
TARGETS = [f"Zeile {number} , {ADDRESS} , K-{number:03}" for number in range(N)]
PLANTED = ["misaligned" if number >= 60 else None for number in range(N)]
MODELS = ("teacher", "student")


def run_in(folder: Path, **parts: object) -> FakeRun:
    corpus = pa.table(
        {
            "id": np.arange(N),
            "source": SOURCES,
            "target": TARGETS,
            "provenance": ["original"] * N,
            "planted": pa.array(PLANTED, pa.string()),
        }
    )
    subgroups = {"all": {}, "length": {"splits": ["train"]}}
    models = {"teacher": {"role": "teacher"}, "student": {"role": "student"}}
    models["student"]["distillation"] = {"teacher": "teacher"}
    chosen = {"detectors": {"repeated_target": {}, "oscillatory": {}}, "subgroups": subgroups}
    chosen["corpus"] = {
        "splits": {
            name: {"source": f"{name}.en", "target": f"{name}.de"} for name in ("train", "valid")
        }
    }
    run = fake_run(folder, corpus, {}, models=models, quality={}, **(chosen | parts))
    write_translations(run, "teacher", "train", TARGETS)
    write_translations(run, "student", "train", [f"Nein , {ADDRESS}"] * N)
    for model in MODELS:
        for name in ("repeated_target", "oscillatory"):
            detect.run(run, name, model, "train")
    group.run(run, "length", "train")
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> FakeRun:
    return run_in(tmp_path_factory.mktemp("run"))


def test_a_sample_is_drawn_of_original_and_of_planted_segments_and_all_are_counted(run):
    found, totals = examples(run)
    assert totals["repeated_target", "student", "train"] == N
    assert totals["oscillatory", "teacher", "train"] == 0
    original = [one.id for one in found if not one.planted]
    planted = [one.id for one in found if one.planted]
    assert (len(original), len(planted)) == (20, 6)
    assert original == sorted(set(original)) != list(range(20))
    assert examples(run) == (found, totals)


def test_another_seed_draws_others(run, tmp_path):
    first = {one.id for one in examples(run)[0]}
    second = {one.id for one in examples(run_in(tmp_path, seed=2))[0]}
    assert first != second
    assert len(first) == len(second)


def test_every_models_translation_and_the_subgroups_come_with_a_segment(run):
    one = examples(run)[0][0]
    assert one.translations == {"teacher": TARGETS[one.id], "student": f"Nein , {ADDRESS}"}
    assert list(one.subgroups) == ["length"]
    assert one.subgroups["length"]


def test_no_texts_means_those_of_no_model(tmp_path):
    (*found,) = examples(run_in(tmp_path, report={"texts": False}))[0]
    assert found
    assert not [one for one in found if ADDRESS in repr(one)]


def test_masking_reaches_every_text(run):
    found, _ = examples(run, Finder())
    assert found
    assert not [one for one in found if ADDRESS in repr(one)]
    assert found[0].translations["student"] == "Nein , ⟨email⟩"


def test_what_is_masked_are_the_kinds_and_the_patterns_of_recipe_and_command(run, tmp_path):
    assert masking.masking(run, False, None) is None
    plain = masking.masking(run, True, None)
    assert plain is not None
    assert plain.masked(TARGETS[7]) == "Zeile 7 , ⟨email⟩ , K-007"
    more = masking.masking(run, False, [r"customer=K-\d+"])
    assert more is not None
    assert more.masked(TARGETS[7]) == "Zeile 7 , ⟨email⟩ , ⟨customer⟩"
    always = run_in(tmp_path, report={"redact": True, "patterns": {"line": r"Zeile \d+"}})
    own = masking.masking(always, False, None)
    assert own is not None
    assert own.masked(TARGETS[7]) == "⟨line⟩ , ⟨email⟩ , K-007"


def test_inspect_masks_in_every_form(run, tmp_path, capsys):
    place = run.directory.path, "repeated_target", "student"
    for form in inspect.Format:
        inspect.command(*place, format_=form)
        assert ADDRESS in capsys.readouterr().out
        inspect.command(*place, format_=form, redact=True)
        out = capsys.readouterr().out
        assert ADDRESS not in out
        assert "⟨email⟩" in out


def test_a_pattern_that_cannot_be_used_is_refused(run, tmp_path):
    with pytest.raises(RecipeError, match="--pattern K: give it as NAME=REGEX"):
        masking.masking(run, False, ["K"])
    with pytest.raises(RecipeError, match="'k' is no regular expression"):
        masking.masking(run, False, ["k=("])
    with pytest.raises(RecipeError, match="--pattern k: the name is given twice"):
        masking.masking(run, False, ["k=a", "k=b"])
    with pytest.raises(RecipeError, match=r"report.patterns.*the pattern 'k' is no regular"):
        recipe(tmp_path, report={"patterns": {"k": "("}})
