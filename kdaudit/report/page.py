"""The report as one HTML page, as text; reads its own template, writes no file.

The page asks the network for nothing: style and plots are in it, and a content
security policy forbids the rest. All text is escaped by the template.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdaudit.report import counterfactual, extraction, inheritance
from kdaudit.report.content import ReportContent
from kdaudit.report.tables import Lookup, main_tables, silent_measures, subgroup_tables
from kdaudit.report.text import duration, memory, visible
from kdaudit.report.trade_off import trade_offs
from kdaudit.report.verdict import ONE_SEED, verdicts
from kdaudit.report.views import (
    WORK,
    curve_figures,
    described,
    examples_by_detector,
    interval_figures,
    marked_source,
    recall_rows,
    splits_of,
    total_cost,
)

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATE = "page.html.jinja"


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
            "subgroups": subgroup_tables(lookup, split),
            "remarks": content.remarks.get(split, ""),
        }
        for split in splits_of(content, lookup)
    ]
    text: str = _template().render(
        content=content,
        models=lookup.models,
        verdicts=verdicts(lookup, content.models),
        one_seed=ONE_SEED,
        splits=splits,
        trade_offs=trade_offs(lookup, content.models),
        extraction_figures=extraction.curve_figures(content.extraction, students),
        extraction_grids=extraction.grids(content.extraction),
        inheritance_grids=inheritance.grids(content),
        inheritance_told=inheritance.how_to_read(content),
        denoising=inheritance.denoising(content),
        seed_grids=inheritance.seeds(content),
        seeds_told=inheritance.how_to_read_seeds(content),
        counterfactual_told=counterfactual.told(content.comparison.about),
        counterfactual_grids=counterfactual.grids(content.comparison.about),
        recall=recall_rows(content.planted_recall, lookup.models),
        examples=examples_by_detector(content.examples),
        curves=curve_figures(content),
        level=_level(content),
        signature=described(content.comparison.signature),
        total=total_cost(content.costs),
        work=WORK,
    )
    return text


def _level(content: ReportContent) -> str:
    """The intervals' confidence as `95% `; empty where the comparison does not say it."""
    confidence = content.comparison.signature.get("confidence")
    return f"{100 * confidence:g}% " if isinstance(confidence, float) else ""


def _template() -> Template:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("kdaudit.report", package_path=""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"visible": visible, "marked": marked_source}
    environment.filters |= {"duration": duration, "memory": memory}
    return environment.get_template(TEMPLATE)
