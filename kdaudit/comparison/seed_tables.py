"""Tables for people of several runs together: over seeds, and over directions; opens no file."""

from __future__ import annotations

from collections.abc import Sequence

from kdaudit.comparison.directions import Combined, DirectionContrast, Mean
from kdaudit.comparison.inherited import GIVEN
from kdaudit.comparison.results import Comparison
from kdaudit.comparison.seed_contrasts import SeedContrast
from kdaudit.comparison.seed_inheritance import SeedGiven, SeedInherited
from kdaudit.comparison.seeds import SeedMeasurement, Seeds
from kdaudit.comparison.spread import Spread
from kdaudit.comparison.tables import NOTHING, Cell, Part, Row, Table, one_way, parts, title
from kdaudit.comparison.wording import WORDS, p_value

HOW_TO_READ = (
    "Over seeds: mean ± standard deviation (divisor: seeds less one) with the interval of the "
    "mean, over seeds and segments, and each seed's value. The verdict is that of the mean "
    "difference, after Holm's correction over the scheme's subgroups. A relative change has a mean "
    "where every seed has one, and an interval where every seed's is bounded."
)
OF_DIRECTIONS = (
    "Over directions: mean ± standard deviation, and in brackets that with the number of "
    "directions as divisor, as the published figures have it."
)


def combined_tables(
    found: Combined,
    comparison: Comparison,
    *,
    split: str | None = None,
    scheme: str | None = None,
) -> list[Table]:
    """The tables of all seeds, then those of the directions; `comparison`, of any of the runs,
    says which subgroups are the main ones."""
    shown: list[Table] = []
    for seeds in found.seeds:
        places = _places(seeds.measurements, comparison, split, scheme)
        shown += [_over_seeds(seeds, comparison, *place, scheme is None) for place in places]
        shown += _inheritance(seeds, comparison, split, scheme)
    for name, part in _places(found.directions, comparison, split, scheme):
        rows = [
            row
            for row in found.directions
            if (row.split, row.scheme, row.subgroup) == (name, *part)
        ]
        for pair in one_way((row.model, row.reference) for row in rows):
            of_pair = [row for row in rows if (row.model, row.reference) == pair]
            head = title(comparison, name, part, scheme is None)
            shown.append(_over_directions(of_pair, f"{head}: {pair[0]} against {pair[1]}"))
    return shown


def how_to_read(found: Combined) -> list[str]:
    """What the cells hold, and what had to be left out."""
    said = [HOW_TO_READ] if found.seeds else []
    for seeds in found.seeds:
        whose = "the same segments" if seeds.same_segments else "segments of its own"
        said.append(f"{seeds.recipe}: {len(seeds.runs)} seeds, each on {whose}.")
        said += [
            f"{seeds.recipe}: not in every seed, and left out: {place}: {', '.join(names)}."
            for place, names in seeds.left_out.items()
        ]
    return [*said, OF_DIRECTIONS] if found.directions else said


def _places(
    rows: Sequence[SeedMeasurement] | Sequence[DirectionContrast] | Sequence[SeedInherited],
    comparison: Comparison,
    split: str | None,
    scheme: str | None,
) -> list[tuple[str, Part]]:
    """Splits and subgroups with a table of their own."""
    main = {row.split: parts(comparison, row.split) for row in rows}
    found = dict.fromkeys((row.split, (row.scheme, row.subgroup)) for row in rows)
    return [
        (name, part)
        for name, part in found
        if split in (None, name) and (part[0] == scheme if scheme else part in main[name])
    ]


def _over_seeds(
    seeds: Seeds, comparison: Comparison, split: str, part: Part, is_main: bool
) -> Table:
    measured = [m for m in seeds.measurements if (m.split, m.scheme, m.subgroup) == (split, *part)]
    contrasts = [c for c in seeds.contrasts if (c.split, c.scheme, c.subgroup) == (split, *part)]
    models = list(dict.fromkeys(m.model for m in measured))
    pairs = one_way((c.model, c.reference) for c in contrasts)
    rows = []
    for measure in dict.fromkeys(m.measure for m in measured):
        values = {m.model: m for m in measured if m.measure == measure}
        of_pair = {(c.model, c.reference): c for c in contrasts if c.measure == measure}
        is_rate = any(m.is_rate for m in values.values())
        cells = [_value(values.get(model)) for model in models]
        cells += [_change(of_pair.get(pair), comparison.level) for pair in pairs]
        rows.append(Row(measure, f"{measure} (%)" if is_rate else measure, tuple(cells)))
    against = [f"{model} against {reference}" for model, reference in pairs]
    head = f"{seeds.recipe}, {len(seeds.runs)} seeds: {title(comparison, split, part, is_main)}"
    return Table(head, (*models, *against), tuple(rows))


