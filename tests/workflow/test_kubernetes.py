"""The profile for Kubernetes on a made-up cluster: its Jobs, a whole run, failures, and stops."""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

from kdaudit.cli.run import find_profile
from kdaudit.errors import PREFIX

pytestmark = pytest.mark.skipif(
    find_spec("snakemake_executor_plugin_cluster_generic") is None,
    reason="Snakemake's plugin cluster-generic is not installed (the extra 'kubernetes')",
)

KUBECTL = Path(__file__).with_name("fake_kubectl.py")
PROFILE = find_profile(Path("kubernetes"))
RECIPE = {
    "name": "tiny",
    "corpus": {"splits": {"train": {"source": "source.en", "target": "target.de"}}},
    "models": {
        "one": {"role": "baseline", "given": {"translations": {"train": "one.de"}}},
    },
    "detectors": {"exact_match": {"splits": ["train"]}},
    "quality": {},
    "subgroups": {},
    "comparison": {"bootstrap": 100, "quality_bootstrap": 100},
    "resources": {"detect": {"memory_mb": 700, "minutes": 5}},
}
STAGES = ("prepare", "train", "translate", "detect", "compare", "report")


class Cluster:
    """A folder of Jobs, and the environment in which `kubectl` is the made-up one."""

    def __init__(self, folder: Path):
        self.home = folder / "cluster"
        programs = folder / "programs"
        self.home.mkdir()
        programs.mkdir()
        kubectl = programs / "kubectl"
        kubectl.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{KUBECTL}" "$@"\n')
        kubectl.chmod(0o755)
        path = [str(programs), str(Path(sys.executable).parent), os.environ["PATH"]]
        self.environment = {
            **os.environ,
            "PATH": os.pathsep.join(path),
            "FAKE_CLUSTER": str(self.home),
            "KDAUDIT_MOUNT": str(folder),
        }

    @property
    def created(self) -> list[dict[str, Any]]:
        file = self.home / "created"
        return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []

    @property
    def left(self) -> list[str]:
        return [path.stem for path in self.home.glob("kdaudit-*.json")]

    def start(self, folder: Path, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "kdaudit", "run", "tiny.yaml", *options],
            cwd=folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def script(self, name: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess:
        """A script of the profile, as Snakemake starts it."""
        return subprocess.run(
            [str(PROFILE / name), *arguments],
            cwd=self.home.parent,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def submit(self, properties: dict[str, Any], **variables: str) -> subprocess.CompletedProcess:
        """Hand in a job of these properties, whose script does nothing."""
        described = {
            "rule": "train_teacher",
            "threads": 8,
            "log": ["logs/train-a.log"],
            "resources": {},
            **properties,
        }
        file = self.home.parent / "it's a $(script).sh"
        file.write_text(f"#!/bin/sh\n# properties = {json.dumps(described)}\ntrue\n")
        return self.script("submit.py", str(file), **variables)


@pytest.fixture
def cluster(tmp_path) -> Cluster:
    return Cluster(tmp_path)


def write_recipe(folder: Path, **changes: object) -> Path:
    """A recipe that trains nothing, and its files."""
    lines = [f"the {word} is here" for word in "abcdefghijkl"]
    for name in ("source.en", "target.de", "one.de"):
        (folder / name).write_text("".join(f"{line}\n" for line in lines))
    (folder / "tiny.yaml").write_text(json.dumps(RECIPE | changes))
    return folder


@pytest.fixture
def quick(tmp_path) -> Path:
    """The packaged profile for a cluster that answers at once; nothing is tried again."""
    folder = tmp_path / "profile"
    shutil.copytree(PROFILE, folder)
    values = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    values |= {"retries": 0, "latency-wait": 5, "seconds-between-status-checks": 1}
    (folder / "config.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    return folder


def until(holds: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def comparison(folder: Path) -> bytes:
    return (folder / "runs/tiny/comparison/comparison.json").read_bytes()


def test_the_profile_has_programs_limits_and_further_attempts():
    values = yaml.safe_load((PROFILE / "config.yaml").read_text(encoding="utf-8"))
    assert values["executor"] == "cluster-generic"
    assert min(values["jobs"], values["retries"]) > 0
    commands = [value for key, value in values.items() if key.endswith("-cmd")]
    assert len(commands) == 3
    assert all((PROFILE / name).stat().st_mode & stat.S_IXOTH for name in commands)


def test_the_dry_run_plans_all_stages_and_asks_no_cluster(cluster, tmp_path):
    process = cluster.start(write_recipe(tmp_path), "--profile", "kubernetes", "--dry-run")
    out, err = process.communicate()
    assert process.returncode == 0, err
    assert all(f"-m kdaudit {stage} ." in out for stage in STAGES), out
    assert not cluster.created


def test_a_job_asks_for_what_the_stage_does(cluster):
    resources = {"mem_mb": 32000, "mem_mib": 30518, "gres": "gpu:4", "runtime": 90, "nodes": 1}
    variables = {"KDAUDIT_IMAGE": "here/kdaudit:2", "KDAUDIT_CLAIM": "shared"}
    done = cluster.submit({"resources": resources}, **variables)
    assert done.returncode == 0, done.stderr
    (job,) = cluster.created
    assert done.stdout == job["metadata"]["name"] + "\n"
    assert job["metadata"]["name"].startswith("kdaudit-train-teacher-")
    assert job["spec"]["backoffLimit"] == 0
    assert job["spec"]["ttlSecondsAfterFinished"] > 0
    pod = job["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Never"
    assert pod["activeDeadlineSeconds"] == 90 * 60
    (container,) = pod["containers"]
    assert container["image"] == "here/kdaudit:2"
    asked = {"cpu": "8", "memory": "32000Mi", "nvidia.com/gpu": "4"}
    assert container["resources"] == {"requests": asked, "limits": asked}
    assert pod["volumes"][0]["persistentVolumeClaim"] == {"claimName": "shared"}
    assert container["volumeMounts"][0]["mountPath"] == str(cluster.home.parent)


def test_without_gpus_and_limits_none_are_asked_for(cluster):
    assert cluster.submit({"resources": {"gres": ""}, "threads": 1}).returncode == 0
    pod = cluster.created[0]["spec"]["template"]["spec"]
    assert pod["containers"][0]["resources"]["limits"] == {"cpu": "1"}
    assert "activeDeadlineSeconds" not in pod


def test_no_value_is_read_as_yaml_or_by_a_shell(cluster, tmp_path):
    """The script's path has a quote and a command in it, the image's name a key."""
    image = 'x"\nprivileged: true # ${KDAUDIT_CLAIM} $(touch there)'
    done = cluster.submit({}, KDAUDIT_IMAGE=image)
    assert done.returncode == 0, done.stderr
    container = cluster.created[0]["spec"]["template"]["spec"]["containers"][0]
    assert container["image"] == image
    # Kubernetes puts variables in place of $(NAME), and takes $$ for a dollar.
    assert container["command"] == ["/bin/sh", str(tmp_path / "it's a $$(script).sh")]
    name = cluster.created[0]["metadata"]["name"]
    assert until(lambda: cluster.script("status.py", name).stdout == "success\n", 20)
    assert not list(tmp_path.rglob("there"))


REFUSED = {
    "several nodes": ({"resources": {"nodes": 2}}, {}, "a training on 2 nodes cannot run"),
    "an unknown gres": ({"resources": {"gres": "fpga:1"}}, {}, "gres 'fpga:1' is not known"),
    "no volume": ({}, {"KDAUDIT_MOUNT": "/elsewhere"}, "is on no volume of the Jobs (/elsewhere"),
    "no kubectl": ({}, {"PATH": str(Path(sys.executable).parent)}, "kubectl is not to be found"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_handed_in_is_said_in_the_log_of_the_stage(cluster, tmp_path, case):
    properties, variables, message = REFUSED[case]
    done = cluster.submit(properties, **variables)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"\n{PREFIX}" in (said := (tmp_path / "logs/train-a.log").read_text())
    assert message in said
    assert not cluster.created


def test_what_kubernetes_refuses_is_said_in_the_log_of_the_stage(cluster, tmp_path):
    (cluster.home / "refuses").write_text("Error from server (Forbidden): no jobs for you")
    assert cluster.submit({}).returncode == 1
    said = (tmp_path / "logs/train-a.log").read_text()
    assert said == f"\n{PREFIX}kubectl create: Error from server (Forbidden): no jobs for you\n"


PODS = {
    "memory": (
        {"containerStatuses": [{"state": {"terminated": {"reason": "OOMKilled"}}}]},
        "OOMKilled",
    ),
    "time": (
        {"reason": "DeadlineExceeded", "message": "Pod was active\ntoo long"},
        "DeadlineExceeded: Pod was active too long",
    ),
}


@pytest.mark.parametrize("case", PODS)
def test_what_ended_a_job_is_said_unless_the_stage_did(cluster, tmp_path, case):
    status, message = PODS[case]
    (cluster.home / "full").touch()
    name = cluster.submit({}).stdout.strip()
    assert cluster.script("status.py", name).stdout == "running\n"
    (cluster.home / f"{name}.code").write_text("137\n")
    (cluster.home / f"{name}.pod").write_text(json.dumps({"status": status}))
    log = tmp_path / "logs/train-a.log"
    log.parent.mkdir()
    log.write_text("10 updates\n")
    assert cluster.script("status.py", name).stdout == "failed\n"
    told = f"{PREFIX}Kubernetes ended the Job {name}: {message}\n"
    assert log.read_text() == f"10 updates\n\n{told}"
    log.write_text(f"{PREFIX}no such file\n")
    assert cluster.script("status.py", name).stdout == "failed\n"
    assert log.read_text() == f"{PREFIX}no such file\n"


def test_a_job_that_is_gone_has_failed(cluster):
    done = cluster.script("status.py", "kdaudit-gone")
    assert (done.returncode, done.stdout) == (0, "failed\n")
    assert "is gone" in done.stderr


@pytest.mark.slow
def test_a_run_by_the_profile_ends_with_the_comparison_of_a_local_one(cluster, quick, tmp_path):
    here, there = tmp_path / "here", tmp_path / "there"
    for folder, options in ((here, ["--cores", "2"]), (there, ["--profile", "../profile"])):
        folder.mkdir()
        process = cluster.start(write_recipe(folder), *options)
        _, err = process.communicate()
        assert process.returncode == 0, err
    assert comparison(there) == comparison(here)
    rules = {one["metadata"]["name"].rsplit("-", 1)[0] for one in cluster.created}
    assert rules >= {"kdaudit-prepare", "kdaudit-translate", "kdaudit-detect", "kdaudit-report"}
    detecting = [one for one in cluster.created if "-detect-" in one["metadata"]["name"]]
    pods = [one["spec"]["template"]["spec"] for one in detecting]
    assert {one["containers"][0]["resources"]["limits"]["memory"] for one in pods} == {"700Mi"}
    assert {one["activeDeadlineSeconds"] for one in pods} == {300}


@pytest.mark.slow
def test_a_job_that_fails_is_reported_with_its_log(cluster, quick, tmp_path):
    (write_recipe(tmp_path) / "target.de").write_text("one line\n")
    process = cluster.start(tmp_path, "--profile", str(quick))
    _, err = process.communicate()
    assert process.returncode == 2, err
    assert "target.de" in err
    assert f"(log: {Path('runs/tiny/logs/prepare.log')})" in err


def test_a_job_that_is_not_taken_is_reported_with_the_reason(cluster, quick, tmp_path):
    (cluster.home / "refuses").write_text("Error from server (Forbidden): no jobs for you")
    process = cluster.start(write_recipe(tmp_path), "--profile", str(quick))
    _, err = process.communicate()
    assert process.returncode == 2, err
    assert "kubectl create: Error from server (Forbidden): no jobs for you (log: " in err


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_run_that_is_stopped_deletes_its_jobs(cluster, quick, tmp_path, how):
    """No node is free: the Jobs wait. Killed: the workflow alone, with SIGKILL."""
    (cluster.home / "full").touch()
    process = cluster.start(write_recipe(tmp_path), "--profile", str(quick))
    assert until(lambda: bool(cluster.left), 120), "no Job within two minutes"
    if how == "stopped":
        process.send_signal(signal.SIGTERM)
    else:
        (workflow,) = children(process.pid)
        os.kill(workflow, signal.SIGKILL)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (143 if how == "stopped" else 2), err
    assert until(lambda: not cluster.left, 30), "a Job outlives its run"


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
