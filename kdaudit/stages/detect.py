"""Stage `detect`: one detector on one model's translations of a split.

Reads the translations, and what the detector needs beside them; writes
`detections/<detector>/<model>/<split>.parquet`. A name that ends in `_kd` is the
detector against the targets of the student's own KD corpus. Scores that took the
model to make are judged again, and not made again, where the file that is there
was made of the same inputs with the same settings of scoring.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kdaudit.artifacts import (
    DETECTIONS,
    RunDirectory,
    Shard,
    file_hash,
    write_table,
)
from kdaudit.detectors.base import EXTRACTED, Detector, Scored, Services
from kdaudit.detectors.origin import origins
from kdaudit.errors import ArtifactError, NotComputable, RecipeError
from kdaudit.inference.prefixes import Counts
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.recipe.judges import SCORE, judge, judges, words
from kdaudit.segments import Segments
from kdaudit.stages import detections, shards
from kdaudit.stages.base import Context, digest, told
from kdaudit.stages.extracted import extracted_by, with_extracted
from kdaudit.stages.services import services
from kdaudit.stages.translate import shard_files
from kdaudit.texts import taken

KD = "_kd"
PLANTED = "planted"
PART = 1 << 18
"""Rows of a split that are looked at together, where each says all of itself."""


def base_name(name: str) -> str:
    """The recipe's entry behind a detection's name."""
    return name.removesuffix(KD)


def measure(recipe: Recipe, name: str) -> str:
    """What a detection is called as a measure: its name, unless a quality metric has that name."""
    return f"{name}_flagged" if name in recipe.quality else name


def names(recipe: Recipe, model: str) -> list[tuple[str, str]]:
    """The detections of a model: (name, split), those against its KD corpus included.

    A model whose scores a detector needs is not judged by itself.
    """
    found = []
    for name, chosen in recipe.detectors.items():
        if model in judges(recipe, name):
            continue
        found += [(name, split) for split in chosen.splits]
        student = recipe.models[model].distillation is not None
        if student and TRAIN in chosen.splits and against_targets(recipe.detector(name)):
            found.append((name + KD, TRAIN))
    return found


def against_targets(detector: Detector) -> bool:
    """Whether a detector compares translations with targets: a measure of memorization."""
    return "target" in detector.needs.columns


def inputs(
    directory: RunDirectory,
    recipe: Recipe,
    detector: str,
    model: str,
    split: str,
    shard: int | None = None,
) -> list[Path]:
    """Corpus, translations (or a shard of them), and whatever the detector needs beside them."""
    needs, kd = recipe.detector(base_name(detector)).needs, KD * detector.endswith(KD)
    translated = shard_files(directory, recipe, model, split)
    files = [directory.corpus(split), *(translated if shard is None else [translated[shard]])]
    files += [directory.quality(metric, model, split) for metric in metrics(needs.columns)]
    files += [
        directory.scores(other, model, split) for other in judges(recipe, base_name(detector))
    ]
    files += [
        directory.detections(other + kd, model, split) for other in extracted_by(needs.columns)
    ]
    if needs.translate:
        files += [directory.model_manifest(model)]
    if needs.words and split != TRAIN:
        files += [directory.corpus(TRAIN)]
    if detector.endswith(KD) or _has_origins(recipe, detector, model, split):
        files += [directory.distilled(model)]
    return files


def _has_origins(recipe: Recipe, detector: str, model: str, split: str) -> bool:
    """Whether a student's memorized outputs are looked up in what it was trained on."""
    chosen = recipe.detector(base_name(detector))
    memorized = chosen.needs.translate and against_targets(chosen)
    return memorized and split == TRAIN and recipe.models[model].distillation is not None


def settings(recipe: Recipe, detector: str) -> str:
    """The detector's own settings, and those of the engine where it translates."""
    chosen = recipe.detector(base_name(detector))
    engine = (recipe.inference.decoding(), recipe.beam) if chosen.needs.translate else None
    return digest(chosen.signature(), engine)


def by_shards(recipe: Recipe, detector: str) -> bool:
    """Whether a detector's scores are made shard by shard: where a row's follow from that row."""
    return recipe.shards > 1 and _by_segment(recipe.detector(base_name(detector)))


def _by_segment(detector: Detector) -> bool:
    return getattr(detector, "by_segment", False)


