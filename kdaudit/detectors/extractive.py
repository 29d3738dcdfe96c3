"""Extractive memorization: a prefix of the source already yields the whole target; opens no file.

Definition of Raunak & Menezes 2022 (Finding Memo), as Dankers & Raunak 2025 state
it: among pairs that pass the filter, the model replicates the target, and it does
so from some prefix of at most 75% of the source's words too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import ClassVar, Literal

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services, Translate, Yields
from kdaudit.detectors.exact_match import replicated
from kdaudit.detectors.filter import PairFilter
from kdaudit.detectors.language import identifier_version
from kdaudit.detectors.settings import require, signature
from kdaudit.detectors.units import count_units, longest_prefix, prefixes
from kdaudit.errors import NotComputable
from kdaudit.segments import BoolArray, FloatArray, IntArray, Segments

_ANY = 0.5

PART = 32_768
"""Pairs of a prefix and a target that are decoded together, where they are decoded in full."""


@dataclass(frozen=True)
class Extractive:
    """The shortest source prefix, of at most `share` of the source, that yields the target.

    `share`: fraction of the source's units (words; characters for Chinese,
    Japanese, Korean, Thai), between 0 and 1. `released_script`: as the paper's script, and
    not as its text, try no prefix that lacks the last unit alone; at a share of 75% this
    matters for sources of 4 units. The others are the filter's (see `PairFilter`).

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
    released_script: bool = False

    name: ClassVar[str] = "extractive"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

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
        match = replicated(segments.strings("target"), segments.strings("translation"))[1]
        source_units = np.array([count_units(text, language) for text in sources], dtype=np.int64)
        tried = eligible & match
        search = Search(sources, targets, language, self._longest(source_units, tried))
        yields = services.yields or decoded_in_full(services.translate)
        shortest = search.shortest(yields, services.progress)
        return Scored(
            eligible,
            _ratio(shortest, source_units, tried),
            [search.prefix(row, int(units)) for row, units in enumerate(shortest)],
            {
                "replicated": match,
                "reason": reasons,
                "source_units": source_units.astype(np.int32),
                "prefix_units": shortest.astype(np.int32),
                "scored_share": np.full(len(segments), self.share),
            },
        )

    def _longest(self, source_units: IntArray, tried: BoolArray) -> IntArray:
        """The units of the longest prefix to try, row by row."""
        longest = [longest_prefix(int(units), self.share) for units in source_units]
        if self.released_script:
            longest = [
                min(most, int(units) - 2) for most, units in zip(longest, source_units, strict=True)
            ]
        return np.where(tried, np.maximum(longest, 0), 0).astype(np.int64)

    def judge(self, scored: Scored) -> BoolArray:
        """Raises RecipeError where `share` is greater than the share that was scored."""
        tried = np.asarray(scored.features["scored_share"], dtype=np.float64).min(initial=1)
        message = f"share {self.share} needs new scores: prefixes were tried up to {tried} only"
        require(bool(tried >= self.share), self.name, message)
        found = np.asarray(scored.features["prefix_units"]) > 0
        # Quotient and decimal round to the same float, as in the filter.
        flags: BoolArray = scored.eligible & found & (scored.score <= self.share)
        return flags

    def signature(self) -> str:
        identifier = {"identifier": identifier_version()} if self.identify_language else {}
        return signature(self, **identifier)

    def scoring(self) -> str:
        """What `score` depends on: the signature at any share, since scores at a share serve
        for every lower one."""
        return replace(self, share=_ANY).signature()


@dataclass(frozen=True)
class Search:
    """Prefixes of sources, and the targets that they may yield.

    `longest` (n,): the units of the longest prefix to try, 0 for none. Rows are gone
    through in the order of their sources, so that equal prefixes come together.
    """

    sources: Sequence[str]
    targets: Sequence[str]
    language: str
    longest: IntArray

    def shortest(self, yields: Yields, progress: Callable[[int, int], None]) -> IntArray:
        """Per row the units of its shortest prefix that yields its target, or 0."""
        found: IntArray = np.zeros(len(self.sources), dtype=np.int64)
        rows = sorted(np.flatnonzero(self.longest).tolist(), key=self.sources.__getitem__)
        places = ((row, units) for row in rows for units in range(1, self.longest[row] + 1))
        total = int(self.longest.sum())
        answers = yields(self._questions(rows)) if total else []
        for done, ((row, units), answer) in enumerate(zip(places, answers, strict=True), start=1):
            if answer and not found[row]:
                found[row] = units
            progress(done, total)
        return found

    def _questions(self, rows: Iterable[int]) -> Iterator[tuple[str, str]]:
        for row in rows:
            target = self.targets[row].strip()
            for prefix in prefixes(self.sources[row], self.language, int(self.longest[row])):
                yield prefix, target

    def prefix(self, row: int, units: int) -> str:
        """The prefix of a row's source that has so many units; empty for 0."""
        return prefixes(self.sources[row], self.language, units)[-1] if units else ""


def decoded_in_full(translate: Translate) -> Yields:
    """Answers by comparing whole translations; equal sources of a part are translated once."""

    def yields(pairs: Iterable[tuple[str, str]]) -> Iterator[bool]:
        iterator = iter(pairs)
        while part := list(islice(iterator, PART)):
            wanted = list(dict.fromkeys(source for source, _ in part))
            texts = dict(zip(wanted, translate(wanted), strict=True))
            yield from (texts[source].strip() == target.strip() for source, target in part)

    return yields


def _ratio(shortest: IntArray, source_units: IntArray, defined: BoolArray) -> FloatArray:
    """Shortest prefix over source where one was found, 1 where none, nan where undefined."""
    units = np.where(shortest > 0, shortest, source_units)
    ratio: FloatArray = np.full(len(units), np.nan)
    np.divide(units, source_units, out=ratio, where=defined)
    return ratio
