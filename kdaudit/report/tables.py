"""The comparison arranged as tables for the page and the Markdown; opens no file.

One table speaks of one split. Where the corpus has planted cases, the main table
is of the original segments alone and the planted ones have a table of their own:
planting never passes for a finding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kdaudit.comparison.capped import drawn
from kdaudit.comparison.results import LEVEL
from kdaudit.comparison.tables import ALL, TITLES, Part, one_way, parts, with_beam
from kdaudit.comparison.wording import (
    is_tested,
    needed_words,
    p_value,
    relative,
    verdict_words,
)
from kdaudit.report.measures import Measure, by_order, measure
from kdaudit.report.text import interval, number, signed, signed_free

if TYPE_CHECKING:
    from kdaudit.comparison import Comparison, Contrast, Measurement


@dataclass(frozen=True)
class Value:
    """A measured value as text: `value` (with `%` for rates), its interval, what was counted."""

    value: str
    interval: str
    count: str


@dataclass(frozen=True)
class Change:
    """A contrast as text; `differs` where the verdict is `higher` or `lower`."""

    verdict: str
    relative: str
    difference: str
    p: str
    differs: bool
    needed: str = ""


@dataclass(frozen=True)
class Row:
    """One measure, or one subgroup of it: a cell per model, a change per contrast (None: none)."""

    label: str
    values: Sequence[Value | None]
    changes: Sequence[Change | None]


@dataclass(frozen=True)
class MeasureRows:
    """A measure and its rows: one in a main table, one per subgroup otherwise."""

    measure: Measure
    rows: Sequence[Row]


@dataclass(frozen=True)
class Table:
    """A table: columns are `models`, then `contrasts` (model, reference); the title names the
    split."""

    title: str
    models: Sequence[str]
    contrasts: Sequence[tuple[str, str]]
    groups: Sequence[MeasureRows]


class Lookup:
    """A comparison that can be asked by name; models and splits keep the order they came in."""

    def __init__(self, comparison: Comparison, models: Sequence[str] = ()):
        self.comparison = comparison
        self._values = {
            (m.measure, m.model, m.split, m.scheme, m.subgroup): m for m in comparison.measurements
        }
        self._contrasts = {
            (c.measure, c.model, c.reference, c.split, c.scheme, c.subgroup): c
            for c in comparison.contrasts
        }
        measured = list(dict.fromkeys(m.model for m in comparison.measurements))
        self.models = [m for m in models if m in measured]
        self.models += [m for m in measured if m not in self.models]
        self.splits = list(dict.fromkeys(m.split for m in comparison.measurements))
        pairs = one_way((c.model, c.reference) for c in comparison.contrasts)
        self.contrasts = sorted(pairs, key=lambda pair: self.models.index(pair[0]))

    def value(self, name: str, model: str, split: str, part: Part) -> Measurement | None:
        return self._values.get((name, model, split, *part))

    def contrast(self, name: str, pair: tuple[str, str], split: str, part: Part) -> Contrast | None:
        return self._contrasts.get((name, *pair, split, *part))

    def measures(self, split: str, part: Part) -> list[Measure]:
        """The measures with a value there, in the order in which they are shown."""
        found = [
            m for m in self._values.values() if (m.split, m.scheme, m.subgroup) == (split, *part)
        ]
        rates = {m.measure for m in self._values.values() if m.flagged is not None}
        names = by_order([m.measure for m in found])
        return [measure(name, is_rate=name in rates) for name in names]

    def parts(self, split: str) -> list[Part]:
        """What the main tables of a split are about: original and planted apart, or all."""
        return parts(self.comparison, split)

    def title(self, split: str, what: str) -> str:
        """A table's title: the split, what of it is shown, and how it was decoded."""
        return with_beam(self.comparison, split, f"{split}, {what}")

    def subgroups(self, split: str) -> dict[str, list[str]]:
        """The schemes of a split beyond those of its main tables, with their subgroups.

        Where main tables tell original from planted, all segments together are left out.
        """
        shown = {*self.parts(split), ALL}
        schemes: dict[str, dict[str, None]] = {}
        for m in self._values.values():
            if m.split == split and (m.scheme, m.subgroup) not in shown:
                schemes.setdefault(m.scheme, {})[m.subgroup] = None
        return {scheme: list(names) for scheme, names in schemes.items()}


def main_tables(lookup: Lookup, split: str) -> list[Table]:
    """The table of a split, or two where it has planted cases."""
    return [
        Table(
            lookup.title(split, TITLES[part]),
            lookup.models,
            lookup.contrasts,
            [
                MeasureRows(m, [_row(lookup, m, m.label, split, part)])
                for m in lookup.measures(split, part)
            ],
        )
        for part in lookup.parts(split)
    ]


