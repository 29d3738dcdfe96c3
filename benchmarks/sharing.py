"""`kdaudit detect` with the detectors that look at shared translations.

    python -m benchmarks.sharing [TRANSLATIONS]

Made-up segments of two sentences each; a tenth of the translations are boilerplate.
The gate of `natural` is stored.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa

from benchmarks.comparison import boilerplate, sentences, write_translations
from benchmarks.harness import kdaudit, module, runs_of
from kdaudit.artifacts import CORPUS, QUALITY, RunDirectory, write_table, write_text
from kdaudit.corpus import generate
from kdaudit.recipe import dump, from_values

TRANSLATIONS = (100_000, 1_000_000, 10_000_000)
PLAIN = 1_000_000
"""At most so many are looked at in the plain way, too, whose lists take much memory."""

DETECTORS = ("repeated_target", "natural")


def table(sizes: tuple[int, ...] = TRANSLATIONS) -> str:
    """Markdown."""
    rows = ["## `detect`: shared translations", ""]
    rows += ["Plain Python: loops over lists, sets of sources by translation.", ""]
    rows += ["| detector | translations | way | runs | time | peak memory |", "| --- " * 6 + "|"]
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            lay_out(Path(folder), size)
            for detector in DETECTORS:
                options = ["--detector", detector, "--model", "baseline", "--split", "train"]
                runs = runs_of(size)
                timing = kdaudit("detect", folder, *options, runs=runs)
                rows.append(f"| `{detector}` | {size:,} | kdaudit | {runs} | {timing} |")
                if size <= PLAIN:
                    timing = module("benchmarks.plain", detector, folder, runs=1, uncounted=0)
                    rows.append(f"| `{detector}` | {size:,} | plain Python | 1 | {timing} |")
    return "\n".join([*rows, ""])


def lay_out(folder: Path, size: int) -> None:
    """A run directory with all that the detectors read."""
    rng = np.random.default_rng(1)
    directory = RunDirectory(folder)
    chosen = {"splits": ["train"]}
    recipe = {
        "name": "sharing",
        "corpus": {"splits": {s: {"source": "a", "target": "b"} for s in ("train", "valid")}},
        "trainer": {"epochs": 1},
        "models": {"baseline": {"role": "baseline"}, "reverse": {"role": "reverse"}},
        "detectors": dict.fromkeys(DETECTORS, chosen),
        "quality": {"back_translation": chosen},
        "subgroups": {},
    }
    write_text(directory.recipe, dump(from_values(recipe, folder, "benchmark")))
    pairs = generate(10_000, rng)
    english, german = (pa.array(side, pa.string()) for side in zip(*pairs, strict=True))
    ids = np.arange(size)
    drawn = rng.integers(len(pairs), size=(size, 2), dtype=np.int32)
    source, target = sentences(english, drawn), sentences(german, drawn)
    corpus = pa.table({"id": ids, "source": source, "target": target})
    write_table(directory.corpus("train"), corpus, CORPUS)
    write_translations(directory, "baseline", ids, boilerplate(target, german, rng))
    gate = {"id": ids, "score": rng.random(size) * 100, "statistics": pa.nulls(size)}
    quality = pa.table(gate).cast(QUALITY)
    write_table(directory.quality("back_translation", "baseline", "train"), quality, QUALITY)


if __name__ == "__main__":
    print(table(tuple(map(int, sys.argv[1:])) or TRANSLATIONS))
