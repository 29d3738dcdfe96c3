"""Stages without a model, on more and more pairs: time must grow in proportion, memory stay small.

    python -m benchmarks.growth [PAIRS ...]

Each stage is a process of its own and runs once, on the files that the ones before it left:
`prepare` reads a TSV file, the detectors translations that are made up, `compare` all of it.
The slope is that of the logarithms, by least squares, of the sizes from 100,000 up. Without
sizes the long form is printed, up to 10,000,000; `make bench` prints the small one.
"""

from __future__ import annotations

import math
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.comparison import boilerplate, sentences, write_translations
from benchmarks.harness import Timing, kdaudit
from kdaudit.artifacts import RunDirectory, write_text
from kdaudit.corpus import generate
from kdaudit.corpus.subwords import SubwordSettings, train
from kdaudit.recipe import dump, from_values

SMALL = (10_000, 100_000, 300_000)
LONG = (10_000, 100_000, 1_000_000, 10_000_000)
FROM = 100_000
"""Below this the start of a process is most of its time."""

MOST_SLOPE, MOST_MEGABYTES = 1.05, 4_000
BASE, PART = 10_000, 100_000
MODELS = {"baseline": 0.30, "student": 0.35}
"""How many of a model's translations are the target."""

DETECTORS = ("exact_match", "oscillatory", "repeated_target")
SCHEMES = ("length", "frequency", "random")


def table(sizes: Sequence[int] = SMALL) -> str:
    """Markdown."""
    found = {size: measured(size) for size in sizes}
    rows = ["## Growth: stages without a model", ""]
    rows += [
        f"One run each; slope of the logarithms from {FROM:,} pairs up (limit {MOST_SLOPE}); "
        f"peak memory (limit {MOST_MEGABYTES:,} MB).",
        "",
    ]
    rows += [f"| stage | {' | '.join(f'{size:,}' for size in sizes)} | slope | within |"]
    rows += ["| --- " * (len(sizes) + 3) + "|"]
    for stage in found[sizes[0]]:
        timings = {size: found[size][stage] for size in sizes}
        cells = [f"{one.seconds[0]:.1f} s, {one.peak_megabytes:.0f} MB" for one in timings.values()]
        rows.append(f"| {stage} | {' | '.join(cells)} | {' | '.join(_verdict(timings))} |")
    return "\n".join([*rows, ""])


def _verdict(timings: Mapping[int, Timing]) -> tuple[str, str]:
    steep = slope({size: one.seconds[0] for size, one in timings.items()})
    small = all(one.peak_megabytes <= MOST_MEGABYTES for one in timings.values())
    fits = small and (steep is None or steep <= MOST_SLOPE)
    return "–" if steep is None else f"{steep:.2f}", "yes" if fits else "no"


def slope(seconds: Mapping[int, float]) -> float | None:
    """The slope of the logarithm of the time over that of the size; None where fewer than two
    sizes are large enough."""
    large = {size: value for size, value in seconds.items() if size >= FROM}
    if len(large) < 2:
        return None
    found = np.polyfit([math.log(one) for one in large], [math.log(s) for s in large.values()], 1)
    return float(found[0])


def measured(pairs: int) -> dict[str, Timing]:
    """Time and memory of each stage on so many pairs, by its name."""
    print(f"growth: {pairs:,} pairs", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        translations = lay_out(Path(folder), pairs)
        run = str(Path(folder) / "run")
        found = {"prepare": _once("prepare", run)}
        for model, texts in translations.items():
            write_translations(RunDirectory(Path(run)), model, np.arange(pairs), texts)
        del translations
        for detector in DETECTORS:
            for model in MODELS:
                options = ("--detector", detector, "--model", model, "--split", "train")
                found[f"detect: {detector}"] = _once("detect", run, *options)
        for scheme in SCHEMES:
            options = ("--scheme", scheme, "--split", "train")
            found[f"group: {scheme}"] = _once("group", run, *options)
        # With another reference than the recipe's nothing stored is shown: it is computed.
        options = ("--reference", "student", "--format", "json")
        found["compare"] = _once("compare", run, *options)
    return found


def _once(*arguments: str) -> Timing:
    return kdaudit(*arguments, runs=1, uncounted=0)


def lay_out(folder: Path, pairs: int) -> dict[str, pa.ChunkedArray]:
    """The corpus as a TSV file, subwords and a run directory; returns each model's translations.

    Made-up segments of two sentences each; a tenth of the translations are boilerplate.
    """
    rng = np.random.default_rng(1)
    base = generate(BASE, rng)
    model = train((text for pair in base for text in pair), SubwordSettings(size=1500))
    (folder / "spm.model").write_bytes(model)
    english, german = (pa.array(side, pa.string()) for side in zip(*base, strict=True))
    drawn = rng.integers(len(base), size=(pairs, 2), dtype=np.int32)
    target = sentences(german, drawn)
    _write_lines(folder / "train.tsv", sentences(english, drawn), target)
    few = drawn[:100]
    _write_lines(folder / "valid.tsv", sentences(english, few), sentences(german, few))
    write_text(RunDirectory(folder / "run").recipe, dump(from_values(recipe(), folder, "growth")))
    found = {}
    for name, right in MODELS.items():
        own = np.where(rng.random((pairs, 1)) < right, drawn, rng.permutation(drawn))
        found[name] = boilerplate(sentences(german, own), german, rng)
    return found


def recipe() -> dict[str, object]:
    """A recipe whose measures need no model."""
    everywhere = {"splits": ["train"]}
    return {
        "name": "growth",
        "corpus": {"splits": {name: {"tsv": f"{name}.tsv"} for name in ("train", "valid")}},
        "subwords": {"file": "spm.model"},
        "trainer": {"epochs": 1},
        "models": {model: {"role": "baseline"} for model in MODELS},
        "detectors": dict.fromkeys(DETECTORS, everywhere),
        "quality": {},
        "subgroups": dict.fromkeys(SCHEMES, everywhere),
    }


def _write_lines(path: Path, source: pa.ChunkedArray, target: pa.ChunkedArray) -> None:
    lines = pc.binary_join_element_wise(source, target, "\t")
    with path.open("w", encoding="utf-8") as file:
        for start in range(0, len(lines), PART):
            part = lines.slice(start, PART).to_pylist()
            file.write("\n".join([*part, ""]))


if __name__ == "__main__":
    print(table(tuple(map(int, sys.argv[1:])) or LONG))
