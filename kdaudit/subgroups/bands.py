"""Bands: numbers to names that sort naturally and tell the bands' edges; no files."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

import numpy as np
import pyarrow as pa

from kdaudit.errors import RecipeError
from kdaudit.segments import FloatArray, IntArray
from kdaudit.subgroups.base import UNDEFINED, named

Bands = int | Sequence[float]
"""How many quantile bands, or the inner edges of bands."""

Published = Literal["published"]
"""The bands of Dankers & Raunak 2025."""

Limits = tuple[float, float]
"""The ends of a range that is known, such as that of probabilities."""

FEWEST_DECIMALS, MOST_DECIMALS = 2, 17
"""Of an edge that is rounded."""


def check_increasing(edges: Sequence[float], what: str) -> None:
    """RecipeError unless there is an edge and every edge is above the one before."""
    if not edges or not all(before < after for before, after in pairwise(edges)):
        raise RecipeError(f"{what} must be increasing numbers, not {list(edges)}")


def check_bands(bands: Bands, what: str, limits: Limits | None = None) -> None:
    """RecipeError unless there is a band, or increasing inner edges within the limits."""
    if isinstance(bands, int):
        if bands < 1:
            raise RecipeError(f"{what}: at least 1 band, not {bands}")
        return
    check_increasing(bands, f"{what}: bands")
    if limits is not None and not limits[0] < bands[0] <= bands[-1] < limits[1]:
        low, high = as_given(limits)
        raise RecipeError(f"{what}: inner edges lie between {low} and {high}, not {list(bands)}")


def real_bands(
    values: FloatArray, bands: Bands, limits: Limits | None = None
) -> pa.DictionaryArray:
    """Bands [edge, next edge) of real numbers; nan goes to `undefined`.

    The first and the last band also take what lies outside. With `limits` these are the
    ends of the first and of the last band's name, `0-0.2` and `0.8-1`; without, they are
    `below 0.2` and `0.8+`. Quantile bands cut where the quantiles lie, and round them in
    the names; where numbers are tied there are fewer.
    """
    if isinstance(bands, int):
        inner, write = quantile_edges(values, bands, *(limits or (-np.inf, np.inf))), rounded
    else:
        inner, write = list(bands), as_given
    codes = np.searchsorted(np.asarray(inner), values, side="right")
    names = (
        _open_ended(write(inner))
        if limits is None
        else [f"{a}-{b}" for a, b in pairwise(write([limits[0], *inner, limits[1]]))]
    )
    return named(np.where(np.isnan(values), len(names), codes), [*names, UNDEFINED])


def described(bands: Bands) -> str:
    """The bands in a signature."""
    return f"quantiles={bands}" if isinstance(bands, int) else f"bands={listed(bands)}"


def listed(numbers: Sequence[float]) -> str:
    """Numbers in a signature."""
    return ",".join(f"{number:g}" for number in numbers)


def integer_bands(values: IntArray, starts: Sequence[int], unit: str = "") -> pa.DictionaryArray:
    """Bands of whole numbers of at least 0; `starts` are the lowest number of each band.

    Starts (1, 2, 4) with unit "words" name `0 words`, `1 words`, `2-3 words`, `4+ words`.
    """
    lows = [*([0] if starts[0] > 0 else []), *starts]
    ends = [start - 1 for start in lows[1:]]
    names = [str(a) if a == b else f"{a}-{b}" for a, b in zip(lows[:-1], ends, strict=True)]
    names = [f"{name} {unit}".rstrip() for name in [*names, f"{lows[-1]}+"]]
    return named(np.searchsorted(lows, values, side="right") - 1, names)


def as_given(edges: Sequence[float]) -> list[str]:
    """The edges as text, in full: 0, 0.125, 1."""
    return [np.format_float_positional(edge, trim="-") for edge in edges]


def rounded(edges: Sequence[float]) -> list[str]:
    """The edges as text with two decimals, or as many as it takes to keep them apart."""
    for decimals in range(FEWEST_DECIMALS, MOST_DECIMALS + 1):
        # Adding 0 makes a 0 of what would be written as -0.
        written = [f"{round(edge, decimals) + 0.0:.{decimals}f}" for edge in edges]
        if len(set(written)) == len(edges):
            return [text.rstrip("0").rstrip(".") for text in written]
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


def _open_ended(inner: Sequence[str]) -> list[str]:
    """Names of the bands between inner edges, where nothing bounds the first and the last."""
    if not inner:
        return ["defined"]
    return [f"below {inner[0]}", *(f"{a}-{b}" for a, b in pairwise(inner)), f"{inner[-1]}+"]