def run(
    context: Context,
    detector: str,
    model: str,
    split: str,
    stored: bool = False,
    shard: int | None = None,
) -> None:
    """Score and judge one model's translations of a split, or of one shard.

    `stored`: judge the scores that are there; RecipeError where they do not serve.
    """
    context.recipe.check_split("detectors", base_name(detector), split)
    if model in judges(context.recipe, base_name(detector)):
        raise RecipeError(f"{detector}: '{model}' scores the others, and is not judged by itself")
    chosen = context.recipe.detector(base_name(detector))
    if shard is not None and not _by_segment(chosen):
        raise RecipeError(f"{detector} looks at the whole split: leave --shard out")
    context = context.of_shard(shard)
    path = context.place(context.directory.detections(detector, model, split))
    described = {"signature": chosen.signature()}
    if chosen.needs.translate:
        table = _asked(context, chosen, detector, model, split, stored, described)
        if shard is None:
            table = _with_origins(context, table, detector, model, split)
    else:
        parts = _parts(context, chosen, split)
        tables = [_looked_at(part, chosen, detector, model, split) for part in parts]
        # A part in which a feature has no value may not know the feature's type.
        table = pa.concat_tables(tables, promote_options="permissive")
    pa.default_memory_pool().release_unused()  # the texts may be large
    write_table(path, table, DETECTIONS, described)


