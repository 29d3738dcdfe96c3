"""What the runner refuses before anything runs, and how it says so."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kdaudit.artifacts import RunDirectory, write_text
from kdaudit.errors import ArtifactError
from kdaudit.recipe import dump, load_stored
from kdaudit.workflow import runner
from tests.fakes import recipe


def test_a_second_run_on_the_same_directory_is_refused(tmp_path):
    directory = RunDirectory(tmp_path / "run")
    write_text(directory.recipe, dump(recipe(tmp_path)))
    holder = (
        "import fcntl, sys; file = open(sys.argv[1], 'a'); fcntl.flock(file, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(directory.path / ".lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ArtifactError, match="another run is at work"):
            runner.run(directory, recipe(tmp_path, seed=77), cores=1)
        other.communicate("")
    assert load_stored(directory.recipe).seed == 1, "the other run's recipe was overwritten"


def test_the_dry_run_lists_the_plan_and_writes_nothing(tmp_path):
    for name in ("train", "valid", "test"):
        for language in ("en", "de"):
            (tmp_path / f"{name}.{language}").write_text("a\n")
    directory = RunDirectory(tmp_path / "run")
    shown = runner.dry_run(directory, recipe(tmp_path), cores=2, profile=None)
    jobs = dict(line.split()[:2] for line in shown.splitlines() if len(line.split()) == 2)
    assert jobs["distill"] == "1"
    assert (jobs["prepare"], jobs["prepare_split"], jobs["prepare_counts"]) == ("1", "1", "1")
    assert jobs["report"] == "1"
    assert not directory.path.exists()


def test_the_training_commands_are_shown_for_every_model(tmp_path):
    lines = runner.training_commands(recipe(tmp_path))
    assert [line for line in lines if line.endswith(":")] == [
        "teacher:",
        "student:",
        "baseline:",
        "reverse:",
    ]
    assert sum("fairseq-train" in line for line in lines) == 4
