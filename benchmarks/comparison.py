"""`kdaudit compare` on the artifacts of a run: three models, four measures, five schemes.

    python -m benchmarks.comparison [SEGMENTS]

Made-up segments of two sentences each, of which some pairs occur several times; a
tenth of the translations are boilerplate that many sources share. The run directory
has all that the comparison reads, and no model.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.harness import kdaudit, module, runs_of
from kdaudit.artifacts import (
    CORPUS,
    DETECTIONS,
    SUBGROUPS,
    TRANSLATIONS,
    RunDirectory,
    shard_name,
    write_json,
    write_table,
    write_text,
)
from kdaudit.corpus import generate
from kdaudit.recipe import Recipe, dump, from_values
from kdaudit.segments import BoolArray
from kdaudit.texts import equal, numbered

SEGMENTS = (100_000, 1_000_000, 10_000_000)
PLAIN = 1_000_000
"""At most so many segments are counted in the plain way, too, whose lists take much memory."""

MODELS = {"teacher": 0.35, "student": 0.32, "baseline": 0.30}
"""How many of a model's translations are the target."""
PART = 1_000_000


def table(sizes: tuple[int, ...] = SEGMENTS) -> str:
    """Markdown."""
    rows = ["## `compare` on a run: 3 models, 4 measures, 5 schemes of 5 subgroups", ""]
    rows += [
        "All contrasts with one of the models, 10,000 resamples. Plain Python: loops over lists, "
        "which count the rates of the same files, without intervals, contrasts and tests.",
        "",
    ]
    rows += ["| segments | way | runs | time | peak memory |", "| --- " * 5 + "|"]
    for segments in sizes:
        with tempfile.TemporaryDirectory() as folder:
            lay_out(Path(folder), segments)
            runs = runs_of(segments)
            # With another reference than the recipe's nothing stored is shown.
            timing = kdaudit(
                "compare", folder, "--reference", "teacher", "--format", "json", runs=runs
            )
            rows.append(f"| {segments:,} | kdaudit | {runs} | {timing} |")
            if segments <= PLAIN:
                timing = module("benchmarks.plain", "compare", folder, runs=1, uncounted=0)
                rows.append(f"| {segments:,} | plain Python | 1 | {timing} |")
    return "\n".join([*rows, ""])


def lay_out(folder: Path, segments: int) -> None:
    """Write the run directory."""
    rng = np.random.default_rng(1)
    directory, recipe = RunDirectory(folder), _recipe(folder)
    write_text(directory.recipe, dump(recipe))
    write_json(directory.corpus_manifest, {"splits": {"train": {"pairs": segments}}})
    pairs = generate(10_000, rng)
    sides = [pa.array(side, pa.string()) for side in zip(*pairs, strict=True)]
    ids = np.arange(segments)
    drawn = rng.integers(len(pairs), size=(segments, 2), dtype=np.int32)
    source, target = (sentences(side, drawn) for side in sides)
    write_table(
        directory.corpus("train"), pa.table({"id": ids, "source": source, "target": target}), CORPUS
    )
    del source
    for scheme in recipe.subgroups:
        names = pa.array([*"abcde"]).take(pa.array(rng.integers(5, size=segments)))
        subgroups = pa.table({"id": ids, "subgroup": names})
        write_table(directory.subgroups(scheme, "train"), subgroups, SUBGROUPS)
    for model, right in MODELS.items():
        own = np.where(rng.random((segments, 1)) < right, drawn, rng.permutation(drawn))
        translations = boilerplate(sentences(sides[1], own), sides[1], rng)
        write_translations(directory, model, ids, translations)
        sharing = numbered(translations)
        sharing = np.bincount(sharing)[sharing]
        loops = rng.random(segments) < 0.001
        verdicts = {
            "exact_match": equal(translations, target),
            "oscillatory": loops,
            "repeated_target": sharing >= 5,
            "often_repeated": sharing >= 9,
        }
        for name, flagged in verdicts.items():
            _detect(directory.detections(name, model, "train"), ids, flagged)


def _recipe(folder: Path) -> Recipe:
    everywhere = {"splits": ["train"]}
    values = {
        "name": "comparison",
        "corpus": {"splits": {s: {"source": "a", "target": "b"} for s in ("train", "valid")}},
        "trainer": {"epochs": 1},
        "models": {model: {"role": "baseline"} for model in MODELS},
        "detectors": {
            "exact_match": everywhere,
            "oscillatory": everywhere,
            "repeated_target": everywhere,
            "often_repeated": {"kind": "repeated_target", "min_sources": 9, **everywhere},
        },
        "quality": {},
        "subgroups": {f"scheme{number}": {"kind": "length", **everywhere} for number in range(5)},
        "comparison": {"reference": "baseline"},
    }
    return from_values(values, folder, "benchmark")


def sentences(side: pa.StringArray, drawn: np.ndarray) -> pa.ChunkedArray:
    """Two of the sentences in each row."""
    parts = (drawn[start : start + PART] for start in range(0, len(drawn), PART))
    return pa.chunked_array(
        [
            pc.binary_join_element_wise(
                side.take(pa.array(part[:, 0])), side.take(pa.array(part[:, 1])), " "
            )
            for part in parts
        ]
    )


def boilerplate(
    translations: pa.ChunkedArray, side: pa.StringArray, rng: np.random.Generator
) -> pa.ChunkedArray:
    """A tenth of the translations is one of the sentences alone, of few more often."""
    size = len(translations)
    chosen = (len(side) * rng.random(size) ** 3).astype(np.int64)
    return pc.if_else(pa.array(rng.random(size) < 0.1), side.take(pa.array(chosen)), translations)


def write_translations(
    directory: RunDirectory, model: str, ids: np.ndarray, translations: pa.ChunkedArray
) -> None:
    columns = {
        "id": ids,
        "translation": translations,
        "log_probability": np.full(len(ids), -1.0),
        "tokens": np.full(len(ids), 2, dtype=np.int32),
    }
    path = directory.translations(model, "train") / shard_name(0, 1)
    write_table(path, pa.table(columns), TRANSLATIONS)


def _detect(path: Path, ids: np.ndarray, flagged: BoolArray) -> None:
    columns = {
        "id": ids,
        "eligible": np.ones(len(ids), dtype=np.bool_),
        "score": flagged.astype(np.float64),
        "flagged": flagged,
        "evidence": pa.array([""]).take(pa.array(np.zeros(len(ids), dtype=np.int64))),
    }
    write_table(path, pa.table(columns), DETECTIONS)


if __name__ == "__main__":
    print(table(tuple(map(int, sys.argv[1:])) or SEGMENTS))
