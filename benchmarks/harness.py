"""Times whole processes (wall-clock seconds and peak memory) and jobs in turn, over several
runs."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kdaudit._version import __version__

LIBRARIES = ("torch", "fairseq-fixed", "ctranslate2", "sentencepiece", "numpy", "pyarrow")

RUNS, FEWER_RUNS, MANY = 5, 3, 1_000_000
"""Runs of a command, and fewer where its input has more rows than so many."""


@dataclass(frozen=True)
class Timing:
    """The runs of one command: seconds of each, and the greatest peak memory, in MB."""

    seconds: tuple[float, ...]
    peak_megabytes: float

    def __str__(self) -> str:
        low, high = min(self.seconds), max(self.seconds)
        median = statistics.median(self.seconds)
        return f"{median:.2f} s ({low:.2f} to {high:.2f}) | {self.peak_megabytes:.0f} MB"


def describe_machine() -> str:
    """Versions, processors, memory, GPU, and how times are given, as a Markdown list."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    libraries = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    return "\n".join(
        [
            f"- kdaudit {__version__}, Python {platform.python_version()}; {libraries}",
            f"- {platform.system()} {platform.machine()}, {os.cpu_count()} processors "
            f"({_processor()}), {memory:.0f} GB of memory; GPU: {_gpu()}",
            f"- times are the median (least to most) of {RUNS} runs, unless a table says "
            "otherwise, after one that is not counted; peak memory is the greatest of the runs",
        ]
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or "unknown"


def _gpu() -> str:
    import torch

    if not torch.cuda.is_available():
        return "none, so nothing on one is measured"
    name: str = torch.cuda.get_device_name(0)
    return name


def runs_of(rows: int) -> int:
    """How often a command with so many rows is run."""
    return RUNS if rows <= MANY else FEWER_RUNS


def kdaudit(*arguments: str, runs: int = RUNS, uncounted: int = 1) -> Timing:
    """Time `python -m kdaudit` with these arguments; it must end well."""
    return module("kdaudit", *arguments, runs=runs, uncounted=uncounted)


def module(name: str, *arguments: str, runs: int = RUNS, uncounted: int = 1) -> Timing:
    """Time `python -m name` with these arguments; it must end well."""
    command = [sys.executable, "-m", name, *arguments]
    found = [_once(command) for _ in range(runs + uncounted)][uncounted:]
    return Timing(tuple(seconds for seconds, _ in found), max(peak for _, peak in found))


def rounds(
    jobs: Mapping[str, Callable[[], Any]], runs: int = RUNS
) -> tuple[dict[str, list[float]], dict[str, Any]]:
    """Seconds of each job in each round, all jobs in turn, and what they gave; the first round
    is not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    answers: dict[str, Any] = {}
    for _ in range(runs + 1):
        for name, job in jobs.items():
            started = time.perf_counter()
            answers[name] = job()
            seconds[name].append(time.perf_counter() - started)
            print(f"{name}: {seconds[name][-1]:.2f} s", file=sys.stderr, flush=True)
    return {name: found[1:] for name, found in seconds.items()}, answers


def spread(seconds: Sequence[float]) -> str:
    """Median, least and most."""
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f} to {max(seconds):.2f})"


_MEASURE = """
import os, subprocess, sys, time
started = time.perf_counter()
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(time.perf_counter() - started, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))
"""
"""Starts a command and measures it. A process of its own, and a small one: a child's peak memory
counts from what its parent had when it was started."""


def _once(command: Sequence[str]) -> tuple[float, float]:
    measured = [sys.executable, "-S", "-c", _MEASURE, *command]
    done = subprocess.run(measured, stdout=subprocess.PIPE, text=True, check=True)
    seconds, peak, code = done.stdout.split()
    if int(code):
        raise RuntimeError(f"{command} ended with exit code {code}")
    return float(seconds), float(peak)
