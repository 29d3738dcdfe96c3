"""`kdaudit compare` on plain files: three systems, the three default measures, growing size."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.harness import kdaudit, runs_of
from kdaudit.corpus import generate

LINES = (10_000, 30_000, 100_000, 300_000, 1_000_000)


def table() -> str:
    """Markdown."""
    rows = ["## `compare` on plain files, three systems", ""]
    rows += ["| lines | runs | time | peak memory |", "| --- | --- | --- | --- |"]
    pairs = generate(max(LINES), np.random.default_rng(1))
    with tempfile.TemporaryDirectory() as folder:
        for lines in LINES:
            runs = runs_of(lines)
            timing = kdaudit(*_files(Path(folder), pairs[:lines]), runs=runs)
            rows.append(f"| {lines:,} | {runs} | {timing} |")
    return "\n".join([*rows, ""])


def _files(folder: Path, pairs: list[tuple[str, str]]) -> list[str]:
    """Files of the generated corpus; the systems are right on 90%, 80% and 70% of its lines."""
    rng, lines = np.random.default_rng(2), len(pairs)
    texts = {"source": [source for source, _ in pairs], "target": [target for _, target in pairs]}
    for name, right in (("a", 0.9), ("b", 0.8), ("c", 0.7)):
        hits = rng.random(lines) < right
        others = rng.permutation(lines)
        texts[name] = [
            pairs[row if hit else other][1]
            for row, (hit, other) in enumerate(zip(hits, others, strict=True))
        ]
    for name, values in texts.items():
        (folder / name).write_text("".join(value + "\n" for value in values), encoding="utf-8")
    options = ["compare", "--source", str(folder / "source"), "--target", str(folder / "target")]
    for name in "abc":
        options += ["--translations", f"{name}={folder / name}"]
    return [*options, "--format", "json"]


if __name__ == "__main__":
    print(table())
