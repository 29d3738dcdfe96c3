"""`kdaudit translate` and `kdaudit score` of more and more lines: the memory must not grow.

    python -m benchmarks.memory [LINES ...]

One process for each, on the model of `benchmarks.models`. A million captions would take
these stages a quarter of an hour each. So the lines are three words long, neighbouring ones
of the model's own sources and targets, and a translation is cut at eight pieces. One run
each, since memory is what is asked. Makes a run directory of its own under the temporary
folder; prints Markdown.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.harness import kdaudit
from benchmarks.models import BenchmarkModel, benchmark_model
from kdaudit.artifacts import CORPUS, RunDirectory, write_table, write_text
from kdaudit.recipe import dump

LINES = (100_000, 1_000_000)
WORDS = 3
PIECES = 8


def table(sizes: tuple[int, ...] = LINES) -> str:
    """Markdown."""
    chosen = benchmark_model()
    rows = [f"## `translate` and `score`: memory, lines of {WORDS} words", ""]
    rows += [
        f"Model: {chosen.describe()}. One shard, beam 1, translations of at most {PIECES} pieces, "
        "one run.",
        "",
    ]
    rows += ["| lines | translate | peak memory | score | peak memory |", "| --- " * 5 + "|"]
    for lines in sizes:
        with tempfile.TemporaryDirectory() as folder:
            lay_out(Path(folder), chosen, lines)
            options = [folder, "--model", chosen.model, "--split", "train"]
            found = [
                kdaudit(stage, *options, runs=1, uncounted=0) for stage in ("translate", "score")
            ]
        cells = (f"{one.seconds[0]:.1f} s | {one.peak_megabytes:.0f} MB" for one in found)
        rows.append(f"| {lines:,} | {' | '.join(cells)} |")
    return "\n".join([*rows, ""])


def lay_out(folder: Path, chosen: BenchmarkModel, lines: int) -> None:
    """A run directory with the chosen model, and a training split of so many short lines."""
    directory, there = RunDirectory(folder), chosen.context.directory
    recipe = chosen.context.recipe
    inference = recipe.inference.model_copy(
        update={"threads": os.cpu_count() or 1, "max_target_pieces": PIECES}
    )
    write_text(directory.recipe, dump(recipe.model_copy(update={"inference": inference})))
    for own, linked in (
        (directory.subwords, there.subwords),
        (directory.model(chosen.model), chosen.home),
    ):
        own.parent.mkdir(parents=True)
        own.symlink_to(linked.resolve())
    rng = np.random.default_rng(1)
    columns: dict[str, object] = {"id": np.arange(lines)}
    for side in ("source", "target"):
        parts = pa.array(neighbours(chosen.pairs.texts(side)))
        columns[side] = parts.take(pa.array(rng.integers(len(parts), size=lines)))
    write_table(directory.corpus("train"), pa.table(columns), CORPUS)


def neighbours(texts: list[str]) -> list[str]:
    """All `WORDS` words that stand side by side in the texts."""
    split = [text.split() for text in texts]
    return [
        " ".join(words[start : start + WORDS])
        for words in split
        for start in range(len(words) - WORDS + 1)
    ]


if __name__ == "__main__":
    print(table(tuple(map(int, sys.argv[1:])) or LINES))
