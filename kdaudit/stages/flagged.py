"""The segments that a detector flagged, for a reader.

Reads detections, translations and the corpus of a run; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import isnan
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.corpus.phrasebook import PHRASEBOOKS
from kdaudit.detectors.personal_data import PersonalData
from kdaudit.detectors.units import by_characters
from kdaudit.personal import Finder
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.report import Example
from kdaudit.report.redact import redacted
from kdaudit.segments import IntArray, Segments
from kdaudit.stages import detect, detections
from kdaudit.stages.base import Context
from kdaudit.stages.keys import text_keys

OUR_PAIRS, OUR_TARGETS = "idiosyncratic", "boilerplate"
"""Planted kinds of which this project wrote both sides, and the target, where it has a phrasebook
for the languages."""


def flagged(
    context: Context,
    name: str,
    model: str,
    split: str,
    *,
    texts: bool,
    masking: Finder | None = None,
) -> list[Example]:
    """All flagged segments of one detection, as `shown` orders them."""
    segments = found(context, name, model, split)
    return shown(context, segments, name, model, split, texts=texts, masking=masking)


def masking(recipe: Recipe, patterns: Mapping[str, str] | None = None) -> Finder:
    """What is masked: every kind, the patterns of the recipe and those that are counted by it, and
    further ones. RecipeError where one cannot be used."""
    counted = [recipe.detector(name) for name in recipe.detectors]
    own = [dict(one.patterns) for one in counted if isinstance(one, PersonalData)]
    together: dict[str, str] = {}
    for some in [*own, recipe.report.patterns, dict(patterns or {})]:
        together |= some
    return Finder(together)


def found(context: Context, name: str, model: str, split: str) -> Segments:
    """The flagged segments of one detection, with its columns; for measures of memorization also
    `occurrences`, how often the pair occurs in the split."""
    context.check_finished([context.directory.detections(name, model, split)])
    table = detections.read(context.directory, name, model, split)
    segments = context.translated(model, split)
    if name.endswith(detect.KD):
        segments = context.with_kd_targets(segments, model)
    columns = (
        "flagged",
        "evidence",
        "score",
        *(["features"] if detections.features(table) else []),
    )
    joined = segments.join(table, {column: column for column in columns}, name)
    if detect.against_targets(context.recipe.detector(detect.base_name(name))):
        joined = joined.with_column("occurrences", _occurrences(joined))
    return joined.take(np.asarray(joined.table.column("flagged").to_numpy(), dtype=np.bool_))


def shown(
    context: Context,
    segments: Segments,
    name: str,
    model: str,
    split: str,
    *,
    texts: bool,
    masking: Finder | None = None,
) -> list[Example]:
    """Flagged segments for a reader: original ones first, then those of the smallest memorization
    ratio; without `texts` no text that is not this project's own, with `masking` none of the
    strings that it finds."""
    rows = segments.table.to_pylist()
    examples = sorted((_example(context, row, name, model, split) for row in rows), key=_place)
    examples = _with_relaying_sources(context, examples)
    if not texts:
        examples = [without_foreign_text(context, one) for one in examples]
    return examples if masking is None else [redacted(one, masking) for one in examples]


def _place(example: Example) -> tuple[bool, float, int]:
    ratio = example.score if "prefix_units" in example.features else None
    return example.planted != "", 0.0 if ratio is None else ratio, example.id


def _with_relaying_sources(context: Context, examples: list[Example]) -> list[Example]:
    """The examples with the source of the teacher's line that relayed each, where it is another."""
    others = {one.id: one.features.get("relayed_by") for one in examples}
    wanted = {line for id_, line in others.items() if line not in (None, id_)}
    if not wanted:
        return examples
    corpus = context.corpus(TRAIN, ["source"]).table
    lines = corpus.filter(pc.is_in(corpus["id"], pa.array(sorted(wanted), pa.int64())))
    sources = dict(zip(lines["id"].to_pylist(), lines["source"].to_pylist(), strict=True))
    return [
        one if (line := others[one.id]) in (None, one.id) else replace(one, relayed=sources[line])
        for one in examples
    ]


def _occurrences(segments: Segments) -> IntArray:
    """How often the pair of each segment occurs in the split, (n,)."""
    keys = text_keys(segments.strings("source"), segments.strings("target"))
    _, place, counts = np.unique(keys, return_inverse=True, return_counts=True)
    found: IntArray = counts[place]
    return found


def _example(
    context: Context, row: dict[str, Any], detector: str, model: str, split: str
) -> Example:
    times = row.get("occurrences")
    features = {name: _plain(value) for name, value in (row.get("features") or {}).items()}
    return Example(
        detector=detector,
        model=context.called(model),
        split=split,
        id=row["id"],
        provenance=row.get("provenance") or "",
        planted=row.get("planted") or "",
        score=row["score"],
        occurrences=times,
        features=features,
        detail=_detail(context, features, times),
        **{name: row[name] for name in ("source", "target", "translation", "evidence")},
    )


def _detail(context: Context, features: Mapping[str, Any], times: int | None) -> str:
    """How little of the source it takes, how often the pair was there to be learned, and where
    a student has it from."""
    parts = []
    if "prefix_units" in features:
        units = "characters" if by_characters(context.recipe.corpus.source_language) else "words"
        some, whole = features["prefix_units"], features["source_units"]
        parts.append(f"prefix {some} of {whole} {units} ({some / whole:.2f})")
    if times is not None:
        parts.append(f"pair occurs {times:,} time{'' if times == 1 else 's'}")
    if origin := features.get("origin"):
        line = features["relayed_by"]
        by = "no line" if line is None else f"line {line}"
        parts.append(f"origin: {origin}, relayed by {by} of the KD corpus")
    return "; ".join(parts)


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and isnan(value) else value


def without_foreign_text(context: Context, example: Example) -> Example:
    """The example by its id and numbers alone, but for what this project planted: both sides of a
    pair, or the target; and a translation that equals it."""
    corpus = context.recipe.corpus
    books = [
        language in PHRASEBOOKS for language in (corpus.source_language, corpus.target_language)
    ]
    pair = example.planted == OUR_PAIRS and all(books)
    # In the KD corpus the target is the teacher's, whatever was planted.
    is_kd = example.detector.endswith(detect.KD)
    ours = (pair or (example.planted == OUR_TARGETS and books[1])) and not is_kd
    target = (example.target or "") if ours else ""
    same = bool(target) and example.translation.strip() == target.strip()
    told = {
        name: value
        for name, value in example.features.items()
        if not isinstance(value, str) or name in detections.ORIGINS
    }
    return replace(
        example,
        source=example.source if pair else "",
        target=target,
        translation=example.translation if same else "",
        evidence=example.evidence if same and pair else "",
        relayed="",
        features=told,
        translations={
            name: text
            for name, text in example.translations.items()
            if target and text.strip() == target.strip()
        },
    )
