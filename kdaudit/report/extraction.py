"""Extractive memorization beyond its rates: curves by ratio, the filter, origins; opens no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from kdaudit.comparison.wording import EXCLUDED
from kdaudit.report.content import Extraction
from kdaudit.report.measures import by_order, measure
from kdaudit.report.plots import Line, ratio_plot
from kdaudit.report.text import number
from kdaudit.report.views import Figure, Grid

SHARES = {"of_eligible": "of filtered pairs", "of_replicated": "of replicated and filtered pairs"}
"""The two denominators of the memorized share."""


def curve_figures(found: Sequence[Extraction], highlight: Sequence[str]) -> list[Figure]:
    """The memorized share by ratio, a line per model: a plot for each measure, split, part of it
    and denominator; none where nothing was memorized."""
    figures = []
    for rows in _by_place(found):
        if any(point["memorized"] for row in rows for point in row.by_ratio):
            for key, words in SHARES.items():
                lines = [Line(row.model, _points(row, key)) for row in rows]
                caption = f"{_title(rows[0])}, {words}"
                figures.append(Figure(caption, ratio_plot(caption, lines, highlight=highlight)))
    return figures


def grids(found: Sequence[Extraction]) -> list[Grid]:
    """What the filter left out, the curves as numbers, and where students have it all from."""
    if not found:
        return []
    return [_filter(found), *map(_curve, _by_place(found)), *_origins(found)]


def _filter(found: Sequence[Extraction]) -> Grid:
    """Pairs by the filter's verdict; models of which it is the same share a row."""
    rows: dict[tuple[str, ...], list[str]] = {}
    for row in found:
        counts = [row.pairs, row.eligible, *(row.excluded.get(reason, 0) for reason in EXCLUDED)]
        place = (_title(row), *(f"{count:,}" for count in counts))
        rows.setdefault(place, []).append(row.model)
    return Grid(
        "Pairs that the filter lets pass, and that it leaves out by the first reason that holds",
        ["Measure", "Models", "Pairs", "Pass", *(name.capitalize() for name in EXCLUDED.values())],
        [[place[0], ", ".join(models), *place[1:]] for place, models in rows.items()],
    )


def _curve(rows: Sequence[Extraction]) -> Grid:
    points = zip(*(row.by_ratio for row in rows), strict=True)
    return Grid(
        f"{_title(rows[0])}: memorized pairs (% {' / % '.join(SHARES.values())})",
        ["Prefix up to", *(row.model for row in rows)],
        [[f"{100 * of[0]['ratio']:g}% of the source", *map(_point, of)] for of in points],
    )


def _origins(found: Sequence[Extraction]) -> list[Grid]:
    """None without a student."""
    head = ["Measure", "Model", "Corpus", "Teacher", "Both", "Relayed by another line"]
    body = [
        [_title(row), row.model, *(f"{count:,}" for count in row.origins.values())]
        for row in found
        if row.origins is not None
    ]
    return [Grid("Memorized outputs by origin", head, body)] if body else []


def _by_place(found: Iterable[Extraction]) -> list[list[Extraction]]:
    """The rows of all models together, by measure (in the order of the tables), split and part."""
    places: dict[tuple[str, str, str], list[Extraction]] = {}
    for row in found:
        places.setdefault((row.measure, row.split, row.segments), []).append(row)
    order = by_order([name for name, _, _ in places])
    return sorted(places.values(), key=lambda rows: order.index(rows[0].measure))


def _title(row: Extraction) -> str:
    return f"{measure(row.measure, is_rate=True).label}, {row.split}, {row.segments} segments"


def _points(row: Extraction, key: str) -> list[tuple[float, float]]:
    """Ratio and share in percent; none where the denominator is empty."""
    return [
        (100 * point["ratio"], 100 * share)
        for point in row.by_ratio
        if (share := point[key]) is not None
    ]


def _point(point: Mapping[str, float]) -> str:
    shares = " / ".join(number(point[key], percent=True) for key in SHARES)
    return f"{point['memorized']:,} ({shares})"
