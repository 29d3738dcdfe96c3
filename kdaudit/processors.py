"""How many processors this process may use; reads what the kernel says of it, writes nothing.

A container or a batch system often grants fewer than the machine has: by affinity
(`taskset`, Slurm), or by a share of time (Docker's `--cpus`, Kubernetes' limits), which
is a quota of the process's control group.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

GROUPS, MOUNTED = Path("/proc/self/cgroup"), Path("/sys/fs/cgroup")
"""The control groups of this process, and where their files are."""


def usable_processors(groups: Path = GROUPS, mounted: Path = MOUNTED) -> int:
    """At least 1; a quota of 1.5 processors is 1."""
    granted = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(int(min([granted or 1, *_quotas(groups, mounted)])), 1)


def _quotas(groups: Path, mounted: Path) -> Iterator[float]:
    """The quota of each control group that the process is in, in processors."""
    lines = (_read(groups) or "").splitlines()
    for _, controllers, path in (line.split(":", 2) for line in lines if line.count(":") >= 2):
        names = controllers.split(",")
        if not controllers:  # version 2
            for folder in _upwards(mounted, path):
                yield from _quota((_read(folder / "cpu.max") or "").split())
        elif "cpu" in names:  # version 1
            for folder in _upwards(mounted / controllers, path):
                files = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
                yield from _quota([(_read(folder / name) or "").strip() for name in files])


def _upwards(mounted: Path, path: str) -> Iterator[Path]:
    """A group's folder and those above it: in a container the path may be the host's, and only
    the top is there."""
    inner = PurePosixPath(path.lstrip("/"))
    return (mounted / folder for folder in (inner, *inner.parents))


def _quota(numbers: list[str]) -> Iterator[float]:
    """Time over period; nothing where there is no limit (`max`, or -1)."""
    if len(numbers) == 2 and all(number.isdecimal() for number in numbers) and int(numbers[1]):
        yield int(numbers[0]) / int(numbers[1])


def _read(path: Path) -> str | None:
    """None where there is no such file, as on other systems than Linux."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None
