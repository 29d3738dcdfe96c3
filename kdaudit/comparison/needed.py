"""How many events a contrast would have needed to tell the models apart; opens no file."""

from __future__ import annotations

import math

from kdaudit.comparison.estimates import Effect
from kdaudit.comparison.significance import FEWEST_DISCORDANT, Verdict
from kdaudit.comparison.units import Types

POWER = 0.8
"""The chance with which as many events as are called needed would show the difference."""


def chi_square(types: Types) -> float | None:
    """McNemar's statistic for units of any weight, from the types of two paired models.

    (Σ change)² / Σ change² over the units: (b - c)² / (b + c) where all weigh the same
    (McNemar 1947). None where no unit differs.
    """
    change = types.column(1) - types.column(3)
    variance = float((change * change) @ types.counts)
    return float(change @ types.counts) ** 2 / variance if variance else None


def units_needed(effect: Effect, word: Verdict, family: int, confidence: float) -> int | None:
    """Discordant units that it would have taken; None where the contrast is told, or cannot be.

    `family`: the contrasts that are tested together (Holm), so that the smallest p-value
    is multiplied by it. Too few: units that suffice if all of them speak for the same
    model. Indistinguishable: units with which a difference as large as the observed one,
    at the observed discordance, has a p-value below the level with a chance of `POWER`:
    Connor's (1987) sample size for McNemar's test with the square of the difference left
    out beside the share of discordant units, which it is small against (so at most a
    little too large), in discordant units. Where a difference has no such statistic, its
    p-value stands for it.
    """
    if effect.difference is None or effect.discordant == 0 or word in ("higher", "lower"):
        return None
    level = (1 - confidence) / max(1, family)
    fewest = max(FEWEST_DISCORDANT, _unanimous(level))
    if word == "too_few":
        return fewest
    statistic = _from_p(effect.p_value) if effect.statistic is None else effect.statistic
    if not statistic:
        return None
    return max(fewest, math.ceil(effect.discordant * _wanted(level) / statistic))


def _unanimous(level: float) -> int:
    """The fewest units of which the exact two-sided test is below the level: 2 / 2**n < level."""
    return math.floor(1 - math.log2(level)) + 1


def _wanted(level: float) -> float:
    """The statistic that a two-sided test at this level needs for its power."""
    from scipy.special import ndtri

    return float(ndtri(1 - level / 2) + ndtri(POWER)) ** 2


def _from_p(p_value: float | None) -> float:
    """The chi-square statistic (one degree of freedom) of a two-sided p-value."""
    from scipy.special import ndtri

    return 0.0 if p_value is None else float(ndtri(p_value / 2)) ** 2
