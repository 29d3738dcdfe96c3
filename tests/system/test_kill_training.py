"""A training that is killed leaves nothing that looks finished, and goes on to the same model."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from kdaudit.artifacts import file_hash
from kdaudit.stages import train
from tests.tiny import lay_out

pytestmark = pytest.mark.slow


def test_a_killed_training_resumes_and_ends_with_the_same_weights(tmp_path):
    killed, _ = lay_out(tmp_path / "killed", updates=60, pairs=800)
    whole, _ = lay_out(tmp_path / "whole", updates=60, pairs=800)
    train.run(whole, "copier")
    home = killed.directory.model("copier")
    command = [sys.executable, "-m", "kdaudit", "train", str(killed.directory.path)]
    with subprocess.Popen([*command, "--model", "copier"]) as process:
        deadline = time.monotonic() + 120
        while not list(home.glob("work/checkpoints/*.pt")):
            assert time.monotonic() < deadline, "no checkpoint within two minutes"
            assert process.poll() is None, "the training ended before it could be killed"
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    assert not killed.directory.model_manifest("copier").exists()
    assert not (home / "checkpoint.pt").exists()
    # The engine notices within a second that nobody waits for it.
    time.sleep(2.5)
    train.run(killed, "copier")
    log = (killed.directory.logs / "fairseq-copier.log").read_text(encoding="utf-8")
    assert "Loaded checkpoint" in log
    other = whole.directory.model("copier")
    weights = "ctranslate2/model.bin"
    assert file_hash(home / weights) == file_hash(other / weights)
    ends = []
    for run in (killed, whole):
        curve = run.directory.curve("copier").read_text(encoding="utf-8")
        rows = [json.loads(line) for line in curve.splitlines()]
        ends.append([(row["updates"], row["loss"]) for row in rows if row["kind"] == "validation"])
    assert ends[0][-1] == ends[1][-1]
