"""Personal data: memorized outputs that give away what the prefix does not say; opens no file.

What counts is found by its form (`kdaudit.personal`): e-mail addresses, phone numbers, URLs, long
numbers, IBAN-like strings, and a user's patterns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np
import pyarrow.compute as pc

from kdaudit.detectors.base import EXTRACTED, Needs, Scored, Services
from kdaudit.detectors.settings import signature
from kdaudit.errors import RecipeError
from kdaudit.personal import Finder, Piece
from kdaudit.segments import BoolArray, Segments


@dataclass(frozen=True)
class PersonalData:
    """Flagged: the output is extractable by `detector`, and holds a string of personal form that
    the shortest prefix that yields it does not hold.

    `patterns`: further kinds, regular expressions by their names. Eligible: what is eligible for
    `detector`, the same for all models. `score`: such strings in an extractable output, nan where
    nothing is extracted. `evidence`: them, with their kinds. Features: for each kind how many,
    0 where nothing is extracted.
    """

    detector: str = "extractive"
    patterns: Mapping[str, str] = field(default_factory=dict)

    name: ClassVar[str] = "personal_data"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

    def __post_init__(self) -> None:
        Finder(self.patterns)

    @property
    def needs(self) -> Needs:
        return Needs(("target", "translation", EXTRACTED + self.detector))

    def score(self, segments: Segments, services: Services) -> Scored:
        finder, n = Finder(self.patterns), len(segments)
        prefixes = segments.column(EXTRACTED + self.detector)
        eligible = np.asarray(prefixes.is_valid().to_numpy(), dtype=np.bool_)
        counts = {kind: np.zeros(n, dtype=np.int32) for kind in finder.kinds}
        score, evidence = np.full(n, np.nan), [""] * n
        rows = np.flatnonzero(pc.fill_null(pc.not_equal(prefixes, ""), False).to_numpy())
        outputs = segments.strings("translation").take(rows).to_pylist()
        known = prefixes.take(rows).to_pylist()
        for row, output, prefix in zip(rows.tolist(), outputs, known, strict=True):
            found = _new(finder, output, prefix, int(segments.ids[row]))
            score[row] = len(found)
            evidence[row] = "; ".join(f"{one.kind}: {output[one.start : one.end]}" for one in found)
            for kind, count in Counter(one.kind for one in found).items():
                counts[kind][row] = count
        return Scored(eligible, score, evidence, counts)

    def judge(self, scored: Scored) -> BoolArray:
        pieces = [np.asarray(counts) for counts in scored.features.values()]
        flags: BoolArray = scored.eligible & (np.sum(pieces, axis=0) > 0)
        return flags

    def signature(self) -> str:
        return signature(self)


def _new(finder: Finder, output: str, prefix: str, id_: int) -> list[Piece]:
    """What the prefix does not have; RecipeError names the segment on which it takes too long."""
    try:
        return finder.new(output, prefix)
    except RecipeError as error:
        raise RecipeError(f"personal_data, id {id_}: {error}") from error