def subgroup_tables(lookup: Lookup, split: str) -> list[Table]:
    """One table per further scheme; a measure without an event in any model is left out."""
    tables = []
    for scheme, names in lookup.subgroups(split).items():
        measures = {m.name: m for name in names for m in lookup.measures(split, (scheme, name))}
        groups = [
            MeasureRows(m, _subgroup_rows(lookup, m, split, scheme, names))
            for m in (measures[name] for name in by_order(list(measures)))
            if _has_event(lookup, m, split, scheme, names)
        ]
        if groups:
            title = lookup.title(split, f"by {scheme}")
            tables.append(Table(title, lookup.models, lookup.contrasts, groups))
    return tables


def silent_measures(lookup: Lookup, split: str) -> list[str]:
    """Labels of measures with no event in any model on the split, wherever one looks."""
    return [
        m.label
        for part in [*lookup.parts(split)][:1]
        for m in lookup.measures(split, part)
        if all(not _has_event(lookup, m, split, *_names(p)) for p in lookup.parts(split))
    ]


def _names(part: Part) -> tuple[str, list[str]]:
    return part[0], [part[1]]


def _has_event(lookup: Lookup, m: Measure, split: str, scheme: str, names: list[str]) -> bool:
    values = [
        lookup.value(m.name, model, split, (scheme, n)) for model in lookup.models for n in names
    ]
    return any(v is not None and v.flagged != 0 for v in values)


def _subgroup_rows(
    lookup: Lookup, m: Measure, split: str, scheme: str, names: list[str]
) -> list[Row]:
    labels = [_capped_label(lookup, split, scheme, name) for name in names]
    rows = [
        _row(lookup, m, label, split, (scheme, name))
        for name, label in zip(names, labels, strict=True)
    ]
    return [row for row in rows if any(value is not None for value in row.values)]


def _capped_label(lookup: Lookup, split: str, scheme: str, name: str) -> str:
    of_all = drawn(lookup.comparison.about, split, scheme, name)
    return f"{name} ({of_all})" if of_all else name


def _row(lookup: Lookup, m: Measure, label: str, split: str, part: Part) -> Row:
    values = [lookup.value(m.name, model, split, part) for model in lookup.models]
    changes = [lookup.contrast(m.name, pair, split, part) for pair in lookup.contrasts]
    return Row(
        label,
        [None if v is None else value_text(v, m) for v in values],
        [None if c is None else change_text(c, m, lookup.comparison.level) for c in changes],
    )


def value_text(v: Measurement, m: Measure) -> Value:
    """A measurement as text."""
    rate = v.flagged is not None
    count = f"{v.flagged:,} of {v.n:,}" if v.flagged is not None else f"{v.n:,} segments"
    return Value(
        number(v.value, percent=rate, digits=m.digits)
        + ("%" if rate and v.value is not None else ""),
        interval(v.ci_low, v.ci_high, percent=rate, digits=m.digits),
        count,
    )


def change_text(c: Contrast, m: Measure, level: float = LEVEL) -> Change:
    """A contrast as text; the relative change is given for rates only, p for what was tested."""
    rate = m.kind != "quality"
    return Change(
        verdict_words(c, is_rate=rate),
        relative_text(c) if rate else "",
        _difference_text(c, m),
        p_value(c.p_adjusted, level) if is_tested(c) else "",
        c.verdict in ("higher", "lower"),
        needed_words(c),
    )


def relative_text(c: Contrast) -> str:
    """The relative change in % with its interval; empty where the reference has no event."""
    if c.relative_change is None:
        return ""
    shown = signed(c.relative_change, percent=True, digits=0)
    text = relative(c.relative_change, shown) + "%"
    if c.relative_change_ci is None:
        return text
    low, high = (
        open_end if end is None else relative(end, signed_free(f"{100 * end:.0f}"))
        for end, open_end in zip(c.relative_change_ci, ("−∞", "∞"), strict=True)
    )
    return f"{text} ({low} to {high})"


def _difference_text(c: Contrast, m: Measure) -> str:
    if c.difference is None:
        return ""
    rate = m.kind != "quality"
    low, high = c.difference_ci or (None, None)
    ends = interval(low, high, percent=rate, digits=m.digits)
    text = signed(c.difference, percent=rate, digits=m.digits) + (" points" if rate else "")
    return f"{text} ({ends})" if ends else text
