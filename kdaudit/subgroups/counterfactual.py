"""Schemes by counterfactual memorization: its bands, and the corners of the map; opens no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from kdaudit.errors import RecipeError
from kdaudit.segments import Segments
from kdaudit.subgroups.bands import Bands, Published, check_bands, described, real_bands
from kdaudit.subgroups.base import REST, UNDEFINED, named

PUBLISHED = (0.2, 0.3, 0.4)
"""Bands of Dankers & Raunak 2025, from 0 to 1, for the geometric mean probability per token."""

QUANTILES = 4


@dataclass(frozen=True)
class Counterfactual:
    """Bands of counterfactual memorization: the mean score of models that were trained with the
    pair less that of models trained without it.

    `model`: whose memorization. `bands`: a number of quantile bands, inner edges, or
    `published`: 0-0.2, 0.2-0.3, 0.3-0.4, 0.4-1, of which the first takes what is negative
    too. By default the edges that the memorization was computed with: the published ones for
    the default score, and where there are none, as for other scores, 4 quantile bands. A band
    takes its lower edge. Pairs that no model was trained with, or without, are the subgroup
    `undefined`.
    """

    model: str = "teacher"
    bands: Published | Bands | None = None
    name: ClassVar[str] = "counterfactual"

    def __post_init__(self) -> None:
        if self.bands is not None and not isinstance(self.bands, str):
            check_bands(self.bands, "counterfactual")

    @property
    def needs(self) -> tuple[str, ...]:
        edges = () if self.bands is not None else (self._column("bands"),)
        return (self._column("memorization"), *edges)

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        bands = self._stored_bands(segments) if self.bands is None else self.bands
        values = segments.numbers(self._column("memorization"))
        if bands == "published":
            return real_bands(values, PUBLISHED, (0.0, 1.0))
        return real_bands(values, bands)

    def signature(self) -> str:
        how = "bands=stored" if self.bands is None else "bands=published"
        if self.bands is not None and not isinstance(self.bands, str):
            how = described(self.bands)
        return f"counterfactual(model={self.model},{how})"

    def _stored_bands(self, segments: Segments) -> Published | Bands:
        found = segments.column(self._column("bands")).unique().to_pylist()
        edges = tuple(float(edge) for text in found for edge in text.split(",") if edge)
        return "published" if edges == PUBLISHED else edges or QUANTILES

    def _column(self, name: str) -> str:
        return f"counterfactual.{self.model}.{name}"


@dataclass(frozen=True)
class Corners:
    """The corners of the map of scores with and without a pair (Dankers & Raunak 2025).

    `L-L`: neither models trained with the pair nor those without score it above `low`:
    nobody learns it. `H-H`: both score it `high` at least: nobody needs to see it. The
    others are the `rest`, and pairs that lack a score are `undefined`. `model`: whose scores.
    """

    model: str = "teacher"
    low: float = 0.2
    high: float = 0.8
    name: ClassVar[str] = "corners"

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise RecipeError(f"corners: low is below high, not {self.low} and {self.high}")

    @property
    def needs(self) -> tuple[str, ...]:
        return (f"counterfactual.{self.model}.mean_in", f"counterfactual.{self.model}.mean_out")

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        scores = np.stack([segments.numbers(column) for column in self.needs])
        conditions = [
            np.isnan(scores).any(axis=0),
            (scores <= self.low).all(axis=0),
            (scores >= self.high).all(axis=0),
        ]
        return named(np.select(conditions, [3, 0, 1], 2), ["L-L", "H-H", REST, UNDEFINED])

    def signature(self) -> str:
        return f"corners(model={self.model},low={self.low:g},high={self.high:g})"
