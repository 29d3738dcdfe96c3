"""Extractive memorization: a prefix of the source already yields the whole target; opens no file.

Definition of Raunak & Menezes 2022 (Finding Memo), as Dankers & Raunak 2025 state
it: among pairs that pass the filter, the model replicates the target, and it does
so from some prefix of at most 75% of the source's words too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services, Translate
from kdaudit.detectors.exact_match import replicated
from kdaudit.detectors.filter import PairFilter
from kdaudit.detectors.language import identifier_version
from kdaudit.detectors.settings import require, signature
from kdaudit.detectors.units import count_units, longest_prefix, prefixes
from kdaudit.errors import NotComputable
from kdaudit.segments import BoolArray, FloatArray, IntArray, Segments


@dataclass(frozen=True)
class Extractive:
    """The shortest source prefix, of at most `share` of the source, that yields the target.

    `share`: fraction of the source's units (words; characters for Chinese,
    Japanese, Korean, Thai), between 0 and 1. The others are the filter's (see
    `PairFilter`).

    Eligible: the filter's verdict, the same for all models. `score`: the shortest
    prefix's units over the source's; 1 where the pair is replicated but from no
    such prefix; nan where it is not replicated or not eligible. `evidence`: the
    shortest prefix. Features: `replicated`; `reason` of the filter; `source_units`;
    `prefix_units` of the shortest prefix, 0 for none; `scored_share`, up to which
    prefixes were tried.
    """

    share: float = 0.75
    min_source_words: int = 4
    max_length_ratio: float = 1.3
    identify_language: bool = True

    name: ClassVar[str] = "extractive"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"

    def __post_init__(self) -> None:
        require(0 < self.share < 1, self.name, "share lies between 0 and 1, both excluded")
        require(self.max_length_ratio >= 1, self.name, "max_length_ratio is 1 or more")

    @property
    def needs(self) -> Needs:
        return Needs(("source", "target", "translation"), translate=True)

    @property
    def pair_filter(self) -> PairFilter:
        return PairFilter(self.min_source_words, self.max_length_ratio, self.identify_language)

    def score(self, segments: Segments, services: Services) -> Scored:
        """Raises NotComputable without a translator, RecipeError for an unknown language."""
        if services.translate is None:
            raise NotComputable(f"{self.name} needs the audited model, to translate prefixes")
        language = services.source_language
        sources, targets = segments.texts("source"), segments.texts("target")
        reasons = self.pair_filter.reasons(sources, targets, language, services.target_language)
        eligible = np.array([not reason for reason in reasons], dtype=np.bool_)
        match = replicated(targets, segments.texts("translation"))[1]
        source_units = np.array([count_units(text, language) for text in sources], dtype=np.int64)
        tried = {
            int(row): prefixes(
                sources[row], language, longest_prefix(int(source_units[row]), self.share)
            )
            for row in np.flatnonzero(eligible & match)
        }
        shortest = _shortest(tried, targets, services.translate, services.progress)
        return Scored(
            eligible,
            _ratio(shortest, source_units, eligible & match),
            [tried[row][units - 1] if units else "" for row, units in enumerate(shortest)],
            {
                "replicated": match,
                "reason": reasons,
                "source_units": source_units.astype(np.int32),
                "prefix_units": shortest.astype(np.int32),
                "scored_share": np.full(len(segments), self.share),
            },
        )

    def judge(self, scored: Scored) -> BoolArray:
        """Raises RecipeError where `share` is greater than the share that was scored."""
        tried = np.asarray(scored.features["scored_share"], dtype=np.float64)
        require(
            bool((tried >= self.share).all()),
            self.name,
            f"share {self.share} needs new scores: prefixes were tried up to a smaller share",
        )
        found = np.asarray(scored.features["prefix_units"]) > 0
        # Quotient and decimal round to the same float, as in the filter.
        flags: BoolArray = scored.eligible & found & (scored.score <= self.share)
        return flags

    def signature(self) -> str:
        identifier = {"identifier": identifier_version()} if self.identify_language else {}
        return signature(self, **identifier)


def _shortest(
    tried: dict[int, list[str]],
    targets: Sequence[str],
    translate: Translate,
    progress: Callable[[int, int], None],
) -> IntArray:
    """Per row the units of its shortest prefix (the k-th has k) that yields its target, or 0.

    Equal prefixes are translated once, in the order of their first occurrence.
    """
    places: dict[str, list[tuple[int, int]]] = {}
    for row, texts in tried.items():
        for units, prefix in enumerate(texts, start=1):
            places.setdefault(prefix, []).append((row, units))
    wanted = list(places)
    translations: Iterable[str] = translate(wanted) if wanted else []
    shortest: IntArray = np.zeros(len(targets), dtype=np.int64)
    for done, (prefix, translation) in enumerate(zip(wanted, translations, strict=True), start=1):
        text = translation.strip()
        for row, units in places[prefix]:
            if text == targets[row].strip() and (not shortest[row] or units < shortest[row]):
                shortest[row] = units
        progress(done, len(wanted))
    return shortest


def _ratio(shortest: IntArray, source_units: IntArray, defined: BoolArray) -> FloatArray:
    """Shortest prefix over source where one was found, 1 where none, nan where undefined."""
    units = np.where(shortest > 0, shortest, source_units)
    ratio: FloatArray = np.full(len(units), np.nan)
    np.divide(units, source_units, out=ratio, where=defined)
    return ratio
