"""Stage `compare`: measurements of every model, and contrasts with the reference.

Reads all detections, quality scores and subgroups of a run; writes
`comparison/comparison.json` with the two-step recall on planted cases, and the
tables `measurements.parquet` and `contrasts.parquet`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kdaudit._version import __version__
from kdaudit.artifacts import (
    QUALITY,
    SUBGROUPS,
    RunDirectory,
    metadata,
    read_json,
    read_table,
    write_json,
    write_table,
)
from kdaudit.comparison import Comparison, Flags, Quality, Split, compare, from_json_dict
from kdaudit.recipe import Recipe
from kdaudit.segments import IntArray, Segments
from kdaudit.stages import detect
from kdaudit.stages.base import Context, digest
from kdaudit.stages.plan import Plan
from kdaudit.stages.planted_recall import planted_recall
from kdaudit.stages.translate import shard_files

OF_REPLICATED = "_of_replicated"


def inputs(directory: RunDirectory, recipe: Recipe) -> list[Path]:
    """Everything that the recipe asks to be measured."""
    plan = Plan(recipe)
    files = [directory.corpus(split) for split in plan.splits]
    files += [directory.corpus_manifest]
    for model in recipe.audited_models:
        for split in plan.splits:
            files += shard_files(directory, recipe, model, split)
    files += [directory.detections(*item) for item in plan.detections]
    files += [directory.quality(*item) for item in plan.quality]
    files += [directory.subgroups(*item) for item in plan.subgroups]
    files += [directory.scores(model, "target", split) for model, split in plan.scores]
    return files


def outputs(directory: RunDirectory) -> list[Path]:
    """The comparison and its tables."""
    folder = directory.comparison.parent
    return [directory.comparison, folder / "measurements.parquet", folder / "contrasts.parquet"]


def settings(recipe: Recipe) -> str:
    """Reference, resampling, seed, and which measures there are."""
    plan = Plan(recipe)
    measured = plan.detections, plan.quality, plan.subgroups
    return digest(recipe.comparison, recipe.reference, recipe.seed, recipe.name, measured)


def read(directory: RunDirectory) -> Comparison:
    """The stored comparison of a run."""
    return from_json_dict(read_json(directory.comparison))


def run(context: Context) -> None:
    """Compare, and store the outcome."""
    found = computed(context)
    written = outputs(context.directory)
    content = found.to_json_dict() | {
        "planted_recall": planted_recall(context),
        "not_computable": Plan(context.recipe).not_computable,
        "corpus": read_json(context.directory.corpus_manifest)["splits"],
    }
    for path, table in zip(written[1:], found.to_tables(), strict=True):
        write_table(path, table, table.schema)
    write_json(written[0], content)


def computed(context: Context, reference: str | None = None) -> Comparison:
    """The comparison of a run from its artifacts, with the recipe's reference or another."""
    recipe, plan = context.recipe, Plan(context.recipe)
    flags: list[Flags] = []
    for number, (name, model, split) in enumerate(plan.detections):
        context.progress(number, len(plan.detections), name)
        flags += _flags(context, name, model, split)
    return compare(
        [_split(context, plan, split) for split in plan.splits],
        flags,
        [_quality(context, *item) for item in plan.quality],
        reference or recipe.reference,
        seed=recipe.seed,
        bootstrap=recipe.comparison.bootstrap,
        quality_bootstrap=recipe.comparison.quality_bootstrap,
        confidence=recipe.comparison.confidence,
        signature=_signature(context, plan),
    )


def _signature(context: Context, plan: Plan) -> dict[str, Any]:
    directory = context.directory
    detectors = {name: detect.signature(directory, name, *at) for name, *at in plan.detections}
    metrics = {
        name: metadata(directory.quality(name, *at)).get("signature", "")
        for name, *at in plan.quality
    }
    return {
        "version": __version__,
        "recipe": context.recipe.name,
        "detectors": detectors,
        "quality": metrics,
    }


def _split(context: Context, plan: Plan, name: str) -> Split:
    segments = context.corpus(name)
    schemes = {
        scheme: _joined(
            segments,
            read_table(context.directory.subgroups(scheme, name), SUBGROUPS),
            "subgroup",
            f"subgroups of {scheme}, {name}",
        )
        for scheme, split in plan.subgroups
        if split == name
    }
    keys = text_keys(segments.texts("source"), segments.texts("target"))
    return Split.of(name, keys, schemes)


def _joined(segments: Segments, table: pa.Table, column: str, what: str) -> pa.ChunkedArray:
    return segments.join(table, {column: column}, what).table.column(column)


def _flags(context: Context, name: str, model: str, split: str) -> Iterator[Flags]:
    """The verdicts of a detection; for extractive memorization with both denominators."""
    table = detect.read(context.directory, name, model, split)
    segments = context.translated(model, split)
    rows = segments.rows_of(table, f"{name} of {model}, {split}")
    table = table if rows is None else table.take(rows)
    eligible, flagged = (
        np.asarray(table.column(column).to_numpy(), dtype=np.bool_)
        for column in ("eligible", "flagged")
    )
    shared = None
    if context.recipe.detector(detect.base_name(name)).unit == "translation":
        shared = text_keys([text.strip() for text in segments.texts("translation")])
    yield Flags(name, model, split, eligible, flagged, shared)
    if "replicated" in detect.features(table):
        own = eligible & detect.feature(table, "replicated")
        yield Flags(name + OF_REPLICATED, model, split, own, flagged, paired=False)


def _quality(context: Context, name: str, model: str, split: str) -> Quality:
    table = read_table(context.directory.quality(name, model, split), QUALITY)
    segments = context.corpus(split)
    column = _joined(segments, table, "statistics", f"{name} of {model}, {split}")
    statistics = [np.asarray(row, dtype=np.float64) for row in column.to_pylist()]
    return Quality(name, model, split, context.recipe.metric(name), statistics)


def text_keys(*columns: Sequence[str]) -> IntArray:
    """A 64-bit key for each row's texts; it depends on them alone."""
    keys = [
        hashlib.blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
        for texts in zip(*columns, strict=True)
    ]
    return np.frombuffer(b"".join(keys), dtype=np.int64)
