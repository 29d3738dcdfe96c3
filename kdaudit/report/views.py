"""The parts of a report beyond its tables: recall, examples, figures; opens no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kdaudit.comparison.tables import TITLES, Part
from kdaudit.report.content import Example, PlantedRecall, ReportContent, StageCost
from kdaudit.report.measures import Measure, by_order, measure
from kdaudit.report.plots import Dot, interval_plot, training_curve
from kdaudit.report.tables import Lookup, value_text

WORK = "Seconds are summed over a stage's jobs, of which several may have run side by side."


@dataclass(frozen=True)
class Figure:
    """An SVG plot and what stands above it."""

    caption: str
    svg: str


@dataclass(frozen=True)
class Grid:
    """A table of plain cells, of which the first in a row names it."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class RecallRow:
    """A kind of planted case at one number of repetitions, and the detector that ought to find it;
    a cell per model, None for none."""

    kind: str
    repetitions: int
    detector: str
    cells: Sequence[PlantedRecall | None]


@dataclass(frozen=True)
class Marked:
    """A source split at the end of the prefix that triggers the target (empty for none)."""

    prefix: str
    rest: str


def splits_of(content: ReportContent, lookup: Lookup) -> list[str]:
    """The splits that have values, then those of which there is only something to say."""
    return list(dict.fromkeys([*lookup.splits, *content.remarks]))


def recall_rows(rows: Sequence[PlantedRecall], models: Sequence[str]) -> list[RecallRow]:
    """The planted cases, a row per kind, repetitions and detector in the order given."""
    cells = {(row.kind, row.repetitions, row.detector, row.model): row for row in rows}
    keys = dict.fromkeys((row.kind, row.repetitions, row.detector) for row in rows)
    return [RecallRow(*key, [cells.get((*key, model)) for model in models]) for key in keys]


def examples_by_detector(examples: Iterable[Example]) -> dict[str, list[Example]]:
    """The examples under the detector's label, detectors in the order of the tables."""
    found: dict[str, list[Example]] = {}
    for example in examples:
        found.setdefault(example.detector, []).append(example)
    return {measure(name, is_rate=True).label: found[name] for name in by_order(list(found))}


def marked_source(example: Example) -> Marked:
    """The source with the detector's evidence marked where that is a part of its beginning."""
    prefix = example.evidence.strip()
    source = example.source.strip()
    if prefix and prefix != source and source.startswith(prefix):
        return Marked(prefix, source[len(prefix) :])
    return Marked("", example.source)


def interval_figures(
    lookup: Lookup, split: str, highlight: Sequence[str]
) -> list[tuple[str, list[Figure]]]:
    """A plot per measure of the split; original and planted segments apart, under their titles."""
    groups = []
    for part in lookup.parts(split):
        plots = [
            _interval_figure(lookup, m, split, part, highlight)
            for m in lookup.measures(split, part)
        ]
        groups.append((TITLES[part], [plot for plot in plots if plot is not None]))
    return [(title, figures) for title, figures in groups if figures]


def _interval_figure(
    lookup: Lookup, m: Measure, split: str, part: Part, highlight: Sequence[str]
) -> Figure | None:
    """None where the measure has no value, or no event in any model."""
    found = [(model, lookup.value(m.name, model, split, part)) for model in lookup.models]
    dots, events = [], False
    for model, v in found:
        if v is None or v.value is None:
            continue
        scale = 1.0 if v.flagged is None else 100.0
        low, high = (None if end is None else scale * end for end in (v.ci_low, v.ci_high))
        dots.append(Dot(model, scale * v.value, low, high, value_text(v, m).value))
        events = events or v.flagged != 0
    if not dots or not events:
        return None
    title = f"{m.label}, {split}, {TITLES[part]}"
    return Figure(m.label, interval_plot(title, dots, highlight=highlight))


def curve_figures(content: ReportContent) -> list[Figure]:
    """The training curves, one plot per model that has any."""
    plots = ((model, training_curve(model, rows)) for model, rows in content.curves.items())
    return [Figure(model, svg) for model, svg in plots if svg is not None]


def total_cost(costs: Sequence[StageCost]) -> StageCost:
    """All stages together: the sum of their times, the greatest of their memories."""
    known = [one.megabytes for one in costs if one.megabytes is not None]
    return StageCost("all", sum(one.seconds for one in costs), max(known, default=None))


def described(values: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """A nested mapping as (dotted name, text), for the list of signatures."""
    found: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            found += described(value, f"{prefix}{name}.")
        else:
            found.append((prefix + name, str(value)))
    return found
