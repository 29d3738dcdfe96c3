"""The inheritance table for people: a line per measure, as cells; opens no file."""

from __future__ import annotations

from kdaudit.comparison.inheritance import contrast
from kdaudit.comparison.inherited import GIVEN, ORIGINS, Given, Inherited, rows
from kdaudit.comparison.results import Comparison, Measurement
from kdaudit.comparison.tables import (
    Cell,
    Part,
    Row,
    Table,
    parts,
    title,
    value_cell,
)
from kdaudit.comparison.wording import is_tested, needed_words, p_value, verdict_words

HOW_TO_READ = (
    "Inheritance: of the segments that the teacher flags (and of those that it does not), how many "
    "student and baseline flag, and the ratio of the two shares, on the same segments. The "
    "student's flags by origin: inherited, flagged by the teacher too and not by the baseline; "
    "common, by both; corpus, by the baseline alone; own, by neither."
)


def inheritance_tables(
    comparison: Comparison, *, split: str | None = None, scheme: str | None = None
) -> list[Table]:
    """A table for each student, split and subgroup, of the main ones or of a scheme."""
    found: dict[tuple[str, str, str, str, Part], list[Inherited]] = {}
    main = {row.split: parts(comparison, row.split) for row in comparison.measurements}
    for row in rows(comparison.about):
        part = row.scheme, row.subgroup
        chosen = row.scheme == scheme if scheme else part in main.get(row.split, [])
        if split in (None, row.split) and chosen:
            place = row.split, row.student, row.teacher, row.baseline or "", part
            found.setdefault(place, []).append(row)
    return [
        _table(comparison, split, part, lines, is_main=scheme is None)
        for (split, *_, part), lines in found.items()
    ]


def _table(
    comparison: Comparison, split: str, part: Part, lines: list[Inherited], *, is_main: bool
) -> Table:
    first = lines[0]
    whose = f"{first.student} by what {first.teacher} flags"
    columns = [f"flagged by {first.teacher}"]
    for given in ("flagged", "others"):
        columns.append(f"{first.student}, of {given}")
        if first.baseline is not None:
            columns += [f"{first.baseline}, of {given}", f"ratio, of {given}"]
    return Table(
        f"{title(comparison, split, part, is_main)}: {whose}",
        (*columns, f"flags of {first.student} by origin"),
        tuple(
            Row(line.measure, f"{line.measure} (%)", _cells(line, comparison.level))
            for line in lines
        ),
    )


def _cells(row: Inherited, level: float) -> tuple[Cell, ...]:
    cells: list[Cell] = [(f"{row.teacher_flagged.n:,} of {row.n:,}",)]
    for name in GIVEN:
        given = getattr(row, name)
        cells.append(value_cell(_measurement(row, given, "student")))
        if row.baseline is not None:
            cells.append(value_cell(_measurement(row, given, "baseline")))
            cells.append(ratio_cell(row, given, level))
    return (*cells, origin_cell(row))


def origin_cell(row: Inherited) -> Cell:
    """`30 inherited, 4 common, 3 corpus, 8 own`, and the flags that could not be compared."""
    counts = ((getattr(row, name), name) for name in ORIGINS)
    told = ", ".join(f"{count:,} {name}" for count, name in counts if count is not None)
    return (told, f"{row.uncompared:,} not eligible for all") if row.uncompared else (told,)


def ratio_cell(row: Inherited, given: Given, level: float) -> Cell:
    """`higher, p = 0.021` and `2.01 [1.20, 3.05]`; the verdict alone where there is no ratio."""
    told = contrast(row, given)
    word = verdict_words(told, is_rate=True)
    if is_tested(told):
        word = f"{word}, {p_value(told.p_adjusted, level)}"
    return tuple(filter(None, (word, ratio_text(given), needed_words(told))))


def ratio_text(given: Given) -> str:
    """`2.01 [1.20, 3.05]`; empty where there is none."""
    if given.ratio is None:
        return ""
    low, high = given.ratio_ci or (None, None)
    ends = [
        open_end if end is None else f"{end:.2f}" for end, open_end in ((low, "0"), (high, "∞"))
    ]
    return f"{given.ratio:.2f} [{', '.join(ends)}]"


def _measurement(row: Inherited, given: Given, who: str) -> Measurement | None:
    """The share that a model flags, as a rate like any other."""
    count, value = getattr(given, who), getattr(given, f"{who}_value")
    if value is None:
        return None
    low, high = getattr(given, f"{who}_ci") or (None, None)
    place = row.measure, who, row.split, row.scheme, row.subgroup
    return Measurement(*place, given.n, count, value, low, high, "")
