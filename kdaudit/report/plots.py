"""SVG plots for the page, as text; writes no file.

The same content gives the same bytes. Colours are CSS variables with a fallback,
so a plot follows the light or dark scheme of the page that it is put into.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

from kdaudit.report.content import TrainingRow

_INK, _MUTED, _RULE, _ACCENT = "#010203", "#010204", "#010205", "#010206"
"""Stand-ins for colours, replaced by CSS variables in the finished SVG."""
_COLOURS = {
    _INK: "var(--ink, #1c2024)",
    _MUTED: "var(--muted, #5c646c)",
    _RULE: "var(--rule, #d9dde1)",
    _ACCENT: "var(--accent, #a8371f)",
}
_STROKES = ("-", "--", ":", "-.")
_WIDTH = 3.5  # inches; 72 SVG units each

MOST_POINTS = 200
"""Of a training curve, evenly spaced: a long training may log thousands."""


@dataclass(frozen=True)
class Dot:
    """One model's value with its interval (None: unknown) and how it is written."""

    model: str
    value: float
    low: float | None
    high: float | None
    text: str


@dataclass(frozen=True)
class Point:
    """One model's place: `y` with its interval (None: unknown) at `x`."""

    model: str
    x: float
    y: float
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Line:
    """One model's points (x, y), by growing x; none where it has no values."""

    model: str
    points: Sequence[tuple[float, float]]


def interval_plot(title: str, dots: Sequence[Dot], *, highlight: Sequence[str] = ()) -> str:
    """A dot and its interval per model, first model on top; models in `highlight` in colour.

    `title` names the plot for readers who do not see it. The axis has the unit of
    `dots` (rates: percent).
    """
    figure, axes = _figure(0.3 + 0.26 * len(dots))
    for place, dot in enumerate(dots):
        colour = _ACCENT if dot.model in highlight else _INK
        low = dot.value if dot.low is None else dot.low
        high = dot.value if dot.high is None else dot.high
        axes.plot([low, high], [place, place], color=colour, linewidth=1.6)
        axes.plot([dot.value], [place], "o", color=colour, markersize=5.5)
        axes.annotate(
            dot.text,
            (1.03, place),
            xycoords=("axes fraction", "data"),
            va="center",
            color=colour,
            fontsize=8.5,
        )
    axes.set_yticks(range(len(dots)), [_plain(dot.model) for dot in dots])
    axes.set_ylim(len(dots) - 0.45, -0.55)
    axes.set_xlim(*_limits(dots))
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="x", color=_RULE, linewidth=0.7)
    axes.tick_params(axis="y", length=0, labelcolor=_INK)
    return _svg(figure, title)


def _plain(text: str) -> str:
    """The text with dollar signs that start no formula of matplotlib's."""
    return text.replace("$", r"\$")


def _limits(dots: Sequence[Dot]) -> tuple[float, float]:
    """Axis limits with a margin, from 0 unless the values lie close together far from it."""
    ends = [end for dot in dots for end in (dot.value, dot.low, dot.high) if end is not None]
    low, high = min(ends), max(ends)
    if low >= 0 and (high - low) > 0.25 * high:
        low = 0.0
    margin = 0.06 * (high - low) or 0.05 * abs(high) or 1.0
    return (-0.02 * high if low == 0 and high else low - margin), high + margin


def training_curve(model: str, rows: Sequence[TrainingRow]) -> str | None:
    """Loss and validation loss (bits per subword) by update, or by epoch without updates.

    None where no row has a loss.
    """
    x_name = "update" if any(row.get("update") is not None for row in rows) else "epoch"
    title = f"{model}: loss by {x_name}"
    figure, axes = _figure(1.8)
    drawn = [
        _curve(axes, rows, x_name, "loss", "training", _MUTED),
        _curve(axes, rows, x_name, "valid_loss", "validation", _ACCENT),
    ]
    if not any(drawn):
        return None
    axes.set_xlabel(x_name)
    axes.set_ylabel("bits per subword")
    axes.grid(axis="y", color=_RULE, linewidth=0.7)
    axes.legend(frameon=False, fontsize=8.5, labelcolor="linecolor", handlelength=1.2)
    return _svg(figure, title)


