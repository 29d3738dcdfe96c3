"""The whole subgroups of schemes that have a cap, in numbers; reads artifacts."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.artifacts import SUBGROUPS, read_table
from kdaudit.stages.base import Context
from kdaudit.stages.group import BAND
from kdaudit.stages.plan import Plan
from kdaudit.subgroups.base import REST

Sizes = dict[str, dict[str, int]]
"""By subgroup its `segments`, and the `full` number without the cap."""


def capped(context: Context, plan: Plan) -> dict[str, dict[str, Sizes]]:
    """By split and scheme, the subgroups of which a cap has left something out."""
    found: dict[str, dict[str, Sizes]] = {}
    for scheme, split in plan.subgroups:
        if context.recipe.cap(scheme) is not None:
            found.setdefault(split, {})[scheme] = _sizes(context, scheme, split)
    return found


def _sizes(context: Context, scheme: str, split: str) -> Sizes:
    """Of original rows alone: planted ones are not measured in these subgroups."""
    path = context.directory.subgroups(scheme, split)
    table = read_table(path, SUBGROUPS, ["id", "subgroup", BAND])
    segments = context.corpus(split, ["planted"])
    joined = segments.join(table, {name: name for name in ("subgroup", BAND)}, str(path)).table
    if "planted" in segments:
        joined = joined.filter(pc.is_null(joined["planted"]))
    drawn, full = (_counts(joined[column]) for column in ("subgroup", BAND))
    return {
        name: {"segments": drawn.get(name, 0), "full": count}
        for name, count in full.items()
        if name != REST and drawn.get(name, 0) < count
    }


def _counts(names: pa.ChunkedArray) -> dict[str, int]:
    return {row["values"]: row["counts"] for row in pc.value_counts(names).to_pylist()}
