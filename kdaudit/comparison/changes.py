"""Relative changes of a measure, those from nothing included; opens no file.

From a reference without any event every change is infinite, and beyond any limit however loose. It
is taken for one where the model has more events by the test, and for undecided where it is not:
one event may be there by chance. Where neither has an event nothing has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

from kdaudit.comparison.families import judged
from kdaudit.comparison.results import Contrast, Interval, Measurement
from kdaudit.comparison.significance import FEWEST_DISCORDANT
from kdaudit.comparison.unpaired import unpaired_effect

NOWHERE: Interval = (None, None)


@dataclass(frozen=True)
class Change:
    """A relative change with its bounds: infinite from nothing, None where there is none.

    `undecided`: why the value decides nothing; `told`: what is said of a change that does.
    """

    value: float | None
    bounds: Interval = NOWHERE
    undecided: str = ""
    told: str = ""


def from_reference(row: Measurement, reference: Measurement | None, contrast: Contrast) -> Change:
    """The change of a model against its reference, of which the `contrast` is."""
    if reference is not None and _is_empty(reference) and row.value is not None:
        return _from_nothing(row, reference, contrast.verdict, contrast.reference)
    if contrast.discordant == 0 and contrast.relative_change == 0:
        bounds = contrast.relative_change_ci or NOWHERE
        return Change(0.0, bounds, told="no difference: identical on every unit")
    reason = ""
    if contrast.relative_change is None:
        reason = "this measure has no relative change, or nothing to compare"
    elif contrast.verdict == "too_few":
        reason = f"too few events: {contrast.discordant} independent units differ"
    return Change(contrast.relative_change, contrast.relative_change_ci or NOWHERE, reason)


def from_previous(row: Measurement, before: Measurement, level: float) -> Change:
    """The change of a model since the last release: of two values, so that it has no interval.

    `level`: that of the intervals of both.
    """
    if before.value is None or row.value is None:
        return Change(None, undecided="nothing is eligible")
    if _is_empty(before):
        effect = unpaired_effect(row, before, 1 - level)
        word = judged([effect], 1 - level)[0].verdict
        return _from_nothing(row, before, word, "the last release")
    if before.value <= 0 or row.value < 0:
        return Change(None, undecided="a value that is not above 0 has no relative change")
    if row.flagged is not None and row.flagged == before.flagged and row.value == before.value:
        return Change(0.0, told=f"as many events as before: {row.flagged:,}")
    events = [one.flagged for one in (row, before) if one.flagged is not None]
    few = bool(events) and max(events) < FEWEST_DISCORDANT
    reason = f"too few events: {row.flagged} and {before.flagged} before" if few else ""
    return Change(row.value / before.value - 1, undecided=reason)


def _is_empty(row: Measurement) -> bool:
    """Whether it is a rate without an event."""
    return row.flagged == 0 and row.value == 0


def _from_nothing(row: Measurement, reference: Measurement, verdict: str, name: str) -> Change:
    if row.flagged == 0:
        return Change(0.0, (-1.0, None), told=f"no event here, and none of {name}")
    events = f"{row.flagged:,} of {row.n:,} here, none of {name}"
    if verdict != "higher":
        return Change(None, undecided=f"too few to tell: {events}")
    return Change(inf, (_least(row, reference), inf), told=f"without bound: {events}")


def _least(row: Measurement, reference: Measurement) -> float | None:
    """The lower bound of the change from a reference without an event, by both intervals.

    MOVER of Donner & Zou 2012 at a reference of 0. It takes the two for independent; those on the
    same segments go together, so that it is lower than need be.
    """
    if row.value is None or row.ci_low is None or not reference.ci_high:
        return None
    return sqrt(row.ci_low * (2 * row.value - row.ci_low)) / reference.ci_high - 1
