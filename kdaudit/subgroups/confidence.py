"""Bands of the teacher's confidence in its own translations; opens no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from kdaudit.errors import RecipeError
from kdaudit.segments import Segments
from kdaudit.subgroups.bands import (
    as_given,
    check_increasing,
    quantile_edges,
    real_bands,
    rounded,
)

CONFIDENCE = "quality.confidence.teacher"


@dataclass(frozen=True)
class Confidence:
    """Bands of the teacher's confidence: exp(log_probability / tokens), from 0 to 1.

    `bands`: a number of quantile bands, or the inner edges between 0 and 1. A band
    takes its lower edge; the last one takes 1 too. Quantiles cut where they lie; in
    the bands' names they are rounded. Segments without a confidence are the subgroup
    `undefined`.
    """

    bands: int | Sequence[float] = 4
    name: ClassVar[str] = "confidence"

    def __post_init__(self) -> None:
        if isinstance(self.bands, int):
            if self.bands < 1:
                raise RecipeError(f"confidence: at least 1 band, not {self.bands}")
            return
        check_increasing(self.bands, "confidence: bands")
        if self.bands[0] <= 0 or self.bands[-1] >= 1:
            raise RecipeError(
                f"confidence: inner edges lie between 0 and 1, not {list(self.bands)}"
            )

    @property
    def needs(self) -> tuple[str, ...]:
        return (CONFIDENCE,)

    def assign(self, segments: Segments) -> list[str]:
        confidence = segments.numbers(CONFIDENCE)
        if isinstance(self.bands, int):
            edges = [0.0, *quantile_edges(confidence, self.bands, 0.0, 1.0), 1.0]
            return real_bands(confidence, edges, rounded(edges))
        edges = [0.0, *self.bands, 1.0]
        return real_bands(confidence, edges, as_given(edges))

    def signature(self) -> str:
        if isinstance(self.bands, int):
            return f"confidence(quantiles={self.bands})"
        return f"confidence(bands={','.join(f'{edge:g}' for edge in self.bands)})"
