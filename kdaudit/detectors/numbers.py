"""Numbers: those of the source and of the translation are not the same; opens no file.

A number is a run of decimal digits of any script, with the separators of groups of three left
out (1,000, 1.000, 1'000 and 1 000 are one number). Other separators part numbers: 1.5 and 1,5,
and the parts of a date in any order, are the same. Small numbers may be written as words, so
they are left alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import pyarrow.compute as pc

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.settings import require, signature
from kdaudit.segments import BoolArray, Segments

NUMBER = re.compile(r"(?<!\d)\d{1,3}(?:[.,'’\u00a0\u202f\u2009 ]\d{3})+(?!\d)|\d+")
RUN = re.compile("\\d\\d*(?:[.,'’\u00a0\u202f\u2009 ]\\d\\d*)*")
"""Digits with single separators: what NUMBER finds lies in such runs. They are found sooner, since
each begins with a digit (which `\\d+` hides from the search)."""
LONGEST = 40
"""A number of more digits is not small: Python refuses to convert the longest ones."""


@dataclass(frozen=True)
class Numbers:
    """Flagged: at least `min_differing` numbers are on one side only, copies counted.

    `spelled`: numbers up to this one are left out, on both sides. Eligible: rows with a number on
    either side. `score`: numbers that differ over all numbers of both sides, nan where not
    eligible. `evidence`: those of the source alone after a minus, those of the translation alone
    after a plus. Features: `differing`, `numbers`.
    """

    min_differing: int = 1
    spelled: int = 12

    name: ClassVar[str] = "numbers"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

    def __post_init__(self) -> None:
        require(self.min_differing >= 1, self.name, "min_differing is 1 or more")
        require(self.spelled >= -1, self.name, "spelled is -1 (none) or more")

    @property
    def needs(self) -> Needs:
        return Needs(("source", "translation"))

    def score(self, segments: Segments, services: Services) -> Scored:
        n = len(segments)
        differing, total = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.int32)
        evidence = [""] * n
        columns = segments.strings("source"), segments.strings("translation")
        ours, theirs = (
            pc.match_substring_regex(column, r"\p{Nd}").to_numpy() for column in columns
        )
        rows = np.flatnonzero(ours | theirs)
        texts = (column.take(rows).to_pylist() for column in columns)
        for row, source, translation in zip(rows.tolist(), *texts, strict=True):
            missing, added, total[row] = self._compared(source, translation)
            differing[row] = len(missing) + len(added)
            signed = [f"-{number}" for number in missing] + [f"+{number}" for number in added]
            evidence[row] = " ".join(signed)
        eligible = total > 0
        score = np.where(eligible, differing / np.maximum(total, 1), np.nan)
        return Scored(eligible, score, evidence, {"differing": differing, "numbers": total})

    def _compared(self, source: str, translation: str) -> tuple[list[str], list[str], int]:
        ours, theirs = self._numbers(source), self._numbers(translation)
        total = len(ours) + len(theirs)
        if ours == theirs:
            return [], [], total
        missing, added = Counter(ours) - Counter(theirs), Counter(theirs) - Counter(ours)
        return sorted(missing.elements()), sorted(added.elements()), total

    def _numbers(self, text: str) -> list[str]:
        found = []
        for number in in_text(text):
            if not (number.isascii() and number.isdecimal()):
                number = "".join(str(int(c)) for c in number if c.isdecimal())
            number = number.lstrip("0") or "0"
            if len(number) > LONGEST or int(number) > self.spelled:
                found.append(number)
        return found

    def judge(self, scored: Scored) -> BoolArray:
        flags: BoolArray = scored.eligible & (
            np.asarray(scored.features["differing"]) >= self.min_differing
        )
        return flags

    def signature(self) -> str:
        return signature(self)


def in_text(text: str) -> Iterator[str]:
    """What NUMBER finds in a text."""
    for run in RUN.findall(text):
        if run.isdecimal():
            yield run
        else:
            yield from NUMBER.findall(run)
