"""How comparisons are written: as data, as Markdown, or drawn for a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from kdaudit.comparison import Comparison, Table
    from kdaudit.comparison.directions import Combined

UNBOUNDED = 10_000
"""The width of a pipe or a file, in columns: no table is wider."""

COMBINED = "combined"
"""The key beside the runs in JSON, and the name of their section."""


@dataclass(frozen=True)
class Found:
    """The comparisons of runs by their names, and what several of them say together."""

    runs: Mapping[str, Comparison]
    combined: Combined | None = None


@dataclass(frozen=True)
class Section:
    """A run, or all of them together: its name (none for one run alone), its tables, and what is
    to be said of it."""

    name: str
    tables: list[Table]
    remarks: list[str]


def data(found: Found, form: str, split: str | None = None, scheme: str | None = None) -> str:
    """JSON as it is stored, of several runs by their names; or one table of all as CSV."""
    from kdaudit.comparison import to_csv
    from kdaudit.shown import json_text

    chosen = {name: one.only(split, scheme) for name, one in found.runs.items()}
    combined = found.combined and found.combined.only(split, scheme)
    if form == "csv":
        return to_csv(chosen, combined)
    contents = {name: one.to_json_dict() for name, one in chosen.items()}
    if combined is not None:
        contents[COMBINED] = combined.to_json_dict()
    whole = contents if len(contents) > 1 else next(iter(contents.values()))
    return json_text(whole)


def markdown(found: Found, split: str | None = None, scheme: str | None = None) -> str:
    """The tables under headings."""
    from kdaudit.comparison import to_markdown

    sections = list(_sections(found, split, scheme))
    parts = [
        (f"## {one.name}\n\n" if one.name else "") + to_markdown(one.tables, one.remarks)
        for one in sections
    ]
    how, glosses = _explained(found, sections)
    return "\n".join([*parts, to_markdown([], how, glosses)])


def drawn(found: Found, split: str | None = None, scheme: str | None = None) -> str:
    """What would be drawn, as text for a file."""
    text = StringIO()
    draw(text, found, split, scheme)
    return text.getvalue()


def draw(file: TextIO, found: Found, split: str | None = None, scheme: str | None = None) -> None:
    """Draw the tables, as wide as the terminal or as COLUMNS says; else nothing is too wide."""
    from rich.console import Console

    from kdaudit.report import terminal

    width = None if file.isatty() or os.environ.get("COLUMNS") else UNBOUNDED
    console = Console(file=file, width=width)
    sections = list(_sections(found, split, scheme))
    for one in sections:
        if one.name:
            console.print(one.name, style="bold underline", markup=False, soft_wrap=True)
        terminal.draw(console, one.tables, one.remarks)
    how, glosses = _explained(found, sections)
    terminal.draw(console, [], [*how, *glosses])


def _sections(found: Found, split: str | None, scheme: str | None) -> Iterator[Section]:
    """A section for each run; the last one is of all runs together."""
    from kdaudit.comparison import denoised, seed_tables, summary, wording
    from kdaudit.comparison.inheritance_tables import inheritance_tables

    for name, one in found.runs.items():
        tables = summary(one, split=split, scheme=scheme)
        tables += inheritance_tables(one, split=split, scheme=scheme)
        remarks = [*wording.remarks(one.about, split), *denoised.said(one.only(split, scheme))]
        yield Section(name if len(found.runs) > 1 else "", tables, remarks)
    if found.combined is not None:
        any_run = next(iter(found.runs.values()))
        tables = seed_tables.combined_tables(found.combined, any_run, split=split, scheme=scheme)
        yield Section(COMBINED, tables, seed_tables.how_to_read(found.combined))


def _explained(found: Found, sections: list[Section]) -> tuple[list[str], list[str]]:
    """How to read the tables, and a line on each measure in them."""
    from kdaudit.comparison.inheritance_tables import HOW_TO_READ
    from kdaudit.comparison.tables import how_to_read
    from kdaudit.report.measures import glosses

    rows = [row for one in sections for table in one.tables for row in table.rows]
    how = [how_to_read(next(iter(found.runs.values())))]
    if any(one.about.get("inheritance") for one in found.runs.values()):
        how.append(HOW_TO_READ)
    return how, glosses(row.measure for row in rows)
