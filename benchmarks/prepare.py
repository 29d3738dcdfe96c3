"""`kdaudit prepare` on aligned files, with a subword model that is there, growing size."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from benchmarks.harness import kdaudit
from kdaudit.artifacts import RunDirectory, write_text
from kdaudit.corpus import generate
from kdaudit.corpus.subwords import SubwordSettings, train
from kdaudit.recipe import dump, from_values

PAIRS = (10_000, 100_000, 1_000_000)
BASE = 10_000


def table() -> str:
    """Markdown."""
    rows = ["## `prepare` on aligned files, without training subwords", ""]
    rows += ["| pairs | time | peak memory |", "| --- | --- | --- |"]
    with tempfile.TemporaryDirectory() as folder:
        for pairs in PAIRS:
            rows.append(f"| {pairs:,} | {kdaudit('prepare', str(lay_out(Path(folder), pairs)))} |")
    return "\n".join([*rows, ""])


def lay_out(folder: Path, pairs: int) -> Path:
    """A run directory whose training split are pairs of two generated sentences each."""
    base = generate(BASE, np.random.default_rng(1))
    model = train((text for pair in base for text in pair), SubwordSettings(size=1500))
    (folder / "spm.model").write_bytes(model)
    for split, number in (("train", pairs), ("valid", 500)):
        drawn = np.random.default_rng(2).integers(BASE, size=(number, 2))
        for side, name in enumerate(("source", "target")):
            lines = (f"{base[one][side]} {base[two][side]}\n" for one, two in drawn)
            (folder / f"{split}.{name}").write_text("".join(lines), encoding="utf-8")
    splits = {
        split: {"source": f"{split}.source", "target": f"{split}.target"}
        for split in ("train", "valid")
    }
    recipe = {
        "name": "prepare",
        "corpus": {"splits": splits},
        "subwords": {"file": "spm.model"},
        "models": {"baseline": {"role": "baseline", "trainer": {"epochs": 1}}},
    }
    directory = RunDirectory(folder / "run")
    write_text(directory.recipe, dump(from_values(recipe, folder, "benchmark")))
    return directory.path


if __name__ == "__main__":
    print(table())
