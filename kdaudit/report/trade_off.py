"""Memorization and hallucination against BLEU, model by model, where a run has many students; opens
no file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kdaudit.comparison.tables import TITLES, Part
from kdaudit.report.content import Model
from kdaudit.report.measures import Measure, measure
from kdaudit.report.plots import Point, scatter_plot
from kdaudit.report.tables import Lookup, value_text
from kdaudit.report.text import number
from kdaudit.report.verdict import main_split
from kdaudit.report.views import Figure, Grid

FEW_STUDENTS = 3
"""So many students are compared well enough by the tables."""

QUALITY = "bleu"
RATES = ("extractive", "exact_match", "oscillatory", "natural")


@dataclass(frozen=True)
class TradeOff:
    """A part of the audited split: a plot for each measure with an event, and all the numbers."""

    figures: Sequence[Figure]
    grid: Grid


def trade_offs(lookup: Lookup, models: Sequence[Model]) -> list[TradeOff]:
    """One for each part of the split that is audited for memorization (the training split), against
    BLEU on the first other split that has it; none where there are few students, or no BLEU."""
    students = [model.name for model in models if model.role == "student"]
    audited = main_split(lookup)
    if len(students) <= FEW_STUDENTS or audited is None:
        return []
    for split in lookup.splits:
        if split != audited and (quality := _quality(lookup, split)):
            found = [
                _trade_off(lookup, audited, part, split, quality, students)
                for part in lookup.parts(audited)
            ]
            return [one for one in found if one is not None]
    return []


def _quality(lookup: Lookup, split: str) -> dict[str, float]:
    """BLEU on a split by model, of those that have it."""
    part = lookup.parts(split)[0]
    values = {model: lookup.value(QUALITY, model, split, part) for model in lookup.models}
    return {model: v.value for model, v in values.items() if v and v.value is not None}


def _trade_off(
    lookup: Lookup,
    audited: str,
    part: Part,
    split: str,
    quality: dict[str, float],
    students: Sequence[str],
) -> TradeOff | None:
    """None where nothing was measured."""
    there = {m.name: m for m in lookup.measures(audited, part) if m.name in RATES}
    measures = [there[name] for name in RATES if name in there]
    if not measures:
        return None
    x = measure(QUALITY, is_rate=False)
    x_name = f"{x.label} on {split}"
    title = f"{audited}, {TITLES[part]}, against {x_name}"
    figures = []
    for m in measures:
        points = _points(lookup, m, audited, part, quality)
        if any(point.y for point in points):
            svg = scatter_plot(f"{m.label}, {title}", points, x_name, "%", highlight=students)
            figures.append(Figure(m.label, svg))
    rows = [
        [
            model,
            number(value, percent=False, digits=x.digits),
            *(_cell(lookup, m, model, audited, part) for m in measures),
        ]
        for model, value in quality.items()
    ]
    return TradeOff(figures, Grid(title, ["Model", x_name, *(m.label for m in measures)], rows))


def _points(
    lookup: Lookup, m: Measure, split: str, part: Part, quality: dict[str, float]
) -> list[Point]:
    """The rate in percent over BLEU of every model that has both."""
    points = []
    for model, x in quality.items():
        v = lookup.value(m.name, model, split, part)
        if v is not None and v.value is not None:
            low, high = (None if end is None else 100 * end for end in (v.ci_low, v.ci_high))
            points.append(Point(model, x, 100 * v.value, low, high))
    return points


def _cell(lookup: Lookup, m: Measure, model: str, split: str, part: Part) -> str:
    v = lookup.value(m.name, model, split, part)
    if v is None:
        return "–"
    shown = value_text(v, m)
    return f"{shown.value} ({shown.interval})" if shown.interval else shown.value