def _parts(context: Context, chosen: Detector, split: str) -> Iterator[Context]:
    """The split in parts, where what is found of a row follows from that row: so memory grows
    with what is found and not with the texts."""
    rows = len(context.rows(split))
    if context.shard is not None or not _by_segment(chosen) or rows <= PART:
        yield context
        return
    count = -(-rows // PART)
    yield from (context.part(Shard(number, count)) for number in range(count))


def _looked_at(
    context: Context, chosen: Detector, detector: str, model: str, split: str
) -> pa.Table:
    """The detection where no model is asked."""
    segments = _segments(context, chosen, detector, model, split)
    scored = _score(chosen, segments, services(context, chosen, model, split, Counts()))
    return detections.to_table(segments, scored, chosen.judge(scored))


def _asked(
    context: Context,
    chosen: Detector,
    detector: str,
    model: str,
    split: str,
    stored: bool,
    described: dict[str, str],
) -> pa.Table:
    """The detection where the model is asked, or out of scores that are there; what was counted
    on the way is `described`."""
    path = context.directory.detections(detector, model, split)
    segments = _segments(context, chosen, detector, model, split)
    described["scoring"] = _scoring(context, chosen, detector, model, split)
    before = detections.described(path, None if context.shard is None else context.shard.number)
    scored = None
    if before.get("scoring") == described["scoring"]:
        scored = _stored(context, chosen, segments, path)
    if scored is not None:
        described |= {name: before[name] for name in counted(chosen)}
    elif stored:
        home = context.directory.path
        command = f"kdaudit detect {home} --detector {detector} --model {model} --split {split}"
        raise RecipeError(
            f"{path}: its scores do not serve {chosen.signature()}: "
            f"{chosen.needs.translated} are to be decoded by `{command}`"
        )
    else:
        counts = Counts()
        scored = _score(chosen, segments, services(context, chosen, model, split, counts))
        found = dict(zip(counted(chosen), (counts.empty, counts.cut), strict=True))
        described |= told(found, f"{model}, {split}, {detector}")
    return detections.to_table(segments, scored, chosen.judge(scored))


def merge(context: Context, detector: str, model: str, split: str) -> None:
    """Put the shards of a detection together.

    Raises ArtifactError where one was made of other inputs than those that are there.
    """
    chosen = context.recipe.detector(base_name(detector))
    path = context.directory.detections(detector, model, split)

    def described(parts: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
        if not chosen.needs.translate:
            return parts[0]
        for number, part in enumerate(parts):
            own = _scoring(context.of_shard(number), chosen, detector, model, split)
            if part["scoring"] != own:
                raise ArtifactError(
                    f"{shards.files(path, context.recipe)[number]}: was made of other inputs or "
                    "with other settings: delete it, and it is made again"
                )
        whole = {"scoring": _scoring(context, chosen, detector, model, split)}
        of_shards = {detections.OF_SHARDS: json.dumps([dict(part) for part in parts])}
        return {**shards.summed(parts, counted(chosen)), **whole, **of_shards}

    def finished(table: pa.Table) -> pa.Table:
        return _with_origins(context, table, detector, model, split)

    shards.merge(path, context.recipe, DETECTIONS, described, finished)


def _segments(
    context: Context, chosen: Detector, detector: str, model: str, split: str
) -> Segments:
    # Texts are most of what a large split takes in memory: only what is asked for is read.
    texts = ["translation", PLANTED, *(name for name in chosen.needs.columns if "." not in name)]
    segments = context.translated(model, split, None if chosen.needs.translate else texts)
    if detector.endswith(KD):
        segments = context.with_kd_targets(segments, model)
    for extracting in extracted_by(chosen.needs.columns):
        # Against the KD corpus, what was extracted of it.
        detection = extracting + KD * detector.endswith(KD)
        column = EXTRACTED + extracting
        segments = with_extracted(context, segments, column, detection, model, split)
    for metric in metrics(chosen.needs.columns):
        segments = context.with_quality(segments, metric, model, split)
    for word in words(chosen.needs.columns):
        other = judge(context.recipe, word)
        if other is None:
            raise NotComputable(f"{detector} needs a model of role '{word}'")
        segments = context.with_score(segments, SCORE + word, other, model, split)
    pa.default_memory_pool().release_unused()
    return segments


def counted(detector: Detector) -> tuple[str, str]:
    """Counts in a file's metadata, of distinct texts that are decoded: those without pieces, and
    those that are cut at the model's limit."""
    return f"{detector.needs.translated}_empty", f"{detector.needs.translated}_cut"


def _scoring(context: Context, chosen: Detector, detector: str, model: str, split: str) -> str:
    """A name for what scores were made with and of: it changes when they would."""
    recipe = context.recipe
    of_detector = getattr(chosen, "scoring", chosen.signature)()
    shard = None if context.shard is None else context.shard.number
    files = inputs(context.directory, recipe, detector, model, split, shard)
    hashes = [file_hash(path) for path in files if path.is_file()]
    return digest(of_detector, recipe.inference.decoding(), recipe.beam_of(split), hashes)


def _stored(context: Context, chosen: Detector, segments: Segments, path: Path) -> Scored | None:
    """The scores that are there, where a verdict can be had from them."""
    table = context.table(path, DETECTIONS)
    rows = segments.rows_of(table, str(path))
    scored = detections.scored(table if rows is None else table.take(rows))
    try:
        chosen.judge(scored)
    except RecipeError:
        return None
    return scored


def _with_origins(
    context: Context, table: pa.Table, detector: str, model: str, split: str
) -> pa.Table:
    """A whole detection, with origins where it is of a student's memorized outputs."""
    if not _has_origins(context.recipe, detector, model, split):
        return table
    segments = context.translated(model, split, ["translation"])
    found = origins(
        np.asarray(table.column("flagged").to_numpy(), dtype=np.bool_),
        segments.ids,
        segments.texts("translation"),
        context.corpus(TRAIN).texts("target"),
        context.with_kd_targets(context.corpus(TRAIN), model).texts("target"),
    )
    return detections.with_origins(table, found)


def _score(detector: Detector, segments: Segments, services: Services) -> Scored:
    """Score the segments; translations shared by original and planted rows are counted apart.

    Planted sources must not lift an original row over a number of shared sources.
    """
    if detector.unit != "translation" or PLANTED not in segments:
        return detector.score(segments, services)
    planted = ~segments.table[PLANTED].is_null().to_numpy()
    if not planted.any():  # taking rows copies the texts, which may be many
        return detector.score(segments, services)
    parts = [np.flatnonzero(~planted), np.flatnonzero(planted)]
    scored = [detector.score(segments.take(rows), services) for rows in parts]
    back = np.argsort(np.concatenate(parts))

    def merged(columns: list[Any]) -> Any:
        return np.concatenate(columns)[back]

    return Scored(
        merged([one.eligible for one in scored]),
        merged([one.score for one in scored]),
        taken(
            pa.chunked_array(
                [c for one in scored for c in detections.as_texts(one.evidence).chunks]
            ),
            back,
        ),
        {name: merged([one.features[name] for one in scored]) for name in scored[0].features},
    )


def metrics(columns: Sequence[str]) -> Iterator[str]:
    """The quality metrics whose scores a detector needs."""
    return (name.removeprefix("quality.") for name in columns if name.startswith("quality."))
