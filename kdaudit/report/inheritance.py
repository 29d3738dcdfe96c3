"""What students inherit, where they outdo their teachers, and several seeds; opens no file."""

from __future__ import annotations

from collections.abc import Iterable

from kdaudit.comparison import denoised, seed_tables
from kdaudit.comparison.inheritance_tables import HOW_TO_READ, inheritance_tables
from kdaudit.comparison.tables import Table
from kdaudit.report.content import ReportContent
from kdaudit.report.measures import by_order, measure
from kdaudit.report.views import Grid


def grids(content: ReportContent) -> list[Grid]:
    """The inheritance table of each student and split, of original and of planted segments."""
    return _grids(inheritance_tables(content.comparison))


def how_to_read(content: ReportContent) -> str:
    """What stands above them; empty where there is none."""
    return HOW_TO_READ if grids(content) else ""


def denoising(content: ReportContent) -> list[str]:
    """On which subgroups students translate better than their teachers, in sentences."""
    return denoised.said(content.comparison)


def seeds(content: ReportContent) -> list[Grid]:
    """This run and others together; none where it is alone."""
    if content.combined is None:
        return []
    return _grids(seed_tables.combined_tables(content.combined, content.comparison))


def how_to_read_seeds(content: ReportContent) -> list[str]:
    """What is to be said above them."""
    return [] if content.combined is None else seed_tables.how_to_read(content.combined)


def _grids(tables: Iterable[Table]) -> list[Grid]:
    """Tables of a comparison, with measures called and ordered as everywhere in the report."""
    found = []
    for table in tables:
        order = by_order([row.measure for row in table.rows])
        rows = sorted(table.rows, key=lambda row: order.index(row.measure))
        body = [
            [
                measure(row.measure, is_rate=row.label.endswith("(%)")).label,
                *map("; ".join, row.cells),
            ]
            for row in rows
        ]
        found.append(Grid(table.title, ["Measure", *table.columns], body))
    return found
