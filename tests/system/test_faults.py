"""Kills, signals and changes in a real run, short: what is left, and that it goes on to the end."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from benchmarks import faults
from tests.bad_input.refusals import as_process
from tests.bad_input.test_processes import small_recipe

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> dict:
    """A run of half a minute: one model, one detector, its comparison and its report."""
    folder = tmp_path_factory.mktemp("small")
    values = yaml.safe_load(small_recipe(folder, updates=30).read_text())
    for entry in values["corpus"]["splits"].values():
        entry |= {side: str(folder / name) for side, name in entry.items()}
    return values | {
        "detectors": {"exact_match": {}},
        "subgroups": {"all": {}},
        "comparison": {"bootstrap": 100, "quality_bootstrap": 100},
    }


@pytest.fixture(scope="module")
def whole(recipe, tmp_path_factory) -> tuple[Path, bytes]:
    """The run without a fault: where it is, and its comparison."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, faults.undisturbed(folder, recipe, 1)[1]


KILLS = {
    "between a model and the workflow's note of it": ("everything", "models/copier/manifest.json"),
    "in a training": ("a stage", "logs/fairseq-copier.log"),
    "in a training, which outlives it": ("run and workflow", "logs/fairseq-copier.log"),
}
"""Who is killed, as soon as which file of the run is there."""


@pytest.mark.parametrize("case", KILLS)
def test_a_killed_run_ends_with_the_same_comparison(recipe, whole, tmp_path, case):
    victim, file = KILLS[case]
    there = tmp_path / "runs" / "small" / file
    found = faults.fault(tmp_path, recipe, 1, victim, lambda _: there.exists(), whole[1])
    assert found.killed != "it had finished"
    assert found.codes in ((-signal.SIGKILL, 0), (2, 0)), found
    assert found.same, found


def test_a_run_that_is_interrupted_stops_at_once_and_says_how_to_go_on(recipe, tmp_path):
    """Ctrl-C; SIGTERM is in `test_reduced_demo`."""
    endless = {**recipe["models"]["copier"]["trainer"], "updates": 100_000}
    longer = recipe | {"models": {"copier": {"role": "baseline", "trainer": endless}}}
    process = faults.start(tmp_path, longer, 1)
    log = tmp_path / "runs/small/logs/fairseq-copier.log"
    deadline = time.monotonic() + 120
    while not log.is_file():
        assert time.monotonic() < deadline, "no training within two minutes"
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "kdaudit: stopped; the same command goes on from here"


def test_a_damaged_file_is_made_again_when_asked_and_not_before(recipe, whole):
    folder, expected = whole
    path = folder / "recipe.yaml"
    home = folder / "runs/small"
    checkpoint, shard = home / "models/copier/ctranslate2/model.bin", home / "corpus/train.parquet"
    detection = home / "detections/exact_match/copier/train.parquet"
    before = shard.read_bytes()
    content = bytearray(before)
    content[len(content) // 2] ^= 1
    shard.write_bytes(content)
    checkpoint.write_bytes(checkpoint.read_bytes() + b"0")
    detection.unlink()
    done = as_process("run", path, "--cores", "1", cwd=folder)
    assert done.code == 2
    assert "corpus/train.parquet: is damaged, or another file than was written there" in done.err
    asked = as_process("run", path, "--recompute", "--dry-run", cwd=folder)
    assert asked.code == 0, asked.err
    named = [line for line in asked.out.splitlines() if line.startswith("damaged")]
    assert named == [
        f"damaged, would be made again: runs/small/{one}"
        for one in ("corpus/train.parquet", "models/copier/ctranslate2/model.bin")
    ]
    done = as_process("run", path, "--cores", "1", "--recompute", cwd=folder)
    assert done.code == 0, done.err
    assert "kdaudit: damaged, made again: runs/small/corpus/train.parquet" in done.err
    assert shard.read_bytes() == before
    assert faults.comparison(folder, recipe) == expected


def test_two_runs_on_one_directory_and_the_second_is_refused(recipe, tmp_path):
    first = faults.start(tmp_path, recipe, 1)
    deadline = time.monotonic() + 60
    while not (tmp_path / "runs/small/logs/workflow.log").is_file():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    command = [sys.executable, "-m", "kdaudit", "run", "recipe.yaml", "--cores", "1"]
    second = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    first.terminate()
    first.communicate()
    assert second.returncode == 2
    assert "another run is at work there" in second.stderr
