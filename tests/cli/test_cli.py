"""The command line as its users meet it: a process, its output, its exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kdaudit.cli.app import COMMANDS

SOURCE = ["a b c", "d e f", "g h i", "j k l", "m n o", "p q r"]
TARGET = ["A B C", "D E F", "G H I", "J K L", "M N O", "P Q R"]


def kdaudit(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "kdaudit", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


@pytest.fixture
def files(tmp_path) -> list[str]:
    write(tmp_path / "source", SOURCE)
    write(tmp_path / "target", TARGET)
    write(tmp_path / "good", TARGET)
    write(tmp_path / "bad", ["Same thing ."] * 6)
    return [
        *("--source", str(tmp_path / "source"), "--target", str(tmp_path / "target")),
        *("--translations", f"bad={tmp_path / 'bad'}"),
        *("--translations", f"good={tmp_path / 'good'}"),
    ]


def test_the_overview_names_every_subcommand_and_needs_no_heavy_package():
    shown = kdaudit("--help").stdout
    for name in ("run", "compare", "report", "inspect", "doctor"):
        assert f" {name} " in shown
    code = (
        "import sys; sys.argv = ['kdaudit', '--help']\n"
        "from kdaudit.cli.app import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'fairseq', 'ctranslate2', 'pyarrow', 'numpy', 'pydantic'}\n"
        "sys.stderr.write(' '.join(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize("name", COMMANDS)
def test_every_subcommand_explains_itself_with_an_example(name):
    done = kdaudit(name, "--help")
    assert done.returncode == 0
    assert f"kdaudit {name}" in done.stdout.split("Example", 1)[1]


def test_plain_files_are_compared_without_a_model(files):
    done = kdaudit("compare", *files, "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["schema"] == "kdaudit.comparison/1"
    flagged = {(m["measure"], m["model"]): m["flagged"] for m in found["measurements"]}
    assert flagged["exact_match", "good"] == 6
    assert flagged["exact_match", "bad"] == 0
    assert flagged["repeated_target", "bad"] == 6
    assert flagged["oscillatory", "bad"] == 0
    (contrast,) = [c for c in found["contrasts"] if c["measure"] == "exact_match"]
    assert (contrast["model"], contrast["reference"]) == ("good", "bad")
    assert contrast["verdict"] == "higher"


def test_the_table_goes_to_standard_output_and_nothing_else_does(files):
    done = kdaudit("compare", *files)
    assert "exact_match (%)" in done.stdout
    assert "too few events" in done.stdout or "higher" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize("form", ["csv", "markdown", "json"])
def test_a_comparison_is_written_to_a_file(files, tmp_path, form):
    done = kdaudit("compare", *files, "--format", form, "--output", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert "exact_match" in (tmp_path / "out").read_text(encoding="utf-8")


def test_the_doctor_finds_this_installation_whole():
    done = kdaudit("doctor")
    assert done.returncode == 0, done.stdout
    assert "ok  fairseq-fixed" in done.stdout
    assert "ok  scipy" in done.stdout, "a requirement without a check of its own"
    assert "PROBLEM" not in done.stdout
