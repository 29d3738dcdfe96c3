"""Bands: numbers to names that sort naturally and tell the bands' edges; no files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from kdaudit.errors import RecipeError
from kdaudit.segments import FloatArray, IntArray

UNDEFINED = "undefined"
"""The band of what has no number."""

FEWEST_DECIMALS, MOST_DECIMALS = 2, 17
"""Of an edge that is rounded."""


def check_increasing(edges: Sequence[float], what: str) -> None:
    """RecipeError unless there is an edge and every edge is above the one before."""
    if not edges or not all(before < after for before, after in pairwise(edges)):
        raise RecipeError(f"{what} must be increasing numbers, not {list(edges)}")


def integer_bands(values: IntArray, starts: Sequence[int], unit: str = "") -> list[str]:
    """Bands of whole numbers of at least 0; `starts` are the lowest number of each band.

    Starts (1, 2, 4) with unit "words" name `0 words`, `1 words`, `2-3 words`, `4+ words`.
    """
    lows = [*([0] if starts[0] > 0 else []), *starts]
    ends = [start - 1 for start in lows[1:]]
    names = [str(a) if a == b else f"{a}-{b}" for a, b in zip(lows[:-1], ends, strict=True)]
    names = [f"{name} {unit}".rstrip() for name in [*names, f"{lows[-1]}+"]]
    return [names[band] for band in np.searchsorted(lows, values, side="right") - 1]


def real_bands(values: FloatArray, edges: Sequence[float], written: Sequence[str]) -> list[str]:
    """Bands [edge, next edge) of real numbers; nan goes to `undefined`.

    The first and the last band also take what lies outside, so `edges` should be
    the ends of the numbers' range (0 and 1 for probabilities). `written`: the edges
    as they stand in the bands' names.
    """
    names = [f"{a}-{b}" for a, b in pairwise(written)]
    bands = np.searchsorted(np.asarray(edges[1:-1]), values, side="right")
    missing = np.isnan(values)
    return [UNDEFINED if m else names[b] for m, b in zip(missing, bands, strict=True)]


def as_given(edges: Sequence[float]) -> list[str]:
    """The edges as text, in full: 0, 0.125, 1."""
    return [np.format_float_positional(edge, trim="-") for edge in edges]


def rounded(edges: Sequence[float]) -> list[str]:
    """The edges as text with two decimals, or as many as it takes to keep them apart."""
    for decimals in range(FEWEST_DECIMALS, MOST_DECIMALS + 1):
        written = [f"{edge:.{decimals}f}".rstrip("0").rstrip(".") for edge in edges]
        if len(set(written)) == len(edges):
            return written
    return list(map(repr, edges))


def quantile_edges(
    values: FloatArray, bands: int, low: float = -np.inf, high: float = np.inf
) -> list[float]:
    """Inner edges that cut the defined `values` into about equal bands, all within (low, high).

    Ties leave fewer bands than were asked for.
    """
    defined = values[~np.isnan(values)]
    if not len(defined):
        return []
    exact = np.unique(np.quantile(defined, np.arange(1, bands) / bands))
    return [float(edge) for edge in exact if low < edge < high]