def _inheritance(
    seeds: Seeds, comparison: Comparison, split: str | None, scheme: str | None
) -> list[Table]:
    """A table for each student and subgroup: what it flags of what its teacher flags."""
    found: dict[tuple[str, Part, str], list[SeedInherited]] = {}
    places = _places(seeds.inheritance, comparison, split, scheme)
    for row in seeds.inheritance:
        if (place := (row.split, (row.scheme, row.subgroup))) in places:
            found.setdefault((*place, row.student), []).append(row)
    tables = []
    for (name, part, student), rows in found.items():
        first = rows[0]
        columns = []
        for given in ("flagged", "others"):
            columns.append(f"{student}, of {given}")
            if first.baseline is not None:
                columns += [f"{first.baseline}, of {given}", f"change, of {given}"]
        head = f"{seeds.recipe}, {len(seeds.runs)} seeds: "
        head += title(comparison, name, part, scheme is None)
        lines = [
            Row(row.measure, f"{row.measure} (%)", _inherited(row, comparison.level))
            for row in rows
        ]
        whose = f"{student} by what {first.teacher} flags"
        tables.append(Table(f"{head}: {whose}", tuple(columns), tuple(lines)))
    return tables


def _inherited(row: SeedInherited, level: float) -> tuple[Cell, ...]:
    cells: list[Cell] = []
    for name in GIVEN:
        given: SeedGiven = getattr(row, name)
        cells.append(_cell(given.student, 100, digits=2))
        if given.baseline is not None:
            cells += [_cell(given.baseline, 100, digits=2), _change(given.against, level)]
    return tuple(cells)


def _value(row: SeedMeasurement | None) -> Cell:
    if row is None:
        return (NOTHING,)
    return _cell(row.value, 100 if row.is_rate else 1, digits=2)


def _change(row: SeedContrast | None, level: float) -> Cell:
    """The verdict, and the change of every seed: in % where there is a relative one."""
    if row is None:
        return (NOTHING,)
    differ = sum(row.discordant)
    if differ == 0 and row.difference.mean == 0:
        word = "no difference in any seed"
    elif row.verdict == "too_few":
        units = "unit differs" if differ == 1 else "units differ"
        word = f"{WORDS['too_few']}: {differ:,} independent {units} in all seeds"
    else:
        word = f"{WORDS[row.verdict]}, {p_value(row.p_adjusted, level)}"
    if row.is_rate and row.relative_change.mean is not None:
        return (word, *_cell(row.relative_change, 100, digits=1, sign="+", unit="%"))
    unit = " points" if row.is_rate else ""
    return (word, *_cell(row.difference, 100 if row.is_rate else 1, digits=2, sign="+", unit=unit))


def _cell(spread: Spread, scale: int, *, digits: int, sign: str = "", unit: str = "") -> Cell:
    """`+57.0 ± 17.2% [+32.4, +81.6]`, then `seeds: +76.0, +39.0, +71.0`."""

    def shown(value: float | None) -> str:
        return NOTHING if value is None else f"{scale * value:{sign}.{digits}f}"

    each = f"seeds: {', '.join(map(shown, spread.values))}"
    if spread.mean is None or spread.sd is None:
        return NOTHING, each
    bounds = "" if spread.ci is None else f" [{', '.join(map(shown, spread.ci))}]"
    return f"{shown(spread.mean)} ± {scale * spread.sd:.{digits}f}{unit}{bounds}", each


def _over_directions(rows: Sequence[DirectionContrast], head: str) -> Table:
    names = list(dict.fromkeys(name for row in rows for name in row.difference.values))
    lines = []
    for row in rows:
        is_relative = row.is_rate and row.relative_change.mean is not None
        mean = row.relative_change if is_relative else row.difference
        unit = "%" if is_relative else " points" if row.is_rate else ""
        cells = [_of_direction(row, mean, name, unit) for name in names]
        label = f"{row.measure} ({'%' if row.is_rate else 'difference'})"
        lines.append(Row(row.measure, label, (*cells, _mean(mean, row.is_rate, unit))))
    return Table(f"{head}, {len(names)} directions", (*names, "mean ± spread"), tuple(lines))


def _of_direction(row: DirectionContrast, mean: Mean, name: str, unit: str) -> Cell:
    value, word = mean.values.get(name), row.verdicts.get(name)
    if word is None:
        return (NOTHING,)
    return (WORDS[word], NOTHING if value is None else _scaled(value, row.is_rate, unit))


def _mean(mean: Mean, is_rate: bool, unit: str) -> Cell:
    if mean.mean is None:
        return (NOTHING,)
    counted = sum(value is not None for value in mean.values.values())
    of = "" if counted == len(mean.values) else f"; of {counted} directions"
    if mean.sd is None or mean.sd_published is None:
        return (_scaled(mean.mean, is_rate, unit) + of,)
    scale, digits = (100, 1) if is_rate else (1, 2)
    spread, published = (f"{scale * sd:.{digits}f}" for sd in (mean.sd, mean.sd_published))
    return (f"{_scaled(mean.mean, is_rate, '')} ± {spread}{unit} ({published}){of}",)


def _scaled(value: float, is_rate: bool, unit: str) -> str:
    return f"{100 * value:+.1f}{unit}" if is_rate else f"{value:+.2f}{unit}"