def _curve(
    axes: Any, rows: Sequence[TrainingRow], x_name: str, y_name: str, label: str, colour: str
) -> bool:
    points = [
        (x, y)
        for row in rows
        if (x := row.get(x_name)) is not None and (y := row.get(y_name)) is not None
    ]
    if points:
        step = -(-len(points) // MOST_POINTS)
        points = [*points[:-1:step], points[-1]]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        axes.plot(xs, ys, color=colour, label=label, linewidth=1.6, marker="o", markersize=2.5)
    return bool(points)


def ratio_plot(title: str, lines: Sequence[Line], *, highlight: Sequence[str] = ()) -> str:
    """A line per model: the share (y, in percent) that is had from so much of the source (x, in
    percent); models in `highlight` in colour, the others apart by their strokes."""
    figure, axes = _figure(1.8)
    strokes = cycle(_STROKES)
    for line in lines:
        is_highlighted = line.model in highlight
        colour, stroke = (_ACCENT, "-") if is_highlighted else (_INK, next(strokes))
        axes.plot(*_columns(line.points), stroke, color=colour, label=_plain(line.model))
    axes.set_xlabel("longest prefix, % of the source")
    axes.set_ylabel("memorized, %")
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", color=_RULE, linewidth=0.7)
    axes.legend(frameon=False, fontsize=8.5, labelcolor="linecolor", handlelength=2.4)
    return _svg(figure, title)


def scatter_plot(
    title: str, points: Sequence[Point], x_name: str, y_name: str, *, highlight: Sequence[str] = ()
) -> str:
    """A dot per model, with the interval of `y`; models in `highlight` in colour.

    The names stand beside the plot, one below the other in the order of `y`, each with a line to
    its dot: so none covers another, however close the models are.
    """
    figure, axes = _figure(max(1.8, 0.3 + 0.22 * len(points)))
    for place, point in enumerate(sorted(points, key=lambda point: (point.y, point.x))):
        colour = _ACCENT if point.model in highlight else _INK
        low = point.y if point.low is None else point.low
        high = point.y if point.high is None else point.high
        axes.plot([point.x, point.x], [low, high], color=colour, linewidth=1.0)
        axes.plot([point.x], [point.y], "o", color=colour, markersize=4.5)
        axes.annotate(
            _plain(point.model),
            (point.x, point.y),
            xytext=(1.06, (place + 0.5) / len(points)),
            textcoords="axes fraction",
            va="center",
            color=colour,
            fontsize=8.5,
            arrowprops={"arrowstyle": "-", "color": _RULE, "linewidth": 0.7},
        )
    axes.set_xlabel(_plain(x_name))
    axes.set_ylabel(_plain(y_name))
    axes.set_ylim(bottom=-0.03 * axes.get_ylim()[1])  # a dot at 0 is seen whole
    axes.locator_params(axis="x", nbins=5)
    axes.grid(axis="y", color=_RULE, linewidth=0.7)
    return _svg(figure, title)


def _columns(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _page_font(match: re.Match[str]) -> str:
    size = match.group(2)
    return "font-family: inherit" if size is None else f"font-family: inherit; font-size: {size}"


def _figure(height: float) -> tuple[Any, Any]:
    """A figure of its own, outside pyplot: no window, no global state."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(_WIDTH, height), layout="constrained")
    figure.patch.set_alpha(0)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0)
    axes.tick_params(colors=_MUTED, labelsize=8.5)
    axes.xaxis.label.set(color=_MUTED, fontsize=8.5)
    axes.yaxis.label.set(color=_MUTED, fontsize=8.5)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(_RULE)
    return figure, axes


def _svg(figure: Any, title: str) -> str:
    """The figure as an `<svg>` element that can stand in a page beside others."""
    import matplotlib

    # Ids are hashes: a salt per plot keeps those of several plots on a page apart.
    settings: dict[Any, Any] = {
        "svg.hashsalt": title,
        "svg.fonttype": "none",
        "font.family": "sans-serif",
    }
    buffer = io.StringIO()
    with matplotlib.rc_context(settings):
        none = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(buffer, format="svg", metadata=none)
    svg = buffer.getvalue()
    return _inline(svg[svg.index("<svg") :], title)


def _inline(svg: str, title: str) -> str:
    """Without the ids that repeat in every plot, with the page's font and colours."""
    for stand_in, colour in _COLOURS.items():
        svg = svg.replace(stand_in, colour)
    svg = re.sub(r' id="[A-Za-z0-9.]+_[0-9]+"', "", svg)
    svg = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font(-family)?: [^;\"]*?([0-9.]+px)? ?'[^;\"]*", _page_font, svg)
    head = f'<svg role="img" aria-label="{html.escape(title)}"'
    return re.sub(r"\n\s*", "\n", svg.replace("<svg", head, 1)).strip()
