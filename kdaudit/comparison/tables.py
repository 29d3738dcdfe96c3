"""Tables for people, as cells and Markdown; opens no file.

A table shows one subgroup of one split: a row per measure, a column per model, and
a column per contrast with the verdict in words. Where a split has planted cases its
tables are of original segments, and of planted ones: planting must not pass for a
finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kdaudit.comparison.capped import drawn
from kdaudit.comparison.results import Comparison, Contrast, Interval, Measurement
from kdaudit.comparison.wording import (
    is_tested,
    needed_words,
    p_value,
    relative,
    verdict_words,
)
from kdaudit.shown import table_text

NOTHING = "–"
"""An empty cell: not measured, or nothing eligible."""

Part = tuple[str, str]
"""A scheme and one of its subgroups."""

ALL: Part = ("all", "all")
ORIGINAL: Part = ("provenance", "original")
PLANTED: Part = ("provenance", "planted")
NOT_PLANTED: Part = ("planted", "none")
"""The original segments of all provenances, where the recipe names several."""
TITLES = {
    ALL: "all segments",
    ORIGINAL: "original segments",
    NOT_PLANTED: "original segments",
    PLANTED: "planted cases",
}
MIXED = "original and planted segments together"

Cell = tuple[str, ...]
"""What stands in one place of a table: the number or word first, then what goes with it."""


@dataclass(frozen=True)
class Row:
    """One measure: a cell per model, then a cell per contrast."""

    measure: str
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """One subgroup of one split: the columns are models, then contrasts."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def summary(
    comparison: Comparison, *, split: str | None = None, scheme: str | None = None
) -> list[Table]:
    """The tables of one split (or all) and one scheme; without one the main tables, see `parts`."""
    tables = []
    for name in _in_order(row.split for row in comparison.measurements):
        if split in (None, name):
            main = parts(comparison, name)
            subgroups = _in_order(
                row.subgroup
                for row in comparison.measurements
                if (row.split, row.scheme) == (name, scheme)
            )
            chosen = [(scheme, subgroup) for subgroup in subgroups] if scheme else main
            tables += [_table(comparison, name, part, chosen is main) for part in chosen]
    return tables


def parts(comparison: Comparison, split: str) -> list[Part]:
    """What the main tables of a split are about: original and planted segments, or all.

    Where original segments have several provenances, they are together.
    """
    here = {(row.scheme, row.subgroup) for row in comparison.measurements if row.split == split}
    if PLANTED not in here:
        return [ALL]
    provenances = {part for part in here if part[0] == PLANTED[0]}
    return [ORIGINAL if provenances <= {ORIGINAL, PLANTED} else NOT_PLANTED, PLANTED]


