"""Limits for a release, and what a comparison says of each; opens no file.

A limit holds, is broken, or cannot be decided from the data at hand. Where it is put on a bound
of an interval, value and bound have to agree: a value within the limit whose bound is beyond it
is no breach, it is too little data, and the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import eq
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field, field_validator, model_validator

from kdaudit.comparison.changes import Change, from_previous, from_reference
from kdaudit.comparison.results import OF_REPLICATED, Comparison, Contrast, Measurement
from kdaudit.comparison.tables import ALL, parts
from kdaudit.errors import RecipeError
from kdaudit.registry import unknown
from kdaudit.settings import Settings

PREVIOUS = "previous"
"""The reference that is the same model in the comparison of the last release."""

EACH = "each"
"""Every subgroup of a scheme: a limit for each. Planted cases, which were to be memorized, are
none of them."""

PLANTED_APART = ("(planted)", "planted")
"""What the subgroup of planted cases is called in a scheme of original ones: the second, but where
an original one has that name."""

Bound = Literal["at_most", "at_least", "relative_change_at_most"]
Outcome = Literal["pass", "fail", "undecided"]


def _no_switch(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError(f"a limit is a number, not {str(value).lower()}")
    return value


Number = Annotated[float, BeforeValidator(_no_switch)]
"""`true` is no 1: it may be meant for another key."""


class Limit(Settings):
    """One limit on one measure of one model."""

    measure: str
    model: str
    at_most: Number | None = Field(None, description="a rate as a fraction: 0.01 is 1%")
    at_least: Number | None = None
    relative_change_at_most: Number | None = Field(
        None, description="against the reference: 0.2 is a fifth more"
    )
    on: Literal["value", "ci_low", "ci_high"] = "value"
    reference: str | None = Field(None, description="the comparison's own by default, or previous")
    split: str = "train"
    scheme: str | None = Field(None, description="original segments by default")
    subgroup: str | None = Field(None, description="of the scheme, or each")

    @model_validator(mode="after")
    def _complete(self) -> Limit:
        bounds = [name for name in get_args(Bound) if getattr(self, name) is not None]
        if len(bounds) != 1:
            raise ValueError(f"a limit has one of {', '.join(get_args(Bound))}")
        if (self.scheme is None) != (self.subgroup is None):
            raise ValueError("'scheme' and 'subgroup' go together")
        if self.reference is not None and self.relative_change_at_most is None:
            raise ValueError("'reference' is for relative_change_at_most")
        if self.reference == PREVIOUS and self.on != "value":
            raise ValueError(f"against '{PREVIOUS}' there is no interval: leave 'on' out")
        return self

    @property
    def bound(self) -> Bound:
        """Which of the three kinds it is."""
        found: Bound = next(name for name in get_args(Bound) if getattr(self, name) is not None)
        return found

    @property
    def number(self) -> float:
        """Where the limit is."""
        return float(getattr(self, self.bound))


class Policy(Settings):
    """All limits of a release; `undecided`: what a limit does that cannot be decided."""

    limits: tuple[Limit, ...]
    undecided: Literal["pass", "fail"] = "fail"

    @field_validator("limits")
    @classmethod
    def _some(cls, limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
        if not limits:
            raise ValueError("there is no limit: a gate that looks for nothing stands open")
        return limits

    def blocks(self, outcome: Outcome) -> bool:
        """Whether a limit of this outcome holds a release up."""
        return outcome == "fail" or (outcome == "undecided" and self.undecided == "fail")


@dataclass(frozen=True)
class Judged:
    """A limit on one subgroup, its outcome and why.

    `value`: what the limit is about, and `number`: what it is put on, the same or a bound;
    None where there is none. `beyond`: how far the number is beyond the limit, negative where
    it is within.
    """

    limit: Limit
    scheme: str
    subgroup: str
    outcome: Outcome
    value: float | None
    number: float | None
    reason: str = ""

    @property
    def beyond(self) -> float | None:
        if self.number is None:
            return None
        over = self.number - self.limit.number
        return -over if self.limit.bound == "at_least" else over


def judge(
    policy: Policy,
    comparison: Comparison,
    previous: Comparison | None = None,
    same: Callable[[str, str], bool] = eq,
) -> list[Judged]:
    """The outcome of every limit, in the policy's order. `same`: whether two signatures are those
    of one detector.

    RecipeError, with the place of the limit, for what the comparison does not have: a gate that
    looks for nothing must not stand open.
    """
    return [
        judged
        for index, limit in enumerate(policy.limits)
        for judged in _judged(limit, f"limits.{index}", comparison, previous, same)
    ]


def _judged(
    limit: Limit,
    place: str,
    comparison: Comparison,
    previous: Comparison | None,
    same: Callable[[str, str], bool],
) -> Iterator[Judged]:
    for one in _measured(limit, place, comparison):
        _check_unit(limit, place, one)
        if limit.relative_change_at_most is None:
            reason = "nothing is eligible" if one.value is None else ""
            found = Change(one.value, (one.ci_low, one.ci_high), reason)
        elif limit.reference == PREVIOUS:
            found = _since_previous(place, one, comparison, previous, same)
        else:
            found = _from_reference(limit, place, one, comparison)
        yield _outcome(limit, one, found)


def _check_unit(limit: Limit, place: str, row: Measurement) -> None:
    """RecipeError for a limit on a rate that none can reach, which may be meant in percent."""
    is_rate = row.flagged is not None and limit.relative_change_at_most is None
    if is_rate and not 0 <= limit.number <= 1:
        percent = f": {limit.number:g}% is {limit.number / 100:g}" if limit.number > 1 else ""
        raise RecipeError(
            f"{row.measure} is a rate, a fraction from 0 to 1, and {limit.number:g} is none"
            f"{percent}",
            place=f"{place}.{limit.bound}",
        )


def _measured(limit: Limit, place: str, comparison: Comparison) -> list[Measurement]:
    """The measurements that a limit is about: one, or one for each subgroup of a scheme."""
    rows = comparison.measurements
    for key in ("split", "measure", "model"):
        rows = _narrowed(rows, key, getattr(limit, key), place)
    if limit.scheme is None or limit.subgroup is None:
        chosen = parts(comparison, limit.split)[0]
        return [row for row in rows if (row.scheme, row.subgroup) == chosen]
    rows = _narrowed(rows, "scheme", limit.scheme, place)
    if limit.subgroup != EACH:
        return _narrowed(rows, "subgroup", limit.subgroup, place)
    names = {row.subgroup for row in rows}
    has_planted = parts(comparison, limit.split)[0] != ALL
    planted = next((name for name in PLANTED_APART if has_planted and name in names), None)
    return [row for row in rows if row.subgroup != planted]


def _narrowed(rows: list[Measurement], key: str, value: str, place: str) -> list[Measurement]:
    found = [row for row in rows if getattr(row, key) == value]
    if not found:
        known = dict.fromkeys(getattr(row, key) for row in rows)
        raise RecipeError(unknown(value, known, f"{key} of the comparison"), place=f"{place}.{key}")
    return found


def _outcome(limit: Limit, row: Measurement, found: Change) -> Judged:
    """The outcome where value and bound agree, else `undecided`; what the value cannot decide may
    be decided by a bound within the limit."""
    value, (low, high) = found.value, found.bounds
    number = {"value": value, "ci_low": low, "ci_high": high}[limit.on]
    outcome: Outcome = "undecided"
    reason = found.undecided
    if value is None or number is None:
        reason = reason or f"{limit.on} is not bounded"
    else:
        holds = [_holds(limit, one) for one in (value, number)]
        if all(holds) and (limit.on != "value" or not found.undecided):
            outcome, reason = "pass", found.told
        elif not found.undecided and not any(holds):
            outcome, reason = "fail", found.told
        elif not found.undecided:
            reason = f"too little data: the value alone would {'pass' if holds[0] else 'fail'}"
    return Judged(limit, row.scheme, row.subgroup, outcome, value, number, reason)


def _holds(limit: Limit, number: float) -> bool:
    return number >= limit.number if limit.bound == "at_least" else number <= limit.number


def _from_reference(limit: Limit, place: str, row: Measurement, comparison: Comparison) -> Change:
    contrasts = [one for one in comparison.contrasts if one.model == row.model]
    if not contrasts:
        what = f"the comparison has no contrast of {row.model}"
        if any(one.reference == row.model for one in comparison.contrasts):
            what += ", which is what others are compared with"
        raise RecipeError(f"{what}: it has no change", place=f"{place}.{limit.bound}")
    references: Iterable[str] = dict.fromkeys(one.reference for one in contrasts)
    reference = limit.reference or next(iter(references))
    if reference not in references:
        what = f"reference of {row.model} in the comparison"
        raise RecipeError(unknown(reference, references, what), place=f"{place}.reference")
    contrast = next((one for one in contrasts if _is_of(one, reference, row)), None)
    if contrast is None:
        raise RecipeError(
            f"{row.measure} on {row.split} is not measured of {reference}: it has no change",
            place=f"{place}.reference",
        )
    return from_reference(row, _same_place(comparison, row, reference), contrast)


def _same_place(comparison: Comparison, row: Measurement, model: str) -> Measurement | None:
    """The measurement of a model that goes with one of another model, or of another release."""
    here = (row.measure, model, row.split, row.scheme, row.subgroup)
    return next(
        (
            one
            for one in comparison.measurements
            if (one.measure, one.model, one.split, one.scheme, one.subgroup) == here
        ),
        None,
    )


def _is_of(one: Contrast, reference: str, row: Measurement) -> bool:
    here = one.measure, one.split, one.scheme, one.subgroup
    return one.reference == reference and here == (
        row.measure,
        row.split,
        row.scheme,
        row.subgroup,
    )


def _since_previous(
    place: str,
    row: Measurement,
    comparison: Comparison,
    previous: Comparison | None,
    same: Callable[[str, str], bool],
) -> Change:
    """Against the last release: two values, without an interval."""
    if previous is None:
        raise RecipeError("needs the comparison of the last release", place=f"{place}.reference")
    before = _same_place(previous, row, row.model)
    if before is None:
        what = f"{row.measure} of {row.model} on {row.split}, {row.scheme} {row.subgroup}"
        raise RecipeError(f"the last release has no {what}", place=f"{place}.reference")
    if before.n != row.n:
        raise RecipeError(
            f"the last release was audited on other segments: {row.measure} on {row.split} is of "
            f"{before.n:,} there and of {row.n:,} here",
            place=f"{place}.reference",
        )
    ours, theirs = (_signed(one, "corpus", row.split) for one in (comparison, previous))
    if None not in (ours, theirs) and ours != theirs:
        raise RecipeError(
            f"the last release was audited on another corpus: the split '{row.split}' has other "
            f"segments ({ours}, there {theirs})",
            place=f"{place}.reference",
        )
    name = row.measure.removesuffix(OF_REPLICATED)
    for kind, what, alike in (("detectors", "detector", same), ("quality", "metric", eq)):
        ours, theirs = (_signed(one, kind, name) for one in (comparison, previous))
        if None not in (ours, theirs) and not alike(str(ours), str(theirs)):
            raise RecipeError(
                f"the last release was audited with another {what} '{name}': '{ours}', there "
                f"'{theirs}'",
                place=f"{place}.reference",
            )
    if comparison.level != previous.level:
        raise RecipeError(
            f"the last release has intervals of level {previous.level:g}, this one of "
            f"{comparison.level:g}",
            place=f"{place}.reference",
        )
    return from_previous(row, before, comparison.level)


def _signed(comparison: Comparison, kind: str, name: str) -> str | None:
    """What a signature says of a detector, a metric or a split; None where it says nothing."""
    found = comparison.signature.get(kind)
    return found.get(name) if isinstance(found, Mapping) else None
