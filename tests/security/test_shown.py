"""What is shown and stored of a run: corpus lines that are hostile, and keys that are secret."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pytest

from kdaudit.cli.app import main
from kdaudit.shown import visible
from kdaudit.stages import compare, detect, distill, group
from tests.bad_input.refusals import as_process
from tests.fakes import FakeRun, copied_corpus, fake_run, write_translations

HOSTILE = "<script>alert(1)</script> \x1b[31mred \u202eabc <img src=x onerror=y>"
NAME = "web\x1b[31m\u202e\n# <script>|`\x9b2J\x7f"
"""A hostile subgroup."""

LINES = [HOSTILE, *(f"the {a} {b} runs" for a in "abc" for b in "def")]
KEY = "kZ7vQ2mX9wL4tR8nB3sD6fH1j"
"""A key that nothing else looks like."""


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> FakeRun:
    """A finished detection in which the model oscillates on the hostile line."""
    corpus = copied_corpus(LINES)
    named = pa.array([*[NAME] * 5, *["=1+1"] * 5])
    corpus = corpus.set_column(corpus.column_names.index("provenance"), "provenance", named)
    scheme = {"kind": "column", "column": "provenance", "splits": ["test"]}
    entries = {
        "detectors": {"oscillatory": {"splits": ["test"]}},
        "quality": {},
        "subgroups": {"provenance": scheme},
    }
    found = fake_run(tmp_path_factory.mktemp("run"), corpus, {}, **entries)
    texts = [" ".join([HOSTILE] * 20), *LINES[1:]]
    for model in found.recipe.audited_models:
        for split in ("train", "test"):
            write_translations(found, model, split, texts)
        detect.run(found, "oscillatory", model, "test")
    group.run(found, "provenance", "test")
    distill.run(found, "student")
    compare.run(found)
    return found


def test_an_example_on_the_terminal_cannot_steer_it(run, monkeypatch, capsys):
    words = ["kdaudit", "inspect", str(run.directory.path), "--detector", "oscillatory"]
    monkeypatch.setattr(sys, "argv", [*words, "--model", "student", "--split", "test"])
    assert main() == 0
    shown = capsys.readouterr().out
    assert "1 flagged, 1 shown" in shown
    assert "⟨U+001B⟩[31mred ⟨U+202E⟩abc" in shown
    assert not {"\x1b", "\u202e"} & set(shown)


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_an_example_in_no_form_steers_a_terminal(run, monkeypatch, capsys, form):
    words = ["kdaudit", "inspect", str(run.directory.path), "--detector", "oscillatory"]
    options = ["--model", "student", "--split", "test", "--format", form]
    monkeypatch.setattr(sys, "argv", [*words, *options])
    assert main() == 0
    shown = capsys.readouterr().out
    assert "red" in shown
    assert all(visible(line) == line for line in shown.split("\n"))


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
def test_the_name_of_a_subgroup_in_no_form_steers_a_terminal(run, monkeypatch, capsys, form):
    words = ["kdaudit", "compare", str(run.directory.path), "--scheme", "provenance"]
    monkeypatch.setattr(sys, "argv", [*words, "--format", form])
    assert main() == 0
    shown = capsys.readouterr().out
    assert "2J" in shown
    assert all(visible(line) == line for line in shown.split("\n"))
    if form == "markdown":
        assert "<script>" not in shown
        assert "\n# " not in shown
    if form == "csv":
        assert ",=1+1," not in shown


def test_no_file_and_no_output_holds_a_key(run, tmp_path):
    """The comparison of a run, with a key in the environment."""
    environment = {"COMET_API_KEY": KEY, "HOME": str(tmp_path)}
    done = as_process("compare", run.directory.path, environment=environment)
    assert done.code == 0, done
    assert KEY not in done.out + done.err
    assert holding(run.directory.path, KEY) == []


def test_no_log_of_a_run_holds_a_key(tmp_path):
    """A run that is stopped by its input: recipe, logs and Snakemake's own words."""
    from tests.bad_input.test_processes import small_recipe

    recipe = small_recipe(tmp_path)
    (tmp_path / "a.de").write_text("a\n")
    environment = {"COMET_API_KEY": KEY, "HF_TOKEN": KEY}
    done = as_process("run", recipe, "--cores", "1", cwd=tmp_path, environment=environment)
    assert done.code == 2
    assert KEY not in done.out + done.err
    assert (tmp_path / "runs/small/logs/workflow.log").is_file()
    assert holding(tmp_path, KEY) == []


def holding(folder: Path, text: str) -> list[Path]:
    """The files that hold a text."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return [path for path in files if text.encode() in path.read_bytes()]
