"""Stage `detect`: one detector on one model's translations of a split.

Reads the translations, and what the detector needs beside them; writes
`detections/<detector>/<model>/<split>.parquet`. A name that ends in `_kd` is the
detector against the targets of the student's own KD corpus.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kdaudit.artifacts import DETECTIONS, RunDirectory, metadata, read_table, write_table
from kdaudit.detectors.base import Detector, Scored, Services
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.segments import BoolArray, Segments
from kdaudit.stages.base import Context, digest
from kdaudit.stages.translate import shard_files

KD = "_kd"
PLANTED = "planted"


def base_name(name: str) -> str:
    """The recipe's entry behind a detection's name."""
    return name.removesuffix(KD)


def names(recipe: Recipe, model: str) -> list[tuple[str, str]]:
    """The detections of a model: (name, split), those against its KD corpus included."""
    found = []
    for name, chosen in recipe.detectors.items():
        found += [(name, split) for split in chosen.splits]
        student = recipe.models[model].distillation is not None
        if student and TRAIN in chosen.splits and against_targets(recipe.detector(name)):
            found.append((name + KD, TRAIN))
    return found


def against_targets(detector: Detector) -> bool:
    """Whether a detector compares translations with targets: a measure of memorization."""
    return "target" in detector.needs.columns


def inputs(
    directory: RunDirectory, recipe: Recipe, detector: str, model: str, split: str
) -> list[Path]:
    """Corpus, translations, and whatever the detector needs beside them."""
    needs = recipe.detector(base_name(detector)).needs
    files = [directory.corpus(split), *shard_files(directory, recipe, model, split)]
    files += [directory.quality(metric, model, split) for metric in metrics(needs.columns)]
    if needs.translate:
        files += [directory.model_manifest(model)]
    if detector.endswith(KD):
        files += [directory.distilled(model)]
    return files


def settings(recipe: Recipe, detector: str) -> str:
    """The detector's own settings, and those of the engine where it translates."""
    chosen = recipe.detector(base_name(detector))
    engine = (recipe.inference.decoding(), recipe.beam) if chosen.needs.translate else None
    return digest(chosen.signature(), engine)


def run(context: Context, detector: str, model: str, split: str) -> None:
    """Score and judge one model's translations of a split."""
    chosen = context.recipe.detector(base_name(detector))
    segments = context.translated(model, split)
    if detector.endswith(KD):
        segments = context.with_kd_targets(segments, model)
    for metric in metrics(chosen.needs.columns):
        segments = context.with_quality(segments, metric, model, split)
    scored = _score(chosen, segments, _services(context, chosen, model, split))
    path = context.directory.detections(detector, model, split)
    table = to_table(segments, scored, chosen.judge(scored))
    write_table(path, table, DETECTIONS, {"signature": chosen.signature()})


def _score(detector: Detector, segments: Segments, services: Services) -> Scored:
    """Score the segments; translations shared by original and planted rows are counted apart.

    Planted sources must not lift an original row over a number of shared sources.
    """
    if detector.unit != "translation" or PLANTED not in segments:
        return detector.score(segments, services)
    planted = ~segments.table[PLANTED].is_null().to_numpy()
    parts = [np.flatnonzero(~planted), np.flatnonzero(planted)]
    scored = [detector.score(segments.take(rows), services) for rows in parts]
    back = np.argsort(np.concatenate(parts))

    def merged(columns: list[Any]) -> Any:
        return np.concatenate(columns)[back]

    return Scored(
        merged([one.eligible for one in scored]),
        merged([one.score for one in scored]),
        merged([np.array(one.evidence, dtype=object) for one in scored]).tolist(),
        {name: merged([one.features[name] for one in scored]) for name in scored[0].features},
    )


def metrics(columns: Sequence[str]) -> Iterator[str]:
    """The quality metrics whose scores a detector needs."""
    return (name.removeprefix("quality.") for name in columns if name.startswith("quality."))


def _services(context: Context, detector: Detector, model: str, split: str) -> Services:
    corpus = context.recipe.corpus
    languages = corpus.source_language, corpus.target_language

    def progress(done: int, total: int) -> None:
        context.progress(done, max(total, 1), f"{total} prefixes")

    if not detector.needs.translate:
        return Services(*languages, progress=progress)
    translator, beam = context.translator(model), context.recipe.beam_of(split)

    def translate(sources: Sequence[str]) -> Iterator[str]:
        return (one.text for one in translator.translate(sources, beam))

    return Services(*languages, translate=translate, progress=progress)


def to_table(segments: Segments, scored: Scored, flagged: BoolArray) -> pa.Table:
    """A detection as it is stored."""
    features = {name: pa.array(values) for name, values in scored.features.items()}
    table = {
        "id": segments.table.column("id"),
        "eligible": pa.array(scored.eligible),
        "score": pa.array(scored.score, pa.float64(), from_pandas=True),
        "flagged": pa.array(flagged),
        "evidence": pa.array(list(scored.evidence), pa.string()),
    }
    if features:
        table["features"] = pa.StructArray.from_arrays(list(features.values()), list(features))
    return pa.table(table)


def read(directory: RunDirectory, detector: str, model: str, split: str) -> pa.Table:
    """A stored detection."""
    return read_table(directory.detections(detector, model, split), DETECTIONS)


def signature(directory: RunDirectory, detector: str, model: str, split: str) -> str:
    """The settings that a stored detection was made with."""
    return metadata(directory.detections(detector, model, split)).get("signature", "")


def features(table: pa.Table) -> list[str]:
    """The names of a stored detection's features."""
    if "features" not in table.column_names:
        return []
    return [field.name for field in table.schema.field("features").type]


def feature(table: pa.Table, name: str) -> BoolArray:
    """A boolean feature of a stored detection."""
    column = table.column("features").combine_chunks().field(name)
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.bool_)
