"""Times whole processes: wall-clock seconds and peak memory, over several runs."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from kdaudit._version import __version__

RUNS, FEWER_RUNS, MANY = 5, 3, 100_000
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
    """One line: versions, processor, number of runs."""
    parts = [
        f"kdaudit {__version__}, Python {platform.python_version()}",
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        f"median (least to most) of {RUNS} runs, unless a table says otherwise, after one that is "
        "not counted",
    ]
    return "; ".join(parts)


def runs_of(rows: int) -> int:
    """How often a command with so many rows is run."""
    return RUNS if rows <= MANY else FEWER_RUNS


def kdaudit(*arguments: str, runs: int = RUNS) -> Timing:
    """Time `python -m kdaudit` with these arguments; it must end well."""
    return module("kdaudit", *arguments, runs=runs)


def module(name: str, *arguments: str, runs: int = RUNS) -> Timing:
    """Time `python -m name` with these arguments; it must end well."""
    command = [sys.executable, "-m", name, *arguments]
    found = [_once(command) for _ in range(runs + 1)][1:]
    return Timing(tuple(seconds for seconds, _ in found), max(peak for _, peak in found))


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
