"""What the demo must show, read from a finished run of it.

    python -m benchmarks.demo runs/demo

Planted events of student and baseline together, the teacher's BLEU on the test
split, the greatest memory of a job. Exits with 1 where a floor is not held: a demo
in which nothing is memorized shows nothing. Reads a run directory, writes to
standard output.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdaudit.artifacts import RunDirectory, read_json


@dataclass(frozen=True)
class Floor:
    """A figure of the run, and the least, or with `most` the greatest, that it may be."""

    what: str
    value: float
    bound: float
    most: bool = False

    @property
    def holds(self) -> bool:
        return self.value <= self.bound if self.most else self.value >= self.bound

    def __str__(self) -> str:
        side = "at most" if self.most else "at least"
        return f"| {self.what} | {self.value:,.1f} | {side} {self.bound:,} |"


def floors(run: Path) -> list[Floor]:
    """The figures of a finished demo."""
    directory = RunDirectory(run)
    measurements = read_json(directory.comparison)["measurements"]
    planted = {
        measure: sum(
            row["flagged"]
            for row in measurements
            if row["measure"] == measure
            and row["model"] in {"student", "baseline"}
            and (row["split"], row["scheme"], row["subgroup"]) == ("train", "provenance", "planted")
        )
        for measure in ("exact_match", "extractive")
    }
    return [
        Floor("planted rows replicated by student and baseline", planted["exact_match"], 30),
        Floor("planted rows extracted from student and baseline", planted["extractive"], 10),
        Floor("teacher's BLEU on test", _bleu(measurements), 60),
        Floor("peak memory of a job, MB", _peak(directory), 2_000, most=True),
    ]


def _bleu(measurements: list[dict[str, Any]]) -> float:
    wanted = ("bleu", "teacher", "test", "all", "all")
    keys = ("measure", "model", "split", "scheme", "subgroup")
    return next(
        float(row["value"]) for row in measurements if tuple(row[key] for key in keys) == wanted
    )


def _peak(directory: RunDirectory) -> float:
    """The greatest resident memory of a job, in megabytes, as Snakemake measured it."""
    peaks = []
    for path in (directory.logs / "benchmarks").glob("*.tsv"):
        with path.open(encoding="utf-8", newline="") as file:
            peaks += [row["max_rss"] for row in csv.DictReader(file, delimiter="\t")]
    return max(float(peak) for peak in peaks if peak not in {"NA", "-"})


def main() -> None:
    """Print the table; exit code 1 where a floor is not held."""
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = floors(Path(sys.argv[1]))
    print("\n".join(["| what | found | bound |", "| --- | --- | --- |", *map(str, found)]))
    sys.exit(not all(floor.holds for floor in found))


if __name__ == "__main__":
    main()
