"""Which sources share a translation; opens no file.

The unit of `repeated_target` and `natural`. Texts are compared after `str.strip`;
blank sources and blank translations take no part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kdaudit.segments import BoolArray, FloatArray


@dataclass(frozen=True)
class Sharing:
    """Row by row: `filled`, source and translation are not blank; `first`, and the pair has not
    occurred before; `sources`, the distinct sources of its translation, nan where not filled;
    `example`, another one of them, empty where there is none."""

    filled: BoolArray
    first: BoolArray
    sources: FloatArray
    example: list[str]


def sharing(sources: Sequence[str], translations: Sequence[str]) -> Sharing:
    """Group the rows by translation and count the distinct sources of each."""
    pairs = [
        (source.strip(), translation.strip())
        for source, translation in zip(sources, translations, strict=True)
    ]
    filled = np.array([all(pair) for pair in pairs], dtype=np.bool_)
    first: BoolArray = np.zeros(len(pairs), dtype=np.bool_)
    groups: dict[str, set[str]] = {}
    for row in np.flatnonzero(filled):
        source, translation = pairs[row]
        group = groups.setdefault(translation, set())
        first[row] = source not in group
        group.add(source)
    counts = [len(groups[pair[1]]) if all(pair) else np.nan for pair in pairs]
    return Sharing(filled, first, np.array(counts, dtype=np.float64), _examples(pairs, groups))


def _examples(pairs: Sequence[tuple[str, str]], groups: dict[str, set[str]]) -> list[str]:
    """Another source of each pair's translation: the least of them, whatever the rows' order."""
    least = {translation: sorted(group)[:2] for translation, group in groups.items()}
    others = (
        [other for other in least[translation] if other != source] if source and translation else []
        for source, translation in pairs
    )
    return [other[0] if other else "" for other in others]
