"""`kdaudit counterfactual`: help, and options that do not go together."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from kdaudit.stages import subsets
from tests.bad_input.refusals import in_this_process
from tests.counterfactual_runs import made_up, train_models

CORPUS = ("--source", "s", "--target", "t")


@pytest.fixture
def refused(monkeypatch, capsys, tmp_path):
    """What is said on standard error; the exit code is that of a user's mistake."""
    monkeypatch.chdir(tmp_path)
    for name in ("s", "t"):
        (tmp_path / name).write_text("a\n", encoding="utf-8")

    def said(*arguments: str) -> str:
        done = in_this_process(monkeypatch, capsys, "counterfactual", *arguments)
        assert (done.code, done.out) == (2, "")
        assert not (tmp_path / "runs").exists()
        return done.err.strip()

    return said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "give a run directory, or --source and --target"),
        (CORPUS[:2], "give a run directory, or --source and --target"),
        ((*CORPUS, "--subset", "1"), "--subset is for a run directory"),
        (("run", *CORPUS), "--source is for a corpus, not for a run directory"),
        (("run", "--models", "4"), "--models is for a corpus, not for a run directory"),
        (("run", "--subset", "0", "--round", "0"), "--subset and --round are two things: give one"),
        (("run",), "run: no run directory: `kdaudit run RECIPE` makes one"),
        ((*CORPUS, "--models", "7"), "such as 6 or 8"),
        ((*CORPUS, "--share", "0"), "greater than 0"),
        ((*CORPUS, "--languages", "en"), "--languages: expected two as in en-de, got 'en'"),
        ((*CORPUS, "--output", "cm.txt"), "--output cm.txt: its suffix is none of .parquet, .csv"),
        ((*CORPUS, "--output", "no/cm.csv"), "no/cm.csv: there is no folder no"),
        ((*CORPUS, "--settings", "no.yaml"), "no.yaml"),
        (("--source", "s", "--target", "u"), "u: there is no such file"),
    ],
)
def test_what_cannot_be_is_one_line(refused, arguments, message):
    said = refused(*arguments)
    assert said.startswith("kdaudit: error: ")
    assert message in said
    assert "\n" not in said


def test_the_help_has_both_uses(monkeypatch, capsys):
    done = in_this_process(monkeypatch, capsys, "counterfactual", "--help")
    assert done.code == 0
    text = " ".join(done.out.replace("│", " ").split())
    assert "kdaudit counterfactual runs/counterfactual" in text
    assert "kdaudit counterfactual --source train.en --target train.de --models 8" in text


def test_the_stage_lays_a_subset_out_and_writes_the_table(monkeypatch, capsys, tmp_path):
    run = made_up(tmp_path, {"models": 2, "nearest": False})
    train_models(run)
    home = subsets.directory_of(run.directory, 1)
    home.recipe.unlink()
    for arguments in (("--subset", "1"), ()):
        done = in_this_process(monkeypatch, capsys, "counterfactual", tmp_path, *arguments)
        assert done.code == 0, done.err
    assert home.recipe.is_file()
    table = pq.read_table(run.directory.counterfactual("baseline"))
    assert len(table) == len(run.corpus("train"))


def test_a_run_without_the_section_says_so(refused, tmp_path):
    run = made_up(tmp_path / "run", {"models": 2})
    text = run.directory.recipe.read_text(encoding="utf-8")
    start, end = text.index('"counterfactual": {'), text.index('"comparison": {')
    run.directory.recipe.write_text(text[:start] + text[end:], encoding="utf-8")
    assert "has no section 'counterfactual'" in refused("run")
