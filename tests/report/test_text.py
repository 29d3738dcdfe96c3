import html
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from kdaudit.comparison.wording import p_value
from kdaudit.report.text import duration, interval, memory, number, signed
from kdaudit.shown import markdown_text, visible

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "report_text.json").read_text("utf-8"))


@pytest.mark.parametrize(("text", "expected"), GOLDEN["visible"])
def test_invisible_characters_are_written_out_and_spelling_is_kept(text, expected):
    assert visible(text) == expected


@pytest.mark.parametrize(("value", "percent", "expected"), GOLDEN["number"])
def test_numbers_have_about_three_digits_and_a_true_zero_is_bare(value, percent, expected):
    assert number(value, percent=percent) == expected


@pytest.mark.parametrize(("seconds", "expected"), GOLDEN["duration"])
def test_durations_read_as_a_person_says_them(seconds, expected):
    assert duration(seconds) == expected


@pytest.mark.parametrize(("value", "expected"), GOLDEN["p_value"])
def test_p_values_are_never_shown_as_zero(value, expected):
    assert p_value(value) == expected


def test_memory_is_in_megabytes_and_what_was_not_measured_is_a_dash():
    assert (memory(1726.4), memory(None)) == ("1,726 MB", "–")


def test_an_open_end_of_an_interval_is_infinite_and_no_interval_is_empty():
    assert interval(None, None, percent=True) == ""
    assert interval(0.1, None, percent=True, digits=0) == "10 to ∞"
    assert interval(None, -0.5, percent=True, digits=0) == "−∞ to −50"


def test_differences_carry_their_sign():
    assert signed(0.0021, percent=True) == "+0.21"
    assert signed(-0.013, percent=True) == "−1.30"
    assert signed(0.0, percent=True) == "0"
    assert signed(None, percent=True) == "–"


@given(st.text())
def test_visible_text_prints_in_one_line_and_can_be_written(text):
    shown = visible(text)
    shown.encode("utf-8")
    assert len(shown.splitlines()) <= 1
    assert "\x1b" not in shown
    assert "\u202e" not in shown


@given(st.text(alphabet="ab *_`[]()<>&|~#!\\$:/.@\n-+1"))
def test_markdown_text_in_a_cell_is_read_back_as_the_text(text):
    table = f"| head |\n| --- |\n| x{markdown_text(text)}x |"
    page = MarkdownIt().enable("table").enable("strikethrough").render(table)
    (cell,) = re.findall(r"<td>(.*)</td>", page)
    assert "<" not in cell
    assert html.unescape(cell) == f"x{visible(text)}x"


def test_addresses_in_corpus_text_become_no_links_and_no_mentions():
    assert "https://" not in markdown_text("see https://example.org and www.example.org")
    assert "@" not in markdown_text("@someone")
    assert MarkdownIt().render(markdown_text("see https://example.org")) == (
        "<p>see https://example.org</p>\n"
    )
