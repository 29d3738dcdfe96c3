"""The contract of a quality metric; opens no file.

A metric keeps statistics per segment; the value of the corpus, of a subgroup and
of every resample derives from them without scoring again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from kdaudit.segments import FloatArray, Segments


@dataclass(frozen=True)
class QualityScores:
    """`score` (n,): per segment, nan where undefined; `statistics`: n rows of float64."""

    score: FloatArray
    statistics: Sequence[FloatArray]


class QualityMetric(Protocol):
    """One way of scoring translations; a frozen dataclass whose fields are its settings."""

    name: ClassVar[str]
    higher_is_better: ClassVar[bool]
    paired: ClassVar[bool]
    """Whether unit i of two models is the same segment, so that they are resampled together."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Columns of the segments: `source`, `target`, `translation`, `back_translation`,
        `log_probability` (natural log, summed) and `tokens` of the translation."""
        ...

    def score(self, segments: Segments) -> QualityScores: ...

    def units(self, statistics: Sequence[FloatArray]) -> FloatArray:
        """The resampling units (u, k) of these rows, in order: their sums feed `aggregate`."""
        ...

    def aggregate(self, sums: FloatArray) -> FloatArray:
        """Values (...,) of summed units (..., k); nan where nothing was summed."""
        ...

    def signature(self) -> str: ...
