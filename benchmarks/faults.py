"""Kills runs at random moments, and starts them again: the comparison must be the same.

    python -m benchmarks.faults [--kills 20] [--recipe FILE] [--cores 2] [--seed 1]

A recipe (by default a demo that is reduced to less than two minutes) runs once undisturbed, and
then once for each kill: after a random share of that time a victim gets SIGKILL, the run is
started again until it finishes, and its comparison is held against the undisturbed one, byte for
byte. Victims in turn: everything (as where the power fails), the run alone (its stages outlive
it: the next start is refused until they are done), one stage, the run with its workflow (stages
outlive both). Works below the temporary folder;
prints Markdown, and exits with 1 where a comparison differs.
"""

from __future__ import annotations

import argparse
import json
import operator
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from kdaudit.artifacts import RunDirectory

VICTIMS = ("everything", "the run", "a stage", "run and workflow")
COMPARED = ("comparison.json", "measurements.parquet", "contrasts.parquet", "inheritance.parquet")
BUSY = "at work there"
MOST_STARTS = 300
TRAINER = {
    "layers": 1,
    "width": 64,
    "feed_forward": 128,
    "heads": 4,
    "normalize_before": True,
    "clip_norm": 1.0,
    "dropout": 0.0,
    "label_smoothing": 0.0,
    "learning_rate": 5e-3,
    "schedule": "linear",
    "warmup_updates": 10,
    "batch_tokens": 1000,
    "updates": 60,
}
REDUCED: dict[str, Any] = {
    "name": "faults",
    "corpus": {"embedded": {"train": 600, "valid": 40, "test": 40}},
    "subwords": {"size": 700},
    "trainer": TRAINER,
    "models": {
        "teacher": {"role": "teacher"},
        "student": {"role": "student", "distillation": {"teacher": "teacher"}},
        "baseline": {"role": "baseline"},
    },
    "shards": 2,
    "detectors": {"exact_match": {}, "extractive": {}, "repeated_target": {"splits": ["train"]}},
    "quality": {"bleu": {"splits": ["test"]}},
    "subgroups": {"length": {"splits": ["train"]}},
    "comparison": {"bootstrap": 500, "quality_bootstrap": 100},
}
"""Three models and few measures: most of a run's time is its processes' beginning."""


@dataclass(frozen=True)
class Fault:
    """One kill and what came of it. `moment`: seconds after the start; `killed`: what it was;
    `codes`: exit codes of all starts that were not refused; `seconds`: in all; `same`: whether
    the comparison is that of the undisturbed run."""

    victim: str
    moment: float
    killed: str
    codes: tuple[int, ...]
    seconds: float
    same: bool

    def __str__(self) -> str:
        codes = ", ".join(map(str, self.codes))
        same = "the same" if self.same else "**another**"
        return (
            f"| {self.victim} | {self.moment:.1f} | {self.killed} | {codes} | "
            f"{self.seconds:.0f} | {same} |"
        )


def table(seconds: float, faults: list[Fault]) -> str:
    """Markdown; `seconds`: what the undisturbed run took."""
    rows = ["## Kills at random moments", "", f"Undisturbed: {seconds:.0f} s.", ""]
    rows += ["| killed | after, s | at work | exit codes | seconds in all | comparison |"]
    rows += ["| --- " * 6 + "|", *map(str, faults)]
    return "\n".join([*rows, ""])


def undisturbed(folder: Path, recipe: Mapping[str, Any], cores: int) -> tuple[float, bytes]:
    """How long the recipe takes, and its comparison."""
    started = time.monotonic()
    process = start(folder, recipe, cores)
    _, err = process.communicate()
    if process.returncode:
        raise RuntimeError(f"the undisturbed run failed: {err}")
    return time.monotonic() - started, comparison(folder, recipe)


