"""The scorer's process: its protocol, and what is said where it fails; the scorer is a stand-in."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

from kdaudit.errors import NotComputable
from kdaudit.inference import estimates
from kdaudit.inference.estimates import ScorerSettings, interpreter, scorer
from tests.scorers import stand_in

SEGMENTS = [("a house", "ein Haus"), ("a tree", "ein Baum  "), ("", "")]


def settings(folder: Path, model: str = "length") -> ScorerSettings:
    return ScorerSettings(stand_in(folder), model, False, False, 2, "cpu", 1)


def test_scores_come_in_the_order_of_the_segments_and_calls_may_follow_each_other(tmp_path):
    with scorer(settings(tmp_path)) as model:
        assert model.score(SEGMENTS) == ([0.08, 0.1, 0.0], 1)
        assert model.score(SEGMENTS[1:2]) == ([0.1], 1)
        assert model.score([]) == ([], 0)
        assert model.made_with == {"unbabel-comet": "0", "checkpoint": "of length"}


def test_texts_of_every_kind_arrive_as_they_are(tmp_path):
    segments = [("a\u2028b\n", "\t«ß»\u0000 😀"), ('"', "\\n")]
    with scorer(settings(tmp_path, "exact")) as model:
        scores, _ = model.score(segments)
    assert scores == [float(sum(map(ord, "".join(one)))) for one in segments]


def test_what_the_program_prints_besides_is_no_answer(tmp_path):
    with scorer(settings(tmp_path, "talks")) as model:
        assert model.score(SEGMENTS[:1]) == ([0.08], 0)


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("refused", "the licence must be accepted"),
        ("no start", "ended with exit code 7\n  out of memory"),
        ("dies", "ended with exit code 3\n  Killed by the test"),
        ("few", "gave no scores for 3 segments"),
        ("nan", "gave a score that is no finite number"),
        ("garbage", "gave an answer that is none"),
    ],
)
def test_what_fails_is_said_with_its_last_lines(tmp_path, model, words):
    with pytest.raises(NotComputable) as error, scorer(settings(tmp_path, model)) as started:
        started.score(SEGMENTS)
    assert words in str(error.value)
    assert "Traceback" not in str(error.value)


def test_a_large_request_to_a_program_that_is_gone_is_an_error_and_not_a_broken_pipe(tmp_path):
    with (
        pytest.raises(NotComputable, match="ended with exit code 3"),
        scorer(settings(tmp_path, "dies")) as model,
    ):
        model.score([("word " * 100_000, "Wort")])


def test_an_interpreter_that_cannot_be_run_is_named(tmp_path):
    plain = tmp_path / "python"
    plain.write_text("")
    broken = replace(settings(tmp_path), interpreter=plain)
    with pytest.raises(NotComputable, match=r"python: cannot be run: Permission denied"):
        scorer(broken).__enter__()


def test_the_interpreter_is_the_given_one_then_that_of_the_variable(tmp_path, monkeypatch):
    home = tmp_path / "env"
    (home / "bin").mkdir(parents=True)
    for path in (home / "bin" / "python", tmp_path / "other"):
        path.write_text("")
    monkeypatch.setenv(estimates.VARIABLE, str(tmp_path / "other"))
    assert interpreter(str(home)) == home / "bin" / "python"
    assert interpreter(str(home / "bin" / "python")) == home / "bin" / "python"
    assert interpreter() == tmp_path / "other"


def test_then_this_one_if_it_has_the_package_then_that_of_the_checkout(tmp_path, monkeypatch):
    monkeypatch.delenv(estimates.VARIABLE, raising=False)
    monkeypatch.setattr(estimates, "FOLDER", tmp_path / "made")
    with pytest.raises(NotComputable, match=r"needs unbabel-comet: `make comet` makes"):
        interpreter()
    (tmp_path / "made" / "bin").mkdir(parents=True)
    (tmp_path / "made" / "bin" / "python").write_text("")
    assert interpreter() == tmp_path / "made" / "bin" / "python"
    (tmp_path / "comet").mkdir()  # a folder of that name is no package
    monkeypatch.syspath_prepend(str(tmp_path))
    assert interpreter() == tmp_path / "made" / "bin" / "python"
    described = tmp_path / "unbabel_comet-2.2.7.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Name: unbabel-comet\nVersion: 2.2.7\n")
    assert interpreter() == Path(sys.executable)


def test_an_interpreter_that_is_not_there_is_told_with_the_way_to_make_one(tmp_path, monkeypatch):
    with pytest.raises(NotComputable, match=r"environment: there is no Python interpreter .*none"):
        interpreter(str(tmp_path / "none"))
    monkeypatch.setenv(estimates.VARIABLE, str(tmp_path / "gone"))
    with pytest.raises(NotComputable, match=r"KDAUDIT_COMET_PYTHON: .*`make comet`"):
        interpreter()


def test_the_doctor_says_which_interpreter_has_the_package_or_how_to_make_one(
    tmp_path, monkeypatch, capsys
):
    from kdaudit.cli.doctor import _show_comet

    monkeypatch.setenv(estimates.VARIABLE, str(tmp_path / "gone"))
    _show_comet()
    monkeypatch.setenv(estimates.VARIABLE, sys.executable)
    _show_comet()
    scoring = tmp_path / "python"
    scoring.write_text("#!/bin/sh\necho 2.2.7\n")
    scoring.chmod(0o755)
    monkeypatch.setenv(estimates.VARIABLE, str(scoring))
    _show_comet()
    gone, without, there = capsys.readouterr().out.splitlines()
    assert gone.startswith("note  the metrics comet and cometkiwi cannot be computed: KDAUDIT_")
    assert "`make comet` makes an environment that has it" in gone
    assert f"note  {sys.executable} has no unbabel-comet: " in without
    assert there == f"ok  unbabel-comet 2.2.7 ({scoring})"
