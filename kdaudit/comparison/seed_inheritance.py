"""What students have in common with their teachers, over the seeds of a recipe; opens no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kdaudit.comparison.inheritance import contrast
from kdaudit.comparison.inherited import GIVEN, Inherited, rows
from kdaudit.comparison.results import Comparison
from kdaudit.comparison.seed_contrasts import (
    SeedContrast,
    Spreading,
    contrast_over_seeds,
    place,
    with_verdicts,
    within,
)
from kdaudit.comparison.spread import Spread

PLACE = ("measure", "student", "teacher", "baseline", "split", "scheme", "subgroup")
"""What names a row."""


@dataclass(frozen=True)
class SeedGiven:
    """Student and baseline on the segments of one verdict of the teacher's, over seeds.

    `n`: each seed's number of these segments; `student`, `baseline`: the shares that they flag;
    `against`: the contrast of the two, None as `baseline` is where there is none.
    """

    n: tuple[int, ...]
    student: Spread
    baseline: Spread | None = None
    against: SeedContrast | None = None


@dataclass(frozen=True)
class SeedInherited:
    """A row of the inheritance table over seeds; `n`: each seed's, as of `Inherited`."""

    measure: str
    student: str
    teacher: str
    baseline: str | None
    split: str
    scheme: str
    subgroup: str
    n: tuple[int, ...]
    teacher_flagged: SeedGiven
    teacher_not_flagged: SeedGiven


def inheritance_over_seeds(
    runs: Sequence[Comparison], spread: Spreading, confidence: float
) -> list[SeedInherited]:
    """The rows that all runs have, in the order of the first one.

    Holm's correction runs over the subgroups of a scheme, as in each run.
    """
    first, *others = [{_key(row): row for row in rows(run.about)} for run in runs]
    found = [
        [first[key], *(other[key] for other in others)]
        for key in first
        if all(key in other for other in others)
    ]
    given = {name: _given(found, name, spread, confidence) for name in GIVEN}
    return [
        SeedInherited(
            **{name: getattr(seeds[0], name) for name in PLACE},
            n=tuple(row.n for row in seeds),
            teacher_flagged=given["teacher_flagged"][index],
            teacher_not_flagged=given["teacher_not_flagged"][index],
        )
        for index, seeds in enumerate(found)
    ]


def _key(row: Inherited) -> tuple[str | None, ...]:
    return tuple(getattr(row, name) for name in PLACE)


def _given(
    found: Sequence[Sequence[Inherited]], name: str, spread: Spreading, confidence: float
) -> list[SeedGiven]:
    """All rows, on the segments of one verdict of the teacher's."""
    whole = [
        [contrast(row, getattr(row, name)) for row in seeds]
        for seeds in found
        if seeds[0].baseline is not None
    ]
    judged = with_verdicts(
        [contrast_over_seeds(seeds, spread, is_rate=True) for seeds in whole], confidence
    )
    against = {place(one): one for one in judged}
    shown = []
    for seeds in found:
        first = seeds[0]
        numbers = tuple(getattr(row, name).n for row in seeds)
        one = SeedGiven(numbers, _share(seeds, name, "student", spread))
        if first.baseline is not None:
            key = place(contrast(first, getattr(first, name)))
            one = replace(
                one, baseline=_share(seeds, name, "baseline", spread), against=against[key]
            )
        shown.append(one)
    return shown


def _share(seeds: Sequence[Inherited], name: str, who: str, spread: Spreading) -> Spread:
    """The share that a model flags."""
    given = [getattr(row, name) for row in seeds]
    values = [getattr(one, f"{who}_value") for one in given]
    return within(spread(values, [getattr(one, f"{who}_ci") for one in given]), 0.0, 1.0)