def one_way(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs of model and reference, each two models once: the first way round that is given."""
    found: dict[tuple[str, str], None] = {}
    for model, reference in pairs:
        if (reference, model) not in found:
            found[model, reference] = None
    return list(found)


def with_beam(comparison: Comparison, split: str, about: str) -> str:
    """A table's title with the beam of the translations that it is about, where that is known."""
    beam = comparison.beam(split)
    return about if beam is None else f"{about} (beam {beam})"


def to_markdown(
    tables: Sequence[Table], notes: Sequence[str] = (), glosses: Sequence[str] = ()
) -> str:
    """The tables under headings; at the end the notes, and what each measure is, as a list."""
    whole = []
    for table in tables:
        head = ("measure", *table.columns)
        body = ((row.label, *map("; ".join, row.cells)) for row in table.rows)
        lines = [head, ("---",) * len(head), *body]
        cells = ("| " + " | ".join(map(table_text, line)) + " |" for line in lines)
        whole.append(f"### {table_text(table.title)}\n\n" + "\n".join(cells) + "\n")
    listed = "".join(f"- {gloss}\n" for gloss in glosses)
    return "\n".join([*whole, *(f"{note}\n" for note in notes), *filter(None, [listed])])


def how_to_read(comparison: Comparison) -> str:
    """What the cells hold, in a few sentences."""
    confidence = f"{100 * (1 - comparison.level):g}%"
    return (
        f"Rates are in %, with {confidence} intervals and flagged segments of eligible ones. A "
        "contrast is the verdict with its p-value, then the relative change (the difference, in "
        "percentage points, where the reference has no event; in the measure's own unit for "
        "quality). The verdict follows the p-value, after Holm's correction over the scheme's "
        "subgroups, and not the interval: where the two disagree, the case is a borderline one. "
        "Independent units are distinct pairs, or groups of segments that share a translation. "
        "Units needed: for too few events the fewest that can suffice; for an indistinguishable "
        "difference those with which one as large would be seen four times out of five."
    )


def value_cell(row: Measurement | None) -> Cell:
    """`0.63 [0.45, 0.86]` and `38 of 6,042`: a rate in %, or a quality measure as it is."""
    if row is None or row.value is None:
        return (NOTHING,)
    scale = 100 if row.flagged is not None else 1
    bounds = row.ci_low, row.ci_high
    text = _with_interval(row.value, bounds, scale, _decimals(row.value, bounds, scale))
    counted = f"{row.n:,} segments" if row.flagged is None else f"{row.flagged:,} of {row.n:,}"
    return text, counted


def contrast_cell(contrast: Contrast | None, *, is_rate: bool, level: float) -> Cell:
    """`higher, p = 0.021` and `+52% [+6, +121]`: verdict, and change against the reference."""
    if contrast is None:
        return (NOTHING,)
    word = verdict_words(contrast, is_rate=is_rate)
    if is_tested(contrast):
        word = f"{word}, {p_value(contrast.p_adjusted, level)}"
    parts = word, _change(contrast, is_rate=is_rate), needed_words(contrast)
    return tuple(filter(None, parts))


def _change(contrast: Contrast, *, is_rate: bool) -> str:
    if is_rate and contrast.relative_change is not None:
        return _relative_change(contrast, contrast.relative_change)
    if contrast.difference is None:
        return ""
    scale = 100 if is_rate else 1
    bounds = contrast.difference_ci or (None, None)
    digits = _decimals(contrast.difference, bounds, scale)
    unit = " points" if is_rate else ""
    return _with_interval(contrast.difference, bounds, scale, digits, "+", unit)


def _relative_change(contrast: Contrast, change: float) -> str:
    digits = 0 if abs(change) >= 0.1 else 1
    low, high = contrast.relative_change_ci or (None, None)
    ends = [
        open_side if end is None else relative(end, f"{100 * end:+.{digits}f}")
        for end, open_side in ((low, "-∞"), (high, "∞"))
    ]
    return f"{relative(change, f'{100 * change:+.{digits}f}')}% [{ends[0]}, {ends[1]}]"


def _table(comparison: Comparison, split: str, part: Part, is_main: bool) -> Table:
    rows = [r for r in comparison.measurements if (r.split, r.scheme, r.subgroup) == (split, *part)]
    found = [c for c in comparison.contrasts if (c.split, c.scheme, c.subgroup) == (split, *part)]
    models = _in_order(row.model for row in rows)
    pairs = one_way((c.model, c.reference) for c in found)
    lines = []
    for measure in _in_order(row.measure for row in rows):
        by_model = {row.model: row for row in rows if row.measure == measure}
        contrasts = {(c.model, c.reference): c for c in found if c.measure == measure}
        is_rate = any(row.flagged is not None for row in by_model.values())
        cells = [value_cell(by_model.get(model)) for model in models]
        cells += [
            contrast_cell(contrasts.get(pair), is_rate=is_rate, level=comparison.level)
            for pair in pairs
        ]
        lines.append(Row(measure, f"{measure} (%)" if is_rate else measure, tuple(cells)))
    against = [f"{model} against {reference}" for model, reference in pairs]
    return Table(title(comparison, split, part, is_main), (*models, *against), tuple(lines))


def title(comparison: Comparison, split: str, part: Part, is_main: bool) -> str:
    """What a table is about: the split, which segments of it, and how they were decoded."""
    if part == ALL:
        what = split if ALL in parts(comparison, split) else f"{split}, {MIXED}"
    else:
        what = f"{split}, {TITLES[part] if is_main else ' = '.join(part)}"
        if of_all := drawn(comparison.about, split, *part):
            what += f" ({of_all})"
    return with_beam(comparison, split, what)


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


def _in_order(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
