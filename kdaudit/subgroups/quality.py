"""Bands of any quality column, the corpus's own included; opens no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa

from kdaudit.errors import InputError
from kdaudit.segments import FloatArray, Segments
from kdaudit.subgroups.bands import Bands, Published, check_bands, described, real_bands
from kdaudit.subgroups.numbers import finite_numbers

OFFLINE = "quality.back_translation.corpus"
"""chrF of the source with the back-translation of the corpus's own target."""

PUBLISHED = (0.2, 0.4, 0.6, 0.8)
"""Bands of CometKiwi-22, 0.2 wide (Dankers & Raunak 2025)."""

KIWI = "kiwi"
"""What is in the name of a column of CometKiwi scores."""

QUANTILES = 4


@dataclass(frozen=True)
class Quality:
    """Bands of a quality estimate: how good a pair of the corpus is, say.

    `column`: a stored metric, `quality.<metric>.<model>`, of the pseudo-model `corpus` for
    the corpus's own targets, or a column of the corpus that holds scores. `bands`: a number
    of quantile bands, inner edges, or `published`, bands 0.2 wide from 0 to 1, the first and
    the last of which take what lies outside; by default `published` for a column with `kiwi`
    in its name, and else 4 quantile bands. A band takes its lower edge. Segments without a
    number are the subgroup `undefined`.
    """

    column: str = OFFLINE
    bands: Published | Bands | None = None
    name: ClassVar[str] = "quality"

    def __post_init__(self) -> None:
        if self.bands is not None and not isinstance(self.bands, str):
            check_bands(self.bands, "quality")

    @property
    def needs(self) -> tuple[str, ...]:
        return (self.column,)

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        values, bands = finite_numbers(segments, self.column), self._bands
        if bands == "published":
            _check_range(values, self.column)
            return real_bands(values, PUBLISHED, (0.0, 1.0))
        return real_bands(values, bands)

    def signature(self) -> str:
        bands = self._bands
        how = "bands=published" if bands == "published" else described(bands)
        return f"quality(column={self.column},{how})"

    @property
    def _bands(self) -> Published | Bands:
        if self.bands is not None:
            return self.bands
        return "published" if KIWI in self.column.lower() else QUANTILES


def _check_range(values: FloatArray, column: str) -> None:
    """InputError where the numbers are of another scale, percents say."""
    defined = values[~np.isnan(values)]
    if len(defined) and not 0 <= (middle := float(np.median(defined))) <= 1:
        raise InputError(
            f"the published bands are for scores from 0 to 1, and the median of '{column}' is "
            f"{middle:g}: give 'bands'"
        )
