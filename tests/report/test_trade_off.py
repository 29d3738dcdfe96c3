"""Memorization and hallucination against BLEU: who is drawn, when, and with which numbers."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from itertools import pairwise

import pytest

from kdaudit.comparison import Comparison, Measurement
from kdaudit.report import Model, ReportContent, html, markdown
from kdaudit.report.plots import Point, scatter_plot
from kdaudit.report.tables import Lookup
from kdaudit.report.trade_off import trade_offs

SVG = "{http://www.w3.org/2000/svg}"
STUDENTS = [f"student{number}" for number in range(4)]
MODELS = [
    Model("teacher", "teacher"),
    Model("baseline", "baseline"),
    *(Model(name, "student") for name in STUDENTS),
]
NAMES = [model.name for model in MODELS]


def rate(measure: str, model: str, part: tuple[str, str], flagged: int) -> Measurement:
    value = flagged / 1000
    ends = (max(value - 0.002, 0.0), value + 0.003)
    return Measurement(measure, model, "train", *part, 1000, flagged, value, *ends, "wilson")


def bleu(model: str, value: float) -> Measurement:
    return Measurement(
        "bleu", model, "test", "all", "all", 500, None, value, 0.0, 99.0, "bootstrap"
    )


def comparison(planted: bool = False) -> Comparison:
    parts = [("all", "all")]
    parts += [("provenance", name) for name in ("original", "planted")] if planted else []
    rows = [bleu(model, 30.04 + place / 8) for place, model in enumerate(NAMES)]
    for part in parts:
        for place, model in enumerate(NAMES):
            rows += [
                rate("extractive", model, part, 2 * place),
                rate("exact_match", model, part, 100 + place),
                rate("oscillatory", model, part, 0),
                rate("repeated_target", model, part, 7),
            ]
    return Comparison(rows, [], {"confidence": 0.95})


def found(of: Comparison, models=MODELS):
    return trade_offs(Lookup(of, [model.name for model in models]), models)


def dots(svg: str) -> list[ET.Element]:
    """The dots of a plot: marks that are filled with the colour of a model."""
    uses = ET.fromstring(svg).iter(f"{SVG}use")
    return [use for use in uses if re.search(r"fill: var\(--(ink|accent)", use.get("style", ""))]


def texts(svg: str) -> list[str | None]:
    return [element.text for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_plot_has_a_point_and_a_name_for_every_model():
    (one,) = found(comparison())
    assert [figure.caption for figure in one.figures] == ["Extractive memorization", "Exact match"]
    for figure in one.figures:
        assert len(dots(figure.svg)) == len(NAMES)
        assert sorted(text for text in texts(figure.svg) if text in NAMES) == sorted(NAMES)
        assert {"BLEU on test", "%"} <= set(texts(figure.svg))


def test_students_are_in_colour():
    (one,) = found(comparison())
    accents = [dot for dot in dots(one.figures[0].svg) if "--accent" in dot.get("style", "")]
    assert len(accents) == len(STUDENTS)


def test_the_numbers_are_in_a_table_those_without_an_event_too():
    (one,) = found(comparison())
    assert one.grid.title == "train, all segments, against BLEU on test"
    head = ["Model", "BLEU on test", "Extractive memorization", "Exact match"]
    assert one.grid.head == [*head, "Oscillatory hallucination"]
    assert one.grid.rows[1][:3] == ["baseline", "30.2", "0.20% (0 to 0.50)"]
    assert [row[-1][0] for row in one.grid.rows] == ["0"] * len(NAMES)


def test_original_and_planted_segments_are_apart():
    titles = [one.grid.title for one in found(comparison(planted=True))]
    assert titles == [
        "train, original segments, against BLEU on test",
        "train, planted cases, against BLEU on test",
    ]


def test_a_model_without_a_rate_has_no_point():
    whole = comparison()
    rows = [
        row for row in whole.measurements if (row.measure, row.model) != ("extractive", "teacher")
    ]
    (one,) = found(replace(whole, measurements=rows))
    assert len(dots(one.figures[0].svg)) == len(NAMES) - 1
    assert one.grid.rows[0][:3] == ["teacher", "30.0", "–"]


def test_three_students_are_few():
    assert found(comparison(), MODELS[:-1]) == []


@pytest.mark.parametrize("measure", ["bleu", "all"])
def test_there_is_nothing_to_draw_without_bleu_or_without_rates(measure):
    whole = comparison()
    kept = [row for row in whole.measurements if (row.measure == "bleu") != (measure == "bleu")]
    assert found(replace(whole, measurements=kept)) == []


def test_page_and_markdown_show_it():
    content = ReportContent("sweep", comparison(planted=True), MODELS)
    page, text = html(content), markdown(content)
    assert page.count('id="trade-off"') == 1
    section = page.split('id="trade-off"')[1].split("</section>")[0]
    assert section.count("<svg") == 4
    assert section.count("<table") == 2
    assert "## train, planted cases, against BLEU on test" in text
    assert (
        "| student3 | 30.7 | 1.00% (0.80 to 1.30) | 10.5% (10.3 to 10.8) | 0% (0 to 0.30) |" in text
    )
    few = replace(content, models=MODELS[:-1])
    assert "trade-off" not in html(few)
    assert "against BLEU" not in markdown(few)


def test_names_do_not_cover_each_other_where_all_models_are_alike():
    points = [Point(name, 30.0, 1.0, None, None) for name in NAMES]
    svg = scatter_plot("t", points, "BLEU", "%")
    assert svg == scatter_plot("t", points, "BLEU", "%")
    names = [one for one in ET.fromstring(svg).iter(f"{SVG}text") if one.text in NAMES]
    heights = sorted(
        float(re.findall(r"[-\d.]+", one.get("transform") or one.get("y") or "")[-1])
        for one in names
    )
    assert len(heights) == len(NAMES)
    assert min(b - a for a, b in pairwise(heights)) > 8
