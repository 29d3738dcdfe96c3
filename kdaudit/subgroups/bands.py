"""Bands: numbers to names that sort naturally, with edges that the names tell exactly; no files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from kdaudit.errors import RecipeError
from kdaudit.segments import FloatArray, IntArray

UNDEFINED = "undefined"
"""The band of what has no number."""

MOST_DECIMALS = 6
"""Quantile edges are rounded to the fewest decimals that keep them apart, and to no more."""


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


def real_bands(values: FloatArray, edges: Sequence[float]) -> list[str]:
    """Bands [edge, next edge) of real numbers; nan goes to `undefined`.

    The first and the last band also take what lies outside, so `edges` should be
    the ends of the numbers' range (0 and 1 for probabilities).
    """
    names = [f"{a:g}-{b:g}" for a, b in pairwise(edges)]
    bands = np.searchsorted(np.asarray(edges[1:-1]), values, side="right")
    missing = np.isnan(values)
    return [UNDEFINED if m else names[b] for m, b in zip(missing, bands, strict=True)]


def quantile_edges(
    values: FloatArray, bands: int, low: float = -np.inf, high: float = np.inf
) -> list[float]:
    """Inner edges that cut the defined `values` into about equal bands, all within (low, high).

    The edges are rounded to the fewest decimals that keep them apart, so that a
    band's name says what is in it. Ties leave fewer bands than were asked for.
    """
    defined = values[~np.isnan(values)]
    if not len(defined):
        return []
    exact = np.unique(np.quantile(defined, np.arange(1, bands) / bands))
    exact = rounded = exact[(exact > low) & (exact < high)]
    for decimals in range(2, MOST_DECIMALS + 1):
        rounded = np.unique(np.round(exact, decimals))
        if len(rounded) == len(exact) and np.all((rounded > low) & (rounded < high)):
            break
    return [float(edge) for edge in rounded if low < edge < high]
