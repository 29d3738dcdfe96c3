"""Tables for people, in plain cells, Markdown and CSV; opens no file.

A table shows one subgroup of one split: a row per measure, a column per model, and
a column per contrast with the verdict in words. A scheme of the corpus's provenance
with planted cases takes the place of `all`: planting must not pass for a finding.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from kdaudit.comparison.results import Comparison, Contrast, Interval, Measurement

WORDS = {
    "higher": "higher",
    "lower": "lower",
    "indistinguishable": "indistinguishable",
    "too_few": "too few events",
}
"""Verdicts as people read them."""

PROVENANCE, PLANTED = "provenance", "planted"
NOTHING = "–"
"""An empty cell: not measured, or nothing eligible."""


@dataclass(frozen=True)
class Table:
    """One subgroup of one split: column names, and rows of as many cells."""

    split: str
    scheme: str
    subgroup: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def title(self) -> str:
        """Split and subgroup, in words."""
        is_all = self.scheme == self.subgroup == "all"
        return self.split if is_all else f"{self.split}, {self.scheme} = {self.subgroup}"


def summary(
    comparison: Comparison, *, split: str | None = None, scheme: str | None = None
) -> list[Table]:
    """The tables of one split (or all) and one scheme.

    Without a scheme a split shows `provenance` where it has planted cases, and
    otherwise `all`.
    """
    tables = []
    for name in _in_order(row.split for row in comparison.measurements):
        if split not in (None, name):
            continue
        chosen = scheme or default_scheme(comparison, name)
        for subgroup in _in_order(
            row.subgroup
            for row in comparison.measurements
            if (row.split, row.scheme) == (name, chosen)
        ):
            tables.append(_table(comparison, name, chosen, subgroup))
    return tables


def default_scheme(comparison: Comparison, split: str) -> str:
    """`provenance` where the split has planted cases, else `all`."""
    planted = any(
        (row.split, row.scheme, row.subgroup) == (split, PROVENANCE, PLANTED)
        for row in comparison.measurements
    )
    return PROVENANCE if planted else "all"


def to_markdown(tables: Sequence[Table]) -> str:
    """The tables under headings, with the note on how to read them at the end."""
    parts = []
    for table in tables:
        lines = [table.columns, ("---",) * len(table.columns), *table.rows]
        cells = ("| " + " | ".join(_escaped(cell) for cell in line) + " |" for line in lines)
        parts.append(f"### {table.title}\n\n" + "\n".join(cells) + "\n")
    return "\n".join([*parts, NOTE + "\n"])


NOTE = (
    "Rates are in %, with 95% intervals unless set otherwise; contrasts are relative changes, "
    "or differences (in percentage points for rates) where the reference has no event. "
    "The verdict follows the p-value after Holm's correction over the scheme's subgroups."
)


def to_csv(runs: Mapping[str, Comparison]) -> str:
    """All measurements of one or several runs in one long table, numbers unrounded.

    `run` is the name of the row's run. A row per measurement and contrast; a measurement
    without a contrast has one row, with the contrast's columns empty. An undefined number
    is empty.
    """
    contrast_columns = _flat_names(Contrast, skip=_PLACE)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["run", *(item.name for item in fields(Measurement)), *contrast_columns])
    for name, comparison in runs.items():
        for row in comparison.measurements:
            own = [name, *(getattr(row, item.name) for item in fields(Measurement))]
            matching = [c for c in comparison.contrasts if _key(c) == _key(row)]
            for contrast in matching:
                writer.writerow(own + _flat_values(contrast))
            if not matching:
                writer.writerow(own + [None] * len(contrast_columns))
    return out.getvalue()


def value_cell(row: Measurement | None) -> str:
    """`0.63 [0.45, 0.86]`: a rate in %, or a quality measure as it is."""
    if row is None or row.value is None:
        return NOTHING
    scale = 100 if row.flagged is not None else 1
    bounds = row.ci_low, row.ci_high
    return _with_interval(row.value, bounds, scale, _decimals(row.value, bounds, scale))


def contrast_cell(contrast: Contrast | None, *, is_rate: bool) -> str:
    """`higher (+52% [+6, +121])`: the verdict in words, and the change against the reference."""
    if contrast is None:
        return NOTHING
    word = WORDS.get(contrast.verdict, contrast.verdict)
    if is_rate and contrast.relative_change is not None:
        bounds = contrast.relative_change_ci or (None, None)
        digits = 0 if abs(contrast.relative_change) >= 0.1 else 1
        text = _with_interval(contrast.relative_change, bounds, 100, digits, "+", "%")
    elif contrast.difference is not None:
        scale = 100 if is_rate else 1
        bounds = contrast.difference_ci or (None, None)
        digits = _decimals(contrast.difference, bounds, scale)
        unit = " points" if is_rate else ""
        text = _with_interval(contrast.difference, bounds, scale, digits, "+", unit)
    else:
        return word
    return f"{word} ({text})"


def _table(comparison: Comparison, split: str, scheme: str, subgroup: str) -> Table:
    place = split, scheme, subgroup
    rows = [r for r in comparison.measurements if (r.split, r.scheme, r.subgroup) == place]
    found = [c for c in comparison.contrasts if (c.split, c.scheme, c.subgroup) == place]
    models = _in_order(row.model for row in rows)
    pairs = list(dict.fromkeys((c.model, c.reference) for c in found))
    lines = []
    for measure in _in_order(row.measure for row in rows):
        by_model = {row.model: row for row in rows if row.measure == measure}
        contrasts = {(c.model, c.reference): c for c in found if c.measure == measure}
        is_rate = any(row.flagged is not None for row in by_model.values())
        values = [value_cell(by_model.get(model)) for model in models]
        words = [contrast_cell(contrasts.get(pair), is_rate=is_rate) for pair in pairs]
        unit = f"{measure} (%)" if is_rate else measure
        lines.append((unit, _sizes(list(by_model.values())), *values, *words))
    against = [f"{model} against {reference}" for model, reference in pairs]
    return Table(split, scheme, subgroup, ("measure", "n", *models, *against), tuple(lines))


def _sizes(rows: Sequence[Measurement]) -> str:
    """The models' number of segments; a range where they differ."""
    low, high = min(row.n for row in rows), max(row.n for row in rows)
    return str(low) if low == high else f"{low}-{high}"


