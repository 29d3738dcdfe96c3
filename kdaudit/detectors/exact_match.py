"""Exact match: the translation of a source is its target, to the letter; opens no file.

Replication in the words of Dankers & Raunak 2025. Against the corpus or against
the KD corpus: the stage chooses which `target` it hands in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.settings import signature
from kdaudit.segments import BoolArray, Segments
from kdaudit.texts import equal, filled, stripped


@dataclass(frozen=True)
class ExactMatch:
    """Translation and target are equal after `str.strip`.

    Eligible: every row with a source and a target; to give nothing back for nothing is
    no replication. `score`: 1 for a match, 0 otherwise, nan where not eligible.
    """

    name: ClassVar[str] = "exact_match"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

    @property
    def needs(self) -> Needs:
        return Needs(("source", "target", "translation"))

    def score(self, segments: Segments, services: Services) -> Scored:
        eligible, match = replicated(segments.strings("target"), segments.strings("translation"))
        eligible = eligible & filled(stripped(segments.strings("source")))
        score = np.where(eligible, match.astype(np.float64), np.nan)
        return Scored(eligible, score, [""] * len(segments))

    def judge(self, scored: Scored) -> BoolArray:
        flags: BoolArray = scored.eligible & (scored.score == 1.0)
        return flags

    def signature(self) -> str:
        return signature(self)


def replicated(
    targets: pa.ChunkedArray, translations: pa.ChunkedArray
) -> tuple[BoolArray, BoolArray]:
    """Two masks: the rows whose target is not blank, and those of them that are matched."""
    target = stripped(targets)
    eligible = filled(target)
    return eligible, eligible & equal(target, stripped(translations))
