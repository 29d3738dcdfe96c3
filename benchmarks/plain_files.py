"""`kdaudit compare` on plain files: three systems, the three default measures, growing size."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.harness import kdaudit
from kdaudit.corpus import generate

LINES = (10_000, 30_000, 100_000)


def table() -> str:
    """Markdown."""
    rows = ["## `compare` on plain files, three systems", ""]
    rows += ["| lines | time | peak memory |", "| --- | --- | --- |"]
    with tempfile.TemporaryDirectory() as folder:
        for lines in LINES:
            rows.append(f"| {lines:,} | {kdaudit(*_files(Path(folder), lines))} |")
    return "\n".join([*rows, ""])


def _files(folder: Path, lines: int) -> list[str]:
    """Files of the generated corpus; the systems are right on 90%, 80% and 70% of its lines."""
    rng = np.random.default_rng(1)
    pairs = generate(lines, rng)
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
