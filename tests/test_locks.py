"""Stages at work in a run directory, and the run that waits for those of another."""

from __future__ import annotations

import subprocess
import sys

import pytest

from kdaudit.errors import ArtifactError
from kdaudit.locks import at_work, check_idle

HOLDING = """
import sys, time
from pathlib import Path
from kdaudit.locks import at_work
with at_work(Path(sys.argv[1])):
    print("here", flush=True)
    time.sleep(60)
"""


def test_stages_are_at_work_side_by_side_and_a_run_is_refused_until_they_are_done(tmp_path):
    check_idle(tmp_path)
    refused = pytest.raises(ArtifactError, match="a stage of a run that was killed is still at wor")
    with at_work(tmp_path), at_work(tmp_path), refused:
        check_idle(tmp_path)
    check_idle(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_lock_goes_with_the_process_that_is_killed(tmp_path):
    command = [sys.executable, "-c", HOLDING, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        with pytest.raises(ArtifactError, match="still at work"):
            check_idle(tmp_path)
        process.kill()
        process.wait()
    check_idle(tmp_path)


def test_a_directory_that_is_not_there_is_for_the_stage_to_name(tmp_path):
    with at_work(tmp_path / "none"):
        assert not (tmp_path / "none").exists()
