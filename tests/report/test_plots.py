import re
import xml.etree.ElementTree as ET

import pytest

from kdaudit.report.plots import Dot, Line, interval_plot, ratio_plot, training_curve

DOTS = [Dot("teacher", 0.87, 0.66, 1.13, "0.87%"), Dot("student", 0.63, 0.45, 0.86, "0.63%")]
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg):
    return [element.text for element in ET.fromstring(svg).iter(f"{SVG}text")]


def test_a_plot_names_each_model_and_writes_its_value():
    assert {"teacher", "student", "0.87%", "0.63%"} <= set(texts(interval_plot("t", DOTS)))


def test_the_same_content_gives_the_same_bytes():
    assert interval_plot("t", DOTS) == interval_plot("t", DOTS)


def test_two_plots_on_a_page_share_no_id():
    def ids(svg):
        return set(re.findall(r' id="([^"]+)"', svg))

    first, second = interval_plot("first", DOTS), interval_plot("second", DOTS)
    assert ids(first)
    assert not ids(first) & ids(second)


def test_every_reference_inside_a_plot_has_its_target():
    svg = interval_plot("t", DOTS)
    references = set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg))
    assert references
    assert references <= set(re.findall(r' id="([^"]+)"', svg))


def test_colours_follow_the_page_and_only_highlighted_models_stand_out():
    plain, marked = interval_plot("t", DOTS), interval_plot("t", DOTS, highlight=["student"])
    assert "var(--ink" in plain
    assert "var(--accent" not in plain
    assert "var(--accent" in marked
    assert not re.search(r"#01020[3-6]", marked)


def test_names_with_markup_stay_text():
    svg = interval_plot('<script>"', [Dot("<b>&$x_1$", 1.0, None, None, "1")])
    assert "<b>" not in svg
    assert "<script>" not in svg
    assert "<b>&$x_1$" in texts(svg)


@pytest.mark.parametrize("value", [0.0, 1.0, 100.0, -3.0])
def test_a_single_value_without_interval_can_be_drawn(value):
    assert "model" in texts(interval_plot("t", [Dot("model", value, None, None, "x")]))


def test_a_curve_shows_training_and_validation_loss():
    rows = [{"epoch": e, "update": 10 * e, "loss": 3 / e, "valid_loss": 4 / e} for e in (1, 2)]
    assert {"training", "validation", "update"} <= set(texts(training_curve("student", rows)))


def test_a_curve_without_updates_goes_by_epoch_and_skips_what_is_missing():
    rows = [{"epoch": 1, "loss": 3.0}, {"epoch": 2, "loss": None, "valid_loss": None}]
    shown = texts(training_curve("student", rows))
    assert "epoch" in shown
    assert "validation" not in shown


@pytest.mark.parametrize("rows", [[], [{"epoch": 1, "loss": None}]])
def test_without_a_loss_there_is_no_curve(rows):
    assert training_curve("student", rows) is None


def test_a_curve_by_ratio_names_each_model_and_tells_lines_apart():
    lines = [Line(name, [(5, 0.0), (75, height)]) for name, height in (("teacher", 3), ("base", 1))]
    svg = ratio_plot("t", [*lines, Line("student", [])], highlight=["student"])
    assert {"teacher", "base", "student"} <= set(texts(svg))
    assert svg == ratio_plot("t", [*lines, Line("student", [])], highlight=["student"])
    assert "stroke-dasharray" in svg
    assert "var(--accent" in svg


def test_a_long_training_does_not_make_a_large_plot():
    def rows(count):
        return [{"update": n, "loss": 1 + 1 / (n + 1)} for n in range(count)]

    def marks(svg):
        return svg.count("<use ")

    assert len(training_curve("m", rows(20_000))) < 1.2 * len(training_curve("m", rows(199)))
    ticks = marks(training_curve("m", rows(2)))
    assert 190 <= marks(training_curve("m", rows(20_000))) - ticks <= 205
