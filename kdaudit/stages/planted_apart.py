"""Planted rows in a subgroup of their own: planting must never pass for a finding; no files."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.recipe import Recipe
from kdaudit.segments import Segments

ORIGIN = ("provenance", "planted")
"""Columns of the corpus, and schemes of these names, that tell original rows from planted ones."""


def with_planted_apart(
    recipe: Recipe, segments: Segments, schemes: dict[str, pa.ChunkedArray]
) -> dict[str, pa.ChunkedArray]:
    """The schemes, with planted rows in a subgroup of their own in each but `all`.

    The schemes by origin are there, whether the recipe names them or not: planting must never
    pass for a finding.
    """
    if "planted" not in segments or segments.table["planted"].null_count == len(segments):
        return schemes
    planted = segments.table["planted"].is_valid()
    by_origin = {
        "provenance": pc.if_else(planted, "planted", segments.strings("provenance")),
        "planted": segments.table["planted"].fill_null("none"),
    }
    own = {name for name in schemes if _column_of(recipe, name) in ORIGIN}
    apart = {
        name: column if name in {"all", *own} else _apart(column, planted)
        for name, column in schemes.items()
    }
    return apart | by_origin


def _column_of(recipe: Recipe, scheme: str) -> str | None:
    """The column that a scheme of the recipe names its subgroups by, if it is of that kind."""
    chosen = recipe.subgroups.get(scheme)
    return chosen.settings.get("column") if chosen and chosen.kind == "column" else None


def _apart(subgroups: pa.ChunkedArray, planted: pa.ChunkedArray) -> pa.ChunkedArray:
    """The subgroups with that of planted rows; its name is one that no original row has."""
    taken = subgroups.filter(pc.invert(planted)).unique().to_pylist()
    name = "planted"
    while name in taken:
        name = f"({name})"
    return pc.if_else(planted, name, subgroups)
