"""The filter of extractive memorization: which pairs its rate is about; opens no file.

After Raunak & Menezes 2022 and Dankers & Raunak 2025. Planted cases must pass it
too, hence `passes_filter`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kdaudit.detectors.language import expected, identify
from kdaudit.detectors.units import by_characters, count_units
from kdaudit.segments import same_length

REASONS = ("too_short", "length_ratio", "copy", "source_language", "target_language")
"""Why a pair is refused; the first that holds is the pair's."""


@dataclass(frozen=True)
class PairFilter:
    """Settings of the filter.

    `min_source_words`: units that a source has at least (see `units`).
    `max_length_ratio`: target over source and source over target, at most; words
    are compared with words and characters with characters, and a pair of one of
    each has no ratio. `identify_language`: whether both sides must be in the
    expected language.
    """

    min_source_words: int = 4
    max_length_ratio: float = 1.3
    identify_language: bool = True

    def reasons(
        self,
        sources: Sequence[str],
        targets: Sequence[str],
        source_language: str,
        target_language: str,
    ) -> list[str]:
        """Why each pair is refused, one of `REASONS`; empty where it passes.

        Raises RecipeError for a language that the identifier does not know.
        """
        same_length(source=sources, target=targets)
        found = [
            self._shape(source, target, source_language, target_language)
            for source, target in zip(sources, targets, strict=True)
        ]
        if self.identify_language:
            _mark_foreign(found, sources, source_language, "source_language")
            _mark_foreign(found, targets, target_language, "target_language")
        return found

    def _shape(self, source: str, target: str, source_language: str, target_language: str) -> str:
        """The reason that lies in lengths or equality."""
        source_units = count_units(source, source_language)
        target_units = count_units(target, target_language)
        if source_units < max(self.min_source_words, 1):
            return "too_short"
        if target_units == 0:
            return "length_ratio"
        # A quotient of two small integers rounds to the same float as its decimal, so a
        # ratio of exactly 13 to 10 passes a limit of 1.3.
        comparable = by_characters(source_language) == by_characters(target_language)
        ratio = max(target_units / source_units, source_units / target_units)
        if comparable and ratio > self.max_length_ratio:
            return "length_ratio"
        return "copy" if source.strip() == target.strip() else ""


def passes_filter(
    source: str,
    target: str,
    source_language: str,
    target_language: str,
    settings: PairFilter | None = None,
) -> bool:
    """Whether one pair passes; `settings` are the published ones by default."""
    settings = settings or PairFilter()
    return settings.reasons([source], [target], source_language, target_language) == [""]


def _mark_foreign(found: list[str], texts: Sequence[str], language: str, reason: str) -> None:
    """Write `reason` where a text that has passed so far is in another language."""
    code = expected(language)
    rows = [row for row, earlier in enumerate(found) if not earlier]
    for row, identified in zip(rows, identify([texts[row] for row in rows]), strict=True):
        if identified != code:
            found[row] = reason
