"""One long table of everything, as CSV, numbers unrounded; opens no file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from kdaudit.comparison.directions import Combined, DirectionContrast
from kdaudit.comparison.results import Comparison, Contrast, Measurement
from kdaudit.comparison.seed_contrasts import PLACE, SeedContrast
from kdaudit.comparison.seeds import SeedMeasurement
from kdaudit.shown import csv_cell

COMBINED, DIRECTIONS = "combined", "directions"
"""The run of rows that are of several runs together: of seeds, `combined: RECIPE` where there are
several recipes, and of recipes side by side."""

OF_SEEDS = "seeds"
"""The interval of a mean over seeds."""

Line = dict[str, object]


def to_csv(runs: Mapping[str, Comparison], combined: Combined | None = None) -> str:
    """All measurements of one or several runs, and what the runs say together.

    `run` is the name of the row's run. A row per measurement and contrast; a measurement
    without a contrast has one row, with the contrast's columns empty. An undefined number
    is empty. A row of several runs together has means, and no `n`; one of recipes side by side
    has a contrast alone.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, _columns(), restval=None, lineterminator="\n")
    writer.writeheader()
    for line in _all_lines(runs, combined):
        writer.writerow({name: csv_cell(value) for name, value in line.items()})
    return out.getvalue()


def _all_lines(runs: Mapping[str, Comparison], combined: Combined | None) -> Iterator[Line]:
    for name, comparison in runs.items():
        yield from _lines(name, comparison.measurements, comparison.contrasts)
    if combined is None:
        return
    for seeds in combined.seeds:
        name = COMBINED if len(combined.seeds) == 1 else f"{COMBINED}: {seeds.recipe}"
        yield from _lines(name, seeds.measurements, seeds.contrasts)
    for row in combined.directions:
        yield {"run": DIRECTIONS, **_place(row), **_of_contrast(row)}


def _lines(
    name: str,
    measurements: Sequence[Measurement] | Sequence[SeedMeasurement],
    contrasts: Sequence[Contrast] | Sequence[SeedContrast],
) -> Iterator[Line]:
    by_place: dict[tuple[object, ...], list[Contrast | SeedContrast]] = {}
    for contrast in contrasts:
        by_place.setdefault(tuple(_place(contrast).values()), []).append(contrast)
    for row in measurements:
        own = {"run": name, **_place(row), **_of_measurement(row)}
        matching = by_place.get(tuple(_place(row).values()), [])
        yield from ({**own, **_of_contrast(contrast)} for contrast in matching)
        if not matching:
            yield own


def _columns() -> list[str]:
    own = [item.name for item in fields(Measurement)]
    return ["run", *own, *(name for name in _contrast_columns() if name not in PLACE)]


def _contrast_columns() -> list[str]:
    names = []
    for item in fields(Contrast):
        ends = ("_low", "_high") if item.name.endswith("_ci") else ("",)
        names += [_column(item.name) + end for end in ends]
    return names


def _column(name: str) -> str:
    """The name of a contrast's field where a measurement has one of the same name."""
    return f"contrast_{name}" if name in ("n", "interval") else name


def _place(
    row: Measurement | Contrast | SeedMeasurement | SeedContrast | DirectionContrast,
) -> Line:
    return {name: getattr(row, name) for name in PLACE}


def _of_measurement(row: Measurement | SeedMeasurement) -> Line:
    if isinstance(row, Measurement):
        return {item.name: getattr(row, item.name) for item in fields(Measurement)}
    low, high = row.value.ci or (None, None)
    return {"value": row.value.mean, "ci_low": low, "ci_high": high, "interval": OF_SEEDS}


def _of_contrast(row: Contrast | SeedContrast | DirectionContrast) -> Line:
    if isinstance(row, Contrast):
        return _flat({_column(item.name): getattr(row, item.name) for item in fields(Contrast)})
    means: Line = {
        "reference": row.reference,
        "difference": row.difference.mean,
        "relative_change": row.relative_change.mean,
    }
    if isinstance(row, DirectionContrast):
        return means
    return means | _flat(
        {
            "difference_ci": row.difference.ci,
            "relative_change_ci": row.relative_change.ci,
            "contrast_interval": OF_SEEDS,
            "p_value": row.difference.p_value,
            "p_adjusted": row.p_adjusted,
            "verdict": row.verdict,
            "discordant": sum(row.discordant),
        }
    )


def _flat(values: Mapping[str, object]) -> Line:
    """Intervals as two columns."""
    flat: Line = {}
    for name, value in values.items():
        if name.endswith("_ci"):
            low, high = value if isinstance(value, tuple | list) else (None, None)
            flat |= {f"{name}_low": low, f"{name}_high": high}
        else:
            flat[name] = value
    return flat