def fault(
    folder: Path,
    recipe: Mapping[str, Any],
    cores: int,
    victim: str,
    is_time: Callable[[float], bool],
    expected: bytes,
) -> Fault:
    """Run the recipe, kill the victim as soon as `is_time`, which is told the seconds since the
    start, and finish the run."""
    started = time.monotonic()
    process = start(folder, recipe, cores)
    while process.poll() is None and not is_time(time.monotonic() - started):
        time.sleep(0.02)
    moment = time.monotonic() - started
    killed = _kill(process, victim)
    _, err = process.communicate()
    codes = [process.returncode]
    for _ in range(MOST_STARTS):
        if codes[-1] == 0:
            break
        process = start(folder, recipe, cores)
        _, err = process.communicate()
        if BUSY in err:
            time.sleep(0.5)
        else:
            codes.append(process.returncode)
        if len(codes) > 5:
            break
    same = codes[-1] == 0 and comparison(folder, recipe) == expected
    return Fault(victim, moment, killed, tuple(codes), time.monotonic() - started, same)


def start(folder: Path, recipe: Mapping[str, Any], cores: int) -> subprocess.Popen[str]:
    """`kdaudit run` of a recipe in a folder of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(dict(recipe)), encoding="utf-8")  # which is YAML
    return subprocess.Popen(
        [sys.executable, "-m", "kdaudit", "run", str(path), "--cores", str(cores)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def comparison(folder: Path, recipe: Mapping[str, Any]) -> bytes:
    """All files of a run's comparison, one after the other."""
    home = RunDirectory(folder / "runs" / str(recipe["name"])).comparison.parent
    return b"\0".join((home / name).read_bytes() for name in COMPARED)


def _kill(process: subprocess.Popen[str], victim: str) -> str:
    """Kill the victim; returns the stages that were at work."""
    while process.poll() is None:
        found = list(_below(process.pid))
        stages = {number: name for number, words in found if (name := _stage(words))}
        if victim == "a stage" and not stages:
            time.sleep(0.05)  # between two stages
            continue
        chosen = {
            "everything": [process.pid, *(number for number, _ in found)],
            "the run": [process.pid],
            "a stage": list(stages)[-1:],
            "run and workflow": [process.pid, *(n for n, words in found if "snakemake" in words)],
        }[victim]
        for number in chosen:
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        shown = {"a stage": list(stages.values())[-1:]}.get(victim, list(stages.values()))
        return ", ".join(dict.fromkeys(shown)) or "between two stages"
    return "it had finished"


def _stage(words: list[str]) -> str | None:
    """The name of the stage, or of the training engine, that a command line is of."""
    if "kdaudit.training.engine" in words:
        return "engine"
    if "kdaudit" not in words[:3] or len(words) < 4:
        return None
    return words[3] if words[0].endswith("python") or "python" in words[0] else None


def _below(parent: int) -> Iterator[tuple[int, list[str]]]:
    """The processes that a process has started, and theirs, with their words."""
    for path in Path(f"/proc/{parent}/task").glob("*/children"):
        with suppress(OSError):  # it has just ended
            for child in map(int, path.read_text().split()):
                words = Path(f"/proc/{child}/cmdline").read_text(errors="replace").split("\0")
                yield child, words
                yield from _below(child)


def main() -> int:
    """Print the table; 1 where a comparison differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--recipe", type=Path)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    recipe = REDUCED
    if options.recipe is not None:
        recipe = yaml.safe_load(options.recipe.read_text(encoding="utf-8"))
    dice = random.Random(options.seed)  # noqa: S311  (moments, not secrets)
    with tempfile.TemporaryDirectory(prefix="kdaudit-faults-") as place:
        seconds, expected = undisturbed(Path(place) / "whole", recipe, options.cores)
        print(f"undisturbed: {seconds:.0f} s", file=sys.stderr, flush=True)
        faults = []
        for number in range(options.kills):
            victim, moment = VICTIMS[number % len(VICTIMS)], dice.uniform(0, seconds)
            folder = Path(place) / str(number)
            after = partial(operator.le, moment)
            faults.append(fault(folder, recipe, options.cores, victim, after, expected))
            print(faults[-1], file=sys.stderr, flush=True)
    print(table(seconds, faults))
    return int(not all(one.same for one in faults))


if __name__ == "__main__":
    sys.exit(main())
