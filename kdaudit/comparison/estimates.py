"""What is said of one measure on one subgroup, before it has a place; opens no file."""

from __future__ import annotations

from dataclasses import dataclass

from kdaudit.comparison.results import Interval


@dataclass(frozen=True)
class Estimate:
    """One model's value with its interval; None where nothing is eligible."""

    n: int
    flagged: int | None
    value: float | None
    bounds: Interval
    interval: str


@dataclass(frozen=True)
class Effect:
    """A model less the reference; see `Contrast` for the fields.

    `statistic`: the difference squared over its variance if there were none, where it is known.
    """

    n: int
    difference: float | None
    difference_ci: Interval | None
    relative_change: float | None
    relative_change_ci: Interval | None
    interval: str
    p_value: float | None
    discordant: int
    statistic: float | None = None


def nothing_to_compare(n: int, interval: str) -> Effect:
    """The effect where one of the two models has no value."""
    return Effect(n, None, None, None, None, interval, None, 0)
