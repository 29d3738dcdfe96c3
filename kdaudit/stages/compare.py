"""Stage `compare`: measurements of every model, and contrasts with the reference.

Reads all detections, quality scores and subgroups of a run; writes
`comparison/comparison.json` with the two-step recall on planted cases, and the
tables `measurements.parquet`, `contrasts.parquet` and `inheritance.parquet`. Where a
split has planted rows, the subgroups of a scheme hold original rows only, and the
planted ones are a subgroup `planted`; `all` alone has both together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from kdaudit._version import __version__
from kdaudit.artifacts import (
    DETECTIONS,
    QUALITY,
    SUBGROUPS,
    RunDirectory,
    metadata,
    read_json,
    read_object,
    read_table,
    write_json,
    write_table,
)
from kdaudit.comparison import (
    Comparison,
    Flags,
    Quality,
    Split,
    compare,
    from_json_dict,
    inheritance,
    inherited,
)
from kdaudit.comparison.results import OF_REPLICATED
from kdaudit.errors import ArtifactError
from kdaudit.recipe import Recipe
from kdaudit.segments import Segments
from kdaudit.stages import counterfactual, detect, detections, distill, select
from kdaudit.stages.base import Context, digest
from kdaudit.stages.capped import capped
from kdaudit.stages.compared_texts import ComparedTexts
from kdaudit.stages.counterfactual_summary import about_counterfactual
from kdaudit.stages.extraction import extraction
from kdaudit.stages.keys import corpus_hash
from kdaudit.stages.lineages import denoising, lineages
from kdaudit.stages.personal_counts import personal_counts
from kdaudit.stages.plan import Plan
from kdaudit.stages.planted_apart import ORIGIN, with_planted_apart
from kdaudit.stages.planted_recall import planted_recall
from kdaudit.stages.translate import shard_files
from kdaudit.texts import filled, stripped

VERDICT = ("eligible", "flagged", "features.replicated")
"""What is read of a detection; the last where there is one."""


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
    files += [directory.scores(*item) for item in plan.judged]
    files += [directory.selected(model) for model in recipe.finetuned]
    files += [directory.distilled(student) for student in recipe.students]
    files += counterfactual.outputs(directory, recipe)
    return files


def outputs(directory: RunDirectory) -> list[Path]:
    """The comparison and its tables."""
    folder = directory.comparison.parent
    tables = ("measurements", "contrasts", "inheritance")
    return [directory.comparison, *(folder / f"{name}.parquet" for name in tables)]


def settings(recipe: Recipe) -> str:
    """References, resampling, seed, and which measures there are."""
    plan = Plan(recipe)
    measured = plan.detections, plan.quality, plan.subgroups
    return digest(recipe.comparison, recipe.references(), recipe.seed, recipe.name, measured)


def read(directory: RunDirectory) -> Comparison:
    """The stored comparison of a run."""
    return read_file(directory.comparison)


def read_file(path: Path) -> Comparison:
    """A stored comparison; ArtifactError names the file and what is wrong with it."""
    found = read_json(path)
    try:
        return from_json_dict(found)
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}") from error


def run(context: Context) -> None:
    """Compare, and store the outcome."""
    found = computed(context)
    written = outputs(context.directory)
    tables = *found.to_tables(), inherited.to_table(inherited.rows(found.about))
    for path, table in zip(written[1:], tables, strict=True):
        write_table(path, table, table.schema)
    write_json(written[0], found.to_json_dict())


class Gathered(NamedTuple):
    """What a comparison is made of: row i of everything of one split is the same segment."""

    splits: list[Split]
    flags: list[Flags]
    quality: list[Quality]
    texts: ComparedTexts


def gathered(context: Context) -> Gathered:
    """All that a finished run has measured."""
    recipe, plan = context.recipe, Plan(context.recipe)
    texts = ComparedTexts(context)
    texts.read(plan.splits, recipe.audited_models)
    flags: list[Flags] = []
    for number, (name, model, split) in enumerate(plan.detections):
        context.progress(number, len(plan.detections), name)
        flags += _flags(context, name, model, split, texts)
    splits = [_split(context, plan, split, texts) for split in plan.splits]
    quality = [_quality(context, *item) for item in plan.quality]
    return Gathered(splits, flags, quality, texts)


def computed(context: Context, reference: str | None = None) -> Comparison:
    """The comparison of a run from its artifacts, with the recipe's reference, another, or `all`.

    Raises ArtifactError where the run is not finished.
    """
    recipe, plan = context.recipe, Plan(context.recipe)
    context.check_finished(inputs(context.directory, recipe))
    splits, flags, quality, texts = gathered(context)
    drawn: dict[str, Any] = {
        "seed": recipe.seed,
        "bootstrap": recipe.comparison.bootstrap,
        "confidence": recipe.comparison.confidence,
    }
    found = compare(
        splits,
        flags,
        quality,
        [context.called(name) for name in recipe.references(reference)],
        quality_bootstrap=recipe.comparison.quality_bootstrap,
        signature=_signature(context, plan, texts),
        denoising=denoising(context),
        **drawn,
    )
    rows = inheritance(splits, flags, lineages(context), **drawn)
    table = {"inheritance": [row.to_json_dict() for row in rows]}
    return replace(found, about=_about(context, plan, texts) | table | found.about)


def _about(context: Context, plan: Plan, texts: ComparedTexts) -> dict[str, Any]:
    return {
        "planted_recall": planted_recall(context),
        "extraction": extraction(context, plan),
        "personal_data": personal_counts(context, plan),
        "finetuning": [_finetuned(context, model) for model in context.recipe.finetuned],
        "target_sources": {
            context.called(student): distill.target_sources(context.directory, student)
            for student in context.recipe.students
        },
        "not_computable": plan.not_computable,
        "not_applicable": plan.not_applicable,
        "blank_translations": {
            split: blank for split in plan.splits if (blank := _blank(context, split, texts))
        },
        "capped": capped(context, plan),
        "corpus": read_object(context.directory.corpus_manifest, "splits")["splits"],
        **about_counterfactual(context),
    }


def _finetuned(context: Context, model: str) -> dict[str, Any]:
    """Of which pairs a model was fine-tuned."""
    teacher, step = context.recipe.teacher(model), context.recipe.step(model)
    assert teacher is not None
    names = {"model": context.called(model), "teacher": context.called(teacher)}
    return {**names, "step": step.signature(), **select.counts(context.directory, model)}


def _blank(context: Context, split: str, texts: ComparedTexts) -> dict[str, int]:
    """How many sources that are not blank have a blank translation by each model; models without
    any are left out."""
    _, sources = texts.sources(split)
    counts = {
        context.called(model): int((sources & ~texts.translations(model, split)[1]).sum())
        for model in context.recipe.audited_models
    }
    return {model: count for model, count in counts.items() if count}


def blank_translations(sources: pa.ChunkedArray, translations: pa.ChunkedArray) -> int:
    """How many sources that are not blank have a blank translation."""
    return int((filled(stripped(sources)) & ~filled(stripped(translations))).sum())


def _signature(context: Context, plan: Plan, texts: ComparedTexts) -> dict[str, Any]:
    directory = context.directory
    detectors = {
        detect.measure(context.recipe, name): detections.signature(directory, name, *at)
        for name, *at in plan.detections
    }
    metrics = {
        name: metadata(directory.quality(name, *at)).get("signature", "")
        for name, *at in plan.quality
    }
    return {
        "version": __version__,
        "recipe": context.recipe.name,
        "beam": {split: context.recipe.beam_of(split) for split in plan.splits},
        "compute_type": context.recipe.inference.compute_type,
        "corpus": {split: corpus_hash(texts.sources(split)[0]) for split in plan.splits},
        "detectors": detectors,
        "quality": metrics,
    }


def _split(context: Context, plan: Plan, name: str, texts: ComparedTexts) -> Split:
    segments = context.corpus(name, ORIGIN)
    schemes = {
        scheme: _joined(
            segments,
            read_table(context.directory.subgroups(scheme, name), SUBGROUPS, ["id", "subgroup"]),
            "subgroup",
            f"subgroups of {scheme}, {name}",
        )
        for scheme, split in plan.subgroups
        if split == name
    }
    keys, _ = texts.sources(name)
    # Every table has a line of all segments, whatever the recipe names.
    schemes.setdefault("all", pa.array(["all"] * len(segments), pa.string()))
    return Split.of(name, keys, with_planted_apart(context.recipe, segments, schemes))


def _joined(segments: Segments, table: pa.Table, column: str, what: str) -> pa.ChunkedArray:
    return segments.join(table, {column: column}, what).table.column(column)


def _flags(
    context: Context, name: str, model: str, split: str, texts: ComparedTexts
) -> Iterator[Flags]:
    """The verdicts of a detection; for extractive memorization with both denominators."""
    path, columns = context.directory.detections(name, model, split), ["id", *VERDICT]
    table = read_table(path, DETECTIONS, columns)
    rows = texts.ids(split).rows_of(table, f"{name} of {model}, {split}")
    table = table if rows is None else table.take(rows)
    eligible, flagged = (
        np.asarray(table.column(column).to_numpy(), dtype=np.bool_)
        for column in ("eligible", "flagged")
    )
    shared = None
    if context.recipe.detector(detect.base_name(name)).unit == "translation":
        shared, _ = texts.translations(model, split)
    called = context.called(model)
    measured = detect.measure(context.recipe, name)
    yield Flags(measured, called, split, eligible, flagged, shared)
    if "replicated" in detections.features(table):
        own = eligible & detections.feature(table, "replicated")
        yield Flags(name + OF_REPLICATED, called, split, own, flagged, paired=False)


def _quality(context: Context, name: str, model: str, split: str) -> Quality:
    table = read_table(context.directory.quality(name, model, split), QUALITY)
    segments = context.corpus(split, [])
    column = _joined(segments, table, "statistics", f"{name} of {model}, {split}")
    statistics = [np.asarray(row, dtype=np.float64) for row in column.to_pylist()]
    called = context.called(model)
    return Quality(name, called, split, context.recipe.metric(name), statistics)
