"""Stage `measure`: one quality metric of one model's translations of a split.

Reads the translations (of the model `corpus`: its own targets), for back-translation the
reverse model, and for a learned metric its model; writes
`quality/<metric>/<model>/<split>.parquet`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from kdaudit.artifacts import QUALITY, RunDirectory, write_table
from kdaudit.errors import NotComputable
from kdaudit.quality.comet import Comet
from kdaudit.recipe import CORPUS_MODEL, Recipe
from kdaudit.segments import Segments
from kdaudit.stages import estimates, shards
from kdaudit.stages.base import Context, counted, digest, distinct, told
from kdaudit.stages.translate import shard_files

BACK_TRANSLATION = "back_translation"


def inputs(
    directory: RunDirectory,
    recipe: Recipe,
    metric: str,
    model: str,
    split: str,
    shard: int | None = None,
) -> list[Path]:
    """Corpus, translations (or a shard of them), and the reverse model where the metric needs
    it."""
    files = [directory.corpus(split)]
    if model != CORPUS_MODEL:
        translated = shard_files(directory, recipe, model, split)
        files += translated if shard is None else [translated[shard]]
    reverse = recipe.first("reverse")
    if BACK_TRANSLATION in recipe.metric(metric).needs and reverse is not None:
        files.append(directory.model_manifest(reverse))
    return files + estimates.files(recipe.metric(metric), directory.quality(metric, model, split))


def asks_a_model(recipe: Recipe, metric: str) -> bool:
    """Whether a metric takes a model, and the processors for it."""
    chosen = recipe.metric(metric)
    return BACK_TRANSLATION in chosen.needs or isinstance(chosen, Comet)


def settings(recipe: Recipe, metric: str) -> str:
    """The metric's own settings, and those of the engine where it translates back."""
    chosen = recipe.metric(metric)
    back = BACK_TRANSLATION in chosen.needs
    return digest(chosen.signature(), recipe.inference.decoding() if back else None)


def by_shards(recipe: Recipe, metric: str) -> bool:
    """Whether a metric is made shard by shard: where it takes long."""
    return recipe.shards > 1 and asks_a_model(recipe, metric)


def run(context: Context, metric: str, model: str, split: str, shard: int | None = None) -> None:
    """Score one model's translations of a split, or of one shard."""
    context.recipe.check_split("quality", metric, split)
    chosen = context.recipe.metric(metric)
    context = context.of_shard(shard)
    segments = _translations(context, model, split)
    described = {"signature": chosen.signature()}
    if BACK_TRANSLATION in chosen.needs:
        segments, cut = _with_back_translations(context, segments)
        described |= told({"sources_cut": cut}, f"{model}, {split}, {metric}")
    if isinstance(chosen, Comet):
        segments, made_with = estimates.with_estimates(
            context, chosen, segments, f"{model}, {split}, {metric}"
        )
        described |= made_with
    scores = chosen.score(segments)
    table = pa.table(
        {
            "id": segments.table.column("id"),
            "score": pa.array(scores.score, pa.float64(), from_pandas=True),
            "statistics": pa.array([list(row) for row in scores.statistics], QUALITY.field(2).type),
        }
    )
    path = context.directory.quality(metric, model, split)
    write_table(context.place(path), table, QUALITY, described)


def merge(context: Context, metric: str, model: str, split: str) -> None:
    """Put the shards of a metric's scores together."""

    def described(parts: Sequence[Mapping[str, str]]) -> Mapping[str, str]:
        return shards.summed(parts, ["sources_cut"])

    path = context.directory.quality(metric, model, split)
    shards.merge(path, context.recipe, QUALITY, described)


def _translations(context: Context, model: str, split: str) -> Segments:
    """A model's translations; for the pseudo-model `corpus` its targets take their place."""
    if model != CORPUS_MODEL:
        return context.translated(model, split)
    segments = context.corpus(split, ["source", "target"])
    return segments.with_column("translation", segments.strings("target"))


def _with_back_translations(context: Context, segments: Segments) -> tuple[Segments, int]:
    """Greedy translations of the translations by the reverse model, each distinct one once; and
    how many of those were longer than it takes."""
    reverse = context.recipe.first("reverse")
    if reverse is None:
        raise NotComputable(f"{BACK_TRANSLATION} needs a model of role 'reverse'")
    texts = segments.texts("translation")
    once = distinct(texts)
    translated = context.translator(reverse).translate(once)
    note = f"{len(once)} back-translations"
    back = list(counted(translated, len(once), context.progress, note))
    by_text = {text: one.text for text, one in zip(once, back, strict=True)}
    with_back = segments.with_column(BACK_TRANSLATION, [by_text[text] for text in texts])
    return with_back, sum(one.source_cut for one in back)
