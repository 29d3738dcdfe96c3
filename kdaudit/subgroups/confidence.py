"""Bands of the teacher's confidence in its own translations; opens no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pyarrow as pa

from kdaudit.segments import Segments
from kdaudit.subgroups.bands import Bands, check_bands, described, real_bands

CONFIDENCE = "quality.confidence.teacher"

PROBABILITIES = (0.0, 1.0)


@dataclass(frozen=True)
class Confidence:
    """Bands of the teacher's confidence: exp(log_probability / tokens), from 0 to 1.

    `bands`: a number of quantile bands, or the inner edges between 0 and 1. A band
    takes its lower edge; the last one takes 1 too. Quantiles cut where they lie; in
    the bands' names they are rounded. Segments without a confidence are the subgroup
    `undefined`.
    """

    bands: Bands = 4
    name: ClassVar[str] = "confidence"

    def __post_init__(self) -> None:
        check_bands(self.bands, "confidence", PROBABILITIES)

    @property
    def needs(self) -> tuple[str, ...]:
        return (CONFIDENCE,)

    def assign(self, segments: Segments) -> pa.DictionaryArray:
        return real_bands(segments.numbers(CONFIDENCE), self.bands, PROBABILITIES)

    def signature(self) -> str:
        return f"confidence({described(self.bands)})"
