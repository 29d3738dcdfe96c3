"""The flagged segments that a report shows: a sample of each detection.

Reads detections, translations, subgroups and the corpus of a run; writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.artifacts import SUBGROUPS, TRANSLATIONS, read_table
from kdaudit.personal import Finder
from kdaudit.recipe import Recipe
from kdaudit.report import Example
from kdaudit.report.redact import redacted
from kdaudit.segments import IntArray, Segments
from kdaudit.stages import flagged
from kdaudit.stages.base import Context
from kdaudit.stages.plan import Plan

Totals = dict[tuple[str, str, str], int]
"""Flagged segments in all, by detector, model and split."""


def examples(context: Context, masking: Finder | None = None) -> tuple[list[Example], Totals]:
    """A sample of the flagged segments of each detector, model and split, and how many there are.

    Which lines are drawn depends on the recipe's seed and their ids alone, so that a line that
    is flagged twice is likely to be seen twice. With `masking` no string that it finds is shown.
    """
    plan, texts = Plan(context.recipe), context.recipe.report.texts
    found: dict[str, list[Example]] = {split: [] for split in plan.splits}
    totals: Totals = {}
    for name, model, split in plan.detections:
        segments = flagged.found(context, name, model, split)
        totals[name, context.called(model), split] = len(segments)
        drawn = segments.take(_drawn(segments, context.recipe))
        found[split] += flagged.shown(context, drawn, name, model, split, texts=texts)
    every = [
        one for split, some in found.items() for one in _with_the_others(context, plan, split, some)
    ]
    if not texts:
        every = [flagged.without_foreign_text(context, one) for one in every]
    return (every if masking is None else [redacted(one, masking) for one in every]), totals


def _drawn(segments: Segments, recipe: Recipe) -> IntArray:
    """Rows of as many original segments as the recipe says, and a third as many planted ones."""
    limit = recipe.report.examples
    order = np.argsort(_priorities(segments.ids, recipe.seed), kind="stable")
    planted = np.zeros(len(segments), dtype=np.bool_)
    if "planted" in segments:
        planted = np.asarray(segments.table["planted"].is_valid().to_numpy(), dtype=np.bool_)
    few = min(max(limit // 3, 1), limit)
    rows = [*order[~planted[order]][:limit], *order[planted[order]][:few]]
    return np.sort(np.array(rows, dtype=np.int64))


def _priorities(ids: IntArray, seed: int) -> npt.NDArray[np.uint64]:
    """A random number for each id, (n,): SplitMix64 (Steele, Lea & Flood 2014)."""
    with np.errstate(over="ignore"):
        z = ids.astype(np.uint64) + np.uint64(seed % 2**32) * np.uint64(0xD1342543DE82EF95)
        z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        mixed: npt.NDArray[np.uint64] = z ^ (z >> np.uint64(31))
    return mixed


def _with_the_others(
    context: Context, plan: Plan, split: str, some: list[Example]
) -> Iterator[Example]:
    """Examples of a split with every model's translation, and their subgroups."""
    ids = pa.array(sorted({one.id for one in some}), pa.int64())
    translations = {
        context.called(model): _by_id(
            read_table(
                context.directory.translations(model, split), TRANSLATIONS, ["id", "translation"]
            ),
            ids,
        )
        for model in (context.recipe.audited_models if some else ())
    }
    schemes = {
        scheme: _by_id(
            read_table(context.directory.subgroups(scheme, split), SUBGROUPS, ["id", "subgroup"]),
            ids,
        )
        for scheme in _schemes(plan, split, some)
    }
    for one in some:
        yield replace(
            one,
            translations={model: texts[one.id] for model, texts in translations.items()},
            subgroups={scheme: names[one.id] for scheme, names in schemes.items()},
        )


def _schemes(plan: Plan, split: str, some: Iterable[Example]) -> list[str]:
    """The schemes of a split that divide it."""
    return [scheme for scheme, of in plan.subgroups if of == split and scheme != "all" and some]


def _by_id(table: pa.Table, ids: pa.Array) -> dict[int, str]:
    """The second column of some ids."""
    kept = table.filter(pc.is_in(table["id"], ids))
    return dict(zip(kept.column(0).to_pylist(), kept.column(1).to_pylist(), strict=True))
