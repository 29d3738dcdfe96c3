"""What a model differs by from its reference, over the seeds of a recipe; opens no file."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from kdaudit.comparison.inherited import Interval
from kdaudit.comparison.results import Contrast
from kdaudit.comparison.significance import holm, verdict
from kdaudit.comparison.spread import Spread

Key = tuple[str, ...]

PLACE = ("measure", "model", "split", "scheme", "subgroup")
"""What names a measurement; a contrast has its reference, too."""

Spreading = Callable[[Sequence[float | None], Sequence[Interval | None]], Spread]
"""Seeds' values and intervals to what they say together."""


@dataclass(frozen=True)
class SeedContrast:
    """A model less the reference on one subgroup over seeds.

    `relative_change` is each seed's difference over its reference's value. The verdict is that
    of the difference, after Holm's correction over the scheme's subgroups; `too_few` where
    fewer than 6 units differ in all seeds together. `discordant`: each seed's.
    """

    measure: str
    model: str
    reference: str
    split: str
    scheme: str
    subgroup: str
    is_rate: bool
    difference: Spread
    relative_change: Spread
    p_adjusted: float | None
    verdict: str
    discordant: tuple[int, ...]


def contrast_over_seeds(
    rows: Sequence[Contrast], spread: Spreading, *, is_rate: bool
) -> SeedContrast:
    """One contrast of every seed, as one; its verdict is for `with_verdicts`."""
    first = rows[0]
    relative = spread(
        [row.relative_change for row in rows], [row.relative_change_ci for row in rows]
    )
    return SeedContrast(
        **{name: getattr(first, name) for name in PLACE},
        reference=first.reference,
        is_rate=is_rate,
        difference=spread([row.difference for row in rows], [row.difference_ci for row in rows]),
        relative_change=within(relative, -1.0, math.inf) if is_rate else relative,
        p_adjusted=None,
        verdict="too_few",
        discordant=tuple(row.discordant for row in rows),
    )


def within(spread: Spread, least: float, most: float) -> Spread:
    """The spread with an interval that does not leave what is possible."""
    if spread.ci is None:
        return spread
    low, high = spread.ci
    return replace(spread, ci=(max(least, low), min(most, high)))


def place(row: Contrast | SeedContrast) -> Key:
    """What names a contrast."""
    return row.measure, row.model, row.reference, row.split, row.scheme, row.subgroup


def with_verdicts(rows: Sequence[SeedContrast], confidence: float) -> list[SeedContrast]:
    """Each with the word for it, families together; Holm's correction over a scheme's subgroups."""
    families: dict[Key, list[SeedContrast]] = {}
    for row in rows:
        families.setdefault(place(row)[:-1], []).append(row)
    return [row for family in families.values() for row in _judged(family, confidence)]


def _judged(family: Sequence[SeedContrast], confidence: float) -> list[SeedContrast]:
    p_values = [row.difference.p_value for row in family]
    adjusted = iter(holm([p for p in p_values if p is not None]).tolist())
    found = []
    for row, p in zip(family, p_values, strict=True):
        p_adjusted = None if p is None else next(adjusted)
        word = verdict(row.difference.mean, sum(row.discordant), p_adjusted, confidence)
        found.append(replace(row, p_adjusted=p_adjusted, verdict=word))
    return found
