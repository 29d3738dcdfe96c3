"""Untranslated: the translation is not in the target language; opens no file.

By language identification without a network (see `language`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.characters import letters
from kdaudit.detectors.language import expected, identifier_version, identify
from kdaudit.detectors.settings import require, signature
from kdaudit.segments import BoolArray, Segments


@dataclass(frozen=True)
class Untranslated:
    """Flagged: the translation is identified as the source's language; with `any_language`, as
    any but the target's.

    Eligible: translations of at least `min_letters` letters in which a language is identified:
    of shorter ones the identifier knows little. `score`: 1 where the language is the source's,
    0.5 where it is a third one, 0 where it is the target's; nan where not eligible. `evidence`:
    the language, where it is not the target's.
    """

    min_letters: int = 20
    any_language: bool = False

    name: ClassVar[str] = "untranslated"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(self.min_letters >= 1, self.name, "min_letters is 1 or more")

    @property
    def needs(self) -> Needs:
        return Needs(("source", "translation"), languages=True)

    def score(self, segments: Segments, services: Services) -> Scored:
        """Raises RecipeError for a language that the identifier does not know."""
        source, target = expected(services.source_language), expected(services.target_language)
        translations = segments.strings("translation")
        rows = np.flatnonzero(letters(translations).letters >= self.min_letters)
        found = np.full(len(segments), "", dtype=object)
        found[rows] = identify(translations.take(rows).to_pylist())
        eligible: BoolArray = np.asarray(found != "", dtype=np.bool_)
        score = np.where(found == target, 0.0, np.where(found == source, 1.0, 0.5))
        evidence = np.where(found == target, "", found).tolist()
        return Scored(eligible, np.where(eligible, score, np.nan), evidence)

    def judge(self, scored: Scored) -> BoolArray:
        least = 0.5 if self.any_language else 1.0
        flags: BoolArray = scored.eligible & (scored.score >= least)
        return flags

    def signature(self) -> str:
        return signature(self, identifier=identifier_version())
