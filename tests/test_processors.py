"""How many processors may be used: by affinity, and by the quota of a control group."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from kdaudit.processors import usable_processors


@pytest.fixture(autouse=True)
def eight(monkeypatch):
    """A process that may run on eight processors."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)


def usable(folder, groups, **files):
    (folder / "groups").write_text(groups)
    for place, content in files.items():
        path = folder / "mounted" / place.replace("__", "/").replace("_max", ".max")
        path = path.with_name(path.name.replace("cpu_cfs", "cpu.cfs"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return usable_processors(folder / "groups", folder / "mounted")


def test_without_control_groups_the_affinity_decides(tmp_path):
    assert usable_processors(tmp_path / "none", tmp_path / "none") == 8
    assert usable(tmp_path, "0::/\n") == 8


@pytest.mark.parametrize(
    ("quota", "expected"),
    [("max 100000", 8), ("350000 100000", 3), ("50000 100000", 1), ("9900000 100000", 8), ("", 8)],
)
def test_a_quota_of_version_2_is_a_number_of_whole_processors(tmp_path, quota, expected):
    assert usable(tmp_path, "0::/\n", cpu_max=quota) == expected


def test_the_groups_above_bind_too_and_the_path_may_be_the_hosts(tmp_path):
    files = {"slice__cpu_max": "200000 100000", "slice__job__cpu_max": "400000 100000"}
    assert usable(tmp_path, "0::/slice/job\n", **files) == 2
    assert usable(tmp_path, "0::/docker/0123/job\n", cpu_max="600000 100000") == 6


def test_a_quota_of_version_1(tmp_path):
    groups = "5:memory:/elsewhere\n4:cpu,cpuacct:/job\n"
    files = {"cpu,cpuacct__job__cpu_cfs_quota_us": "250000\n"}
    files |= {"cpu,cpuacct__job__cpu_cfs_period_us": "100000\n"}
    assert usable(tmp_path, groups, **files) == 2
    files["cpu,cpuacct__job__cpu_cfs_quota_us"] = "-1\n"
    assert usable(tmp_path, groups, **files) == 8


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no affinity on this system")
def test_a_process_that_is_bound_to_one_processor_uses_one():
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
        "from kdaudit.inference import InferenceSettings\n"
        "found = InferenceSettings()\n"
        "print(found.cpu_threads, found.job_threads, InferenceSettings(threads=3).cpu_threads)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "1", "3"]
