"""Times whole processes: wall-clock seconds and peak memory, over several runs."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import time
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


def _once(command: Sequence[str]) -> tuple[float, float]:
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{command} ended with exit code {process.returncode}")
    return seconds, usage.ru_maxrss / 1024
