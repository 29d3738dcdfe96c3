"""What the sacreBLEU metrics share: statistics per segment, and the signature; opens no file.

sacreBLEU (Post 2018) keeps match statistics per segment, sums them, and makes the
corpus score of the sums. The sums are kept here too; the scores are made of them
for many resamples at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kdaudit.segments import FloatArray, same_length

CHUNK = 10_000
"""Segments whose n-grams are in memory at a time."""


def segment_statistics(
    metric: Any, hypotheses: Sequence[str], references: Sequence[str], width: int
) -> FloatArray:
    """sacreBLEU's statistics (n, width) of each segment against its one reference."""
    same_length(hypothesis=hypotheses, reference=references)
    rows: list[list[float]] = []
    for start in range(0, len(hypotheses), CHUNK):
        part = slice(start, start + CHUNK)
        # The method that sacreBLEU's own significance tests resample from.
        rows += metric._extract_corpus_statistics(hypotheses[part], [references[part]])
    return np.array(rows, dtype=np.float64).reshape(-1, width)


def sacrebleu_signature(metric: Any, name: str) -> str:
    """`name|nrefs:1|…|version:…`, as sacreBLEU prints it for one reference."""
    metric.num_refs = 1
    return f"{name}|{metric.get_signature()}"
