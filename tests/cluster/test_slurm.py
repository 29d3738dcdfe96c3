"""The workflow on a real Slurm: the same comparison as without one, and after a node went down."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from benchmarks.faults import TRAINER
from tests.cluster.slurm import Slurm, cluster, missing, until

WHY_NOT = missing() or (
    None
    if find_spec("snakemake_executor_plugin_slurm")
    else "Snakemake's plugin for Slurm is not installed (the extra 'slurm')"
)
pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT)),
]

PROFILE = Path(__file__).parents[2] / "recipes" / "profiles" / "slurm"
EVERYWHERE = {"splits": ["train"]}
REDUCED = {
    "name": "reduced",
    "corpus": {"embedded": {"train": 300, "valid": 20, "test": 20}},
    "subwords": {"size": 600},
    "trainer": {**TRAINER, "updates": 80, "save_updates": 10},
    "models": {"teacher": {"role": "teacher"}, "baseline": {"role": "baseline"}},
    "shards": 2,
    "detectors": {"exact_match": {}, "oscillatory": EVERYWHERE},
    "quality": {"bleu": EVERYWHERE},
    "subgroups": {"length": EVERYWHERE},
    "comparison": {"bootstrap": 500, "quality_bootstrap": 100},
    "resources": {"all": {"memory_mb": 2000, "minutes": 30}, "train": {"partition": "main"}},
}
"""The demo with two models and few measures: on a cluster every job is three processes."""

COMPARED = ("comparison/comparison.json", "comparison/measurements.parquet")


@pytest.fixture(scope="module")
def slurm(tmp_path_factory) -> Iterator[Slurm]:
    with cluster(tmp_path_factory.mktemp("slurm")) as found:
        yield found


@pytest.fixture(scope="module")
def profile(tmp_path_factory) -> Path:
    """The packaged profile with what this cluster is like: no accounting, and nothing is slow."""
    values = yaml.safe_load((PROFILE / "config.yaml").read_text(encoding="utf-8"))
    values |= {
        "slurm-no-account": True,
        "slurm-status-command": "squeue",
        "slurm-init-seconds-before-status-checks": 3,
        "latency-wait": 10,
    }
    folder = tmp_path_factory.mktemp("profile")
    (folder / "config.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    return folder


def start(folder: Path, environment: dict[str, str], *options: str) -> subprocess.Popen[str]:
    """`kdaudit run` of the reduced demo in a folder."""
    folder.mkdir(exist_ok=True)
    (folder / "reduced.yaml").write_text(json.dumps(REDUCED), encoding="utf-8")
    return subprocess.Popen(
        [sys.executable, "-m", "kdaudit", "run", "reduced.yaml", *options],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> None:
    _, err = process.communicate()
    assert process.returncode == 0, err


def compared(folder: Path) -> dict[str, Any]:
    """What a run says: the comparison as bytes, and the models by their hashes."""
    home = folder / "runs" / "reduced"
    results = json.loads((home / "manifest.json").read_text(encoding="utf-8"))["sha256"]
    models = {name: value for name, value in results.items() if name.endswith("model.bin")}
    return {**models, **{name: (home / name).read_bytes() for name in COMPARED}}


@pytest.fixture(scope="module")
def local(tmp_path_factory) -> dict[str, Any]:
    """The same recipe without a cluster."""
    folder = tmp_path_factory.mktemp("local")
    finished(start(folder, dict(os.environ), "--cores", "2"))
    return compared(folder)


def test_there_are_two_nodes_or_it_is_said_why_not(slurm):
    if len(slurm.nodes) == 1:
        pytest.skip("this Slurm is not built for several nodes on one host: one node runs")
    assert slurm.nodes == ["node1", "node2"]


def test_a_run_by_the_profile_ends_with_the_same_comparison(slurm, profile, local, tmp_path):
    process = start(tmp_path / "run", slurm.environment, "--profile", str(profile))
    seen: set[str] = set()
    while process.poll() is None:
        seen |= set(slurm.running().values())
        time.sleep(0.5)
    finished(process)
    assert seen == set(slurm.nodes), "a node had nothing to do"
    assert compared(tmp_path / "run") == local


def test_a_run_on_a_cluster_that_is_stopped_takes_its_jobs_back(slurm, profile, tmp_path):
    process = start(tmp_path / "run", slurm.environment, "--profile", str(profile))
    assert until(lambda: bool(slurm.running()), 120), "no job within two minutes"
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 143
    assert "the same command goes on from here" in err
    assert until(lambda: not slurm.running(), 30), "a job outlives its run"


def test_a_node_that_goes_down_changes_nothing(slurm, profile, local, tmp_path):
    """Its job is run again on another node; the last test, since it takes a node away."""
    if len(slurm.nodes) == 1:
        pytest.skip("there is one node only: nothing could go on elsewhere")
    process = start(tmp_path / "run", slurm.environment, "--profile", str(profile))
    home = tmp_path / "run" / "runs" / "reduced"
    assert until(lambda: bool(list(home.glob("models/*/work/checkpoints/*.pt"))), 300)
    busy = [node for node in slurm.running().values() if node in slurm.nodes]
    slurm.kill_node(busy[0])
    finished(process)
    assert compared(tmp_path / "run") == local
