"""Options and arguments that do not fit: one line, like every other mistake."""

from __future__ import annotations

import pytest

from tests.bad_input.refusals import as_process, check

PLAIN = ("--source", "f", "--target", "f", "--translations", "a=f", "--translations", "b=f")

CASES: dict[str, tuple[tuple[str, ...], str]] = {
    "no such command": (("compre",), "No such command 'compre'. … (see `kdaudit --help`)"),
    "no such option": (
        ("run", "demo", "--core", "2"),
        "No such option: --core (Possible options: --cores) (see `kdaudit run --help`)",
    ),
    "no recipe": (("run",), "Missing argument 'recipe' (see `kdaudit run --help`)"),
    "no model": (("train", "x"), "Missing option '--model' (see `kdaudit train --help`)"),
    "no value": (
        ("compare", "--reference"),
        "Option '--reference' requires an argument (see `kdaudit --help`)",
    ),
    "no processor": (
        ("run", "demo", "--cores", "0"),
        "Invalid value for '--cores': … (see `kdaudit run --help`)",
    ),
    "text for a number": (
        ("run", "demo", "--seed", "one"),
        "Invalid value for '--seed': … (see `kdaudit run --help`)",
    ),
    "no such format": (
        ("compare", "--format", "xml"),
        "Invalid value for '--format': … 'xml' … 'table', 'json', … (see `kdaudit compare --help`)",
    ),
    "translations without a name": (
        ("compare", *PLAIN, "--translations", "nameless"),
        "--translations expects NAME=FILE, got 'nameless'",
    ),
    "a name twice": (
        ("compare", *PLAIN, "--translations", "b=f"),
        "--translations: the name 'b' is taken",
    ),
    "a name with an escape": (
        ("compare", *PLAIN, "--translations", "c\x1b[31m=f"),
        "'c\\x1b[31m' is no name: characters that are seen, and blanks, only",
    ),
    "no translations": (
        ("compare", *PLAIN[:4]),
        "plain files need --source, --target and --translations NAME=FILE",
    ),
    "runs and files": (
        ("compare", "runs/demo", *PLAIN),
        "give either run directories or plain files",
    ),
    "measures of a run": (
        ("compare", "--measures", "exact_match"),
        "--measures is for plain files: a run's measures stand in its recipe",
    ),
    "no such measure": (
        ("compare", *PLAIN, "--measures", "exact_mtch"),
        "'exact_mtch' is no known entry of detectors; did you mean 'exact_match'? …",
    ),
    "a measure that needs a model": (
        ("compare", *PLAIN, "--measures", "natural"),
        "natural cannot be computed from texts alone: it needs quality.back_translation (texts "
        "suffice for: exact_match, oscillatory, repeated_target, oscillatory_calibrated, copy, …",
    ),
    "no such teacher": (
        ("compare", *PLAIN, "--teacher", "c", "--student", "a"),
        "'c' is no known system to be the teacher (known: a, b)",
    ),
    "teacher without a student": (
        ("compare", *PLAIN, "--teacher", "a"),
        "what a student inherits needs --teacher and --student, and may have --baseline",
    ),
    "one system in two parts": (
        ("compare", *PLAIN, "--teacher", "a", "--student", "b", "--baseline", "a"),
        "a system has one part in an inheritance (student b, teacher a, baseline a)",
    ),
    "directions of plain files": (
        ("compare", *PLAIN, "--directions"),
        "--directions is for run directories",
    ),
    "roles of a run": (
        ("compare", "runs/demo", "--student", "a"),
        "--student is for plain files: a run's roles stand in its recipe",
    ),
    "a run given twice": (
        ("compare", "runs/demo", "runs/demo"),
        "runs/demo: given twice",
    ),
    "no such reference": (
        ("compare", *PLAIN, "--reference", "aa"),
        "'aa' is no known model to be the reference; did you mean 'a'? (known: a, b)",
    ),
    "no such split": (
        ("compare", *PLAIN, "--split", "tset"),
        "'tset' is no known split …; did you mean 'text'? (known: text)",
    ),
    "a release without its candidate": (
        ("compare", "--previous", "released.json"),
        "--previous and --candidate go together",
    ),
    "releases beside a run": (
        ("compare", "runs/demo", "--previous", "a.json", "--candidate", "b.json"),
        "RUN_DIR does not go together with --previous and --candidate",
    ),
    "no such release": (
        ("compare", "--previous", "released.json", "--candidate", "runs/demo"),
        "released.json: no such file: …",
    ),
    "no such subgroups": (
        ("compare", *PLAIN, "--scheme", "length"),
        "'length' is no known subgroup scheme …",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_command_line(kdaudit, tmp_path, monkeypatch, case):
    arguments, message = CASES[case]
    (tmp_path / "f").write_text("a\nb\n")
    monkeypatch.chdir(tmp_path)
    check(kdaudit(*arguments), message)
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_mistake_is_the_same_in_a_process_of_its_own(tmp_path):
    arguments, message = CASES["no such measure"]
    (tmp_path / "f").write_text("a\nb\n")
    check(as_process(*arguments, cwd=tmp_path), message)


def test_the_traceback_is_shown_on_request(kdaudit):
    done = kdaudit("--debug", "prepare", "nowhere")
    assert done.code == 2
    assert "Traceback" in done.err
    assert done.err.splitlines()[-1].startswith("kdaudit: error: nowhere: no run directory")


def test_without_arguments_the_overview_is_shown(kdaudit):
    done = kdaudit()
    assert (done.code, done.err) == (0, "")
    assert "kdaudit [OPTIONS] COMMAND" in done.out


def test_names_cannot_write_to_the_terminal(kdaudit):
    """Neither a line of their own, nor colours, nor a change of direction."""
    done = kdaudit("run", "a\nkdaudit: done\x1b[2J\u202e")
    check(done, "'a\\nkdaudit: done\\x1b[2J\\u202e' is neither a recipe file nor one of: …")
