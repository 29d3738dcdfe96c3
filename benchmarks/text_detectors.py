"""The detectors that need no model, against the loop of the released scripts.

    python -m benchmarks.text_detectors [LINES]

All judge the same made-up lines (those of `benchmarks.oscillation`) in turn, batch by batch, in
one process of one thread's work; the loop is the published rule, sentence by sentence. Prints
Markdown: lines a second, how many times the loop's, and the peak memory of each detector alone
in a process of its own.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.oscillation import batches, loop
from kdaudit.detectors import DETECTORS, Detector
from kdaudit.detectors.base import Services

NAMES = (
    "oscillatory",
    "oscillatory_calibrated",
    "repeated_target",
    "copy",
    "untranslated",
    "length_ratio",
    "numbers",
    "overlap",
    "text",
)
LINES = 250_000
MEMORY_LINES = (50_000, 500_000)


def table(lines: int = LINES) -> str:
    """Markdown."""
    detectors = {name: DETECTORS[name]() for name in NAMES}
    seconds: dict[str, list[float]] = {name: [] for name in ("loop", *NAMES)}
    for segments in batches(lines):
        started = time.process_time()
        loop(segments.texts("source"), segments.texts("translation"))
        seconds["loop"].append(time.process_time() - started)
        for name, detector in detectors.items():
            started = time.process_time()
            detector.judge(detector.score(segments, Services()))
            seconds[name].append(time.process_time() - started)
    rows = [f"## Detectors that need no model, {lines:,} lines in batches", ""]
    rows += [
        "Processor time, all in turn on each batch; how many times as fast as the loop: the median "
        "of the batches (least to most). Memory: each alone in a process.",
        "",
    ]
    memory = " | ".join(f"peak memory, {few:,} lines" for few in MEMORY_LINES)
    rows += [f"| way | lines a second | times as fast | {memory} |", "| --- " * 5 + "|"]
    for name, of_name in seconds.items():
        ratios = np.divide(seconds["loop"], of_name)
        ratio = f"{statistics.median(ratios):.1f} ({ratios.min():.1f} to {ratios.max():.1f})"
        peaks = ["–" if name == "loop" else f"{peak(name, few):.0f} MB" for few in MEMORY_LINES]
        shown = "the released scripts' loop" if name == "loop" else f"`{name}`"
        rows.append(f"| {shown} | {lines / sum(of_name):,.0f} | {ratio} | {' | '.join(peaks)} |")
    return "\n".join([*rows, ""])


def peak(name: str, lines: int) -> float:
    """The peak memory of a process that judges so many lines, in MB."""
    command = [sys.executable, "-m", "benchmarks.text_detectors", name, str(lines)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def alone(detector: Detector, lines: int) -> float:
    """Judge so many lines; the peak memory of this process, in MB."""
    for segments in batches(lines):
        detector.judge(detector.score(segments, Services()))
    # Not `ru_maxrss`, which counts from what the process that started this one had.
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(alone(DETECTORS[sys.argv[1]](), int(sys.argv[2])))
    else:
        print(table(*map(int, sys.argv[1:])))