def _decimals(value: float, bounds: Interval, scale: float) -> int:
    """Two decimals, and up to two more where the interval's width would not show in them."""
    low, high = (value if bound is None else bound for bound in bounds)
    width = scale * (high - low)
    return 2 if width >= 0.1 or width == 0 else 3 if width >= 0.01 else 4


def _with_interval(
    value: float, bounds: Interval, scale: float, digits: int, sign: str = "", unit: str = ""
) -> str:
    """`value unit [low, high]`; an open side is infinite."""
    low, high = (
        open_side if bound is None else f"{scale * bound:{sign}.{digits}f}"
        for bound, open_side in zip(bounds, ("-∞", "∞"), strict=True)
    )
    return f"{scale * value:{sign}.{digits}f}{unit} [{low}, {high}]"


_PLACE = ("measure", "model", "split", "scheme", "subgroup")


def _key(row: Measurement | Contrast) -> tuple[str, ...]:
    return tuple(getattr(row, name) for name in _PLACE)


def _flat_names(kind: type, skip: Sequence[str]) -> list[str]:
    names = []
    for item in fields(kind):
        if item.name in skip:
            continue
        ends = ("_low", "_high") if item.name.endswith("_ci") else ("",)
        names += [
            ("contrast_" if item.name in ("n", "interval") else "") + item.name + e for e in ends
        ]
    return names


def _flat_values(contrast: Contrast) -> list[object]:
    values: list[object] = []
    for item in fields(Contrast):
        value = getattr(contrast, item.name)
        if item.name.endswith("_ci"):
            values += value or (None, None)
        elif item.name not in _PLACE:
            values.append(value)
    return values


def _escaped(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")


def _in_order(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
