"""The report as one HTML page, as text; reads its own template, writes no file.

The page asks the network for nothing: style, plots and one script are in it, and a content
security policy forbids the rest. All text is escaped by the template. However large the corpus,
the page stays below `LARGEST` bytes: what grows with it has a budget.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from kdaudit.report import counterfactual, extraction, inheritance, personal
from kdaudit.report.answers import PLAIN_WORDS
from kdaudit.report.content import ReportContent
from kdaudit.report.review import fitting, review
from kdaudit.report.tables import Lookup, Table, main_tables, silent_measures, subgroup_tables
from kdaudit.report.text import duration, memory
from kdaudit.report.trade_off import trade_offs
from kdaudit.report.verdict import verdicts
from kdaudit.report.views import (
    WORK,
    curve_figures,
    described,
    interval_figures,
    recall_rows,
    splits_of,
    total_cost,
)
from kdaudit.shown import visible

if TYPE_CHECKING:
    from jinja2 import Environment

LARGEST = 4_900_000
SUBGROUPS_SHARE = 1_500_000
"""Bytes of the subgroups' tables; the flagged segments have what the rest leaves."""

_ROWS = "<!--rows-->"
"""Where the flagged segments go: text cannot hold it, since it is escaped."""


@dataclass(frozen=True)
class Subgroups:
    """The tables that have room, and the titles of those that have not."""

    shown: Sequence[str]
    left_out: Sequence[str]


def html(content: ReportContent) -> str:
    """The page; the same content gives the same text."""
    lookup = Lookup(content.comparison, [model.name for model in content.models])
    students = [model.name for model in content.models if model.role == "student"]
    splits = [
        {
            "name": split,
            "tables": main_tables(lookup, split),
            "silent": silent_measures(lookup, split),
            "figures": interval_figures(lookup, split, students),
            "remarks": content.remarks.get(split, ""),
        }
        for split in splits_of(content, lookup)
    ]
    environment = _environment()
    tables = [
        table for split in splits_of(content, lookup) for table in subgroup_tables(lookup, split)
    ]
    personal_grids = personal.grids(content.comparison.about)
    inheritance_grids = inheritance.grids(content)
    sections = {"comparison", "subgroups"} | ({"inheritance"} if inheritance_grids else set())
    script = _script() if content.examples else ""
    page: str = environment.get_template("page.html.jinja").render(
        content=content,
        models=lookup.models,
        verdicts=verdicts(lookup, content.models, content.combined is not None),
        plain_words=PLAIN_WORDS,
        sections=sections,
        splits=splits,
        trade_offs=trade_offs(lookup, content.models),
        extraction_figures=extraction.curve_figures(content.extraction, students),
        extraction_grids=extraction.grids(content.extraction),
        personal_grids=personal_grids,
        inheritance_grids=inheritance_grids,
        inheritance_told=inheritance.how_to_read(content),
        denoising=inheritance.denoising(content),
        seed_grids=inheritance.seeds(content),
        seeds_told=inheritance.how_to_read_seeds(content),
        counterfactual_told=counterfactual.told(content.comparison.about),
        counterfactual_grids=counterfactual.grids(content.comparison.about),
        recall=recall_rows(content.planted_recall, lookup.models),
        examples=_ROWS if content.examples else "",
        script=script,
        script_hash=_hash(script),
        subgroups=_subgroups(environment, tables),
        curves=curve_figures(content),
        level=_level(content),
        signature=described(content.comparison.signature),
        total=total_cost(content.costs),
        work=WORK,
    )
    room = LARGEST - len(page.encode())
    return page.replace(_ROWS, _examples(environment, content, lookup, room), 1)


def _examples(environment: Environment, content: ReportContent, lookup: Lookup, room: int) -> str:
    """The section of flagged segments, of as many as fit into so many bytes."""
    if not content.examples:
        return ""
    module: Any = environment.get_template("review.html.jinja").module
    found = review(content, lookup.models)
    around = module.section(found, [], content.redacted, content.name)
    rows = fitting(found.rows, module.row, room - len(around.encode()))
    section: str = module.section(found, rows, content.redacted, content.name)
    return section


def _subgroups(environment: Environment, tables: Iterable[Table]) -> Subgroups:
    module: Any = environment.get_template("cells.html.jinja").module
    shown, left_out, budget = [], [], SUBGROUPS_SHARE
    for table in tables:
        text = module.subgroup_table(table)
        size = len(text.encode())
        if size <= budget:
            shown.append(text)
            budget -= size
        else:
            left_out.append(table.title)
    return Subgroups(shown, left_out)


def _script() -> str:
    """The page's script; it is our own, and no text of a run is put into it."""
    return files("kdaudit.report").joinpath("page.js").read_text(encoding="utf-8")


def _hash(script: str) -> str:
    """What the content security policy knows a script by."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _level(content: ReportContent) -> str:
    """The intervals' confidence as `95% `; empty where the comparison does not say it."""
    confidence = content.comparison.signature.get("confidence")
    return f"{100 * confidence:g}% " if isinstance(confidence, float) else ""


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("kdaudit.report", package_path=""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"visible": visible, "duration": duration, "memory": memory}
    return environment
