"""What met a limit of the models and was counted, in sentences for the report.

Reads the metadata of translations, quality and detections, and forced scores; writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import pyarrow.compute as pc

from kdaudit.artifacts import SCORES, metadata, read_parts
from kdaudit.stages.base import Context
from kdaudit.stages.plan import Plan
from kdaudit.stages.translate import shard_files

TRANSLATIONS = {
    "sources_cut": "sources were longer than the model takes, and cut",
    "translations_cut": "translations reached the limit of their length",
}
BACK = {"sources_cut": "translations were longer than the reverse model takes, and cut"}
DECODED = {
    f"{texts}_{what}": f"{texts} {said}"
    for texts in ("prefixes", "insertions")
    for what, said in {
        "empty": "had no subwords, and were not decoded",
        "cut": "were longer than the model takes, and cut",
    }.items()
}
"""What detectors have the model translate; see their `needs.translated`."""


def limits_met(context: Context) -> Iterator[str]:
    """A sentence for each file in which something was cut, left out or empty."""
    directory, recipe, plan = context.directory, context.recipe, Plan(context.recipe)
    named = context.called
    for model in recipe.audited_models:
        for split in plan.splits:
            counts: Counter[str] = Counter()
            for path in shard_files(directory, recipe, model, split):
                counts.update(_counts(metadata(path), TRANSLATIONS))
            yield from _said(f"{named(model)} on {split}", counts, TRANSLATIONS)
    for name, model, split in plan.quality:
        found = metadata(directory.quality(name, model, split))
        yield from _said(f"{name} of {named(model)} on {split}", _counts(found, BACK), BACK)
    for name, model, split in plan.detections:
        found = metadata(directory.detections(name, model, split))
        place = f"{name} of {named(model)} on {split}"
        yield from _said(place, _counts(found, DECODED), DECODED)
    for model, split in plan.scores:
        parts = read_parts(directory.scores(model, "target", split), SCORES, ["tokens"])
        without = sum(pc.sum(pc.equal(part["tokens"], 0)).as_py() or 0 for part in parts)
        words = {"": "targets have no forced score: the source is empty, or a side is too long"}
        yield from _said(f"{named(model)} on {split}", {"": without}, words)
    for model, text, split in plan.judged:
        parts = read_parts(directory.scores(model, text, split), SCORES, ["tokens"])
        without = sum(pc.sum(pc.equal(part["tokens"], 0)).as_py() or 0 for part in parts)
        place = f"translations of {named(text)} on {split}"
        words = {"": f"have no score by {named(model)}: the source is empty, or a side is too long"}
        yield from _said(place, {"": without}, words)


def _counts(stored: Mapping[str, str], names: Mapping[str, str]) -> dict[str, int]:
    return {name: int(stored.get(name, 0)) for name in names}


def _said(place: str, counts: Mapping[str, int], words: Mapping[str, str]) -> Iterator[str]:
    said = [f"{counts[name]:,} {text}" for name, text in words.items() if counts[name]]
    if said:
        yield f"{place}: {'; '.join(said)}."
