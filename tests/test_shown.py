"""Texts of others in each form of output."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.shown import csv_cell, json_text, table_text, visible

HOSTILE = "web\x1b[31m\u202e<script>|`\x9b2J\x7f\ufeff\U000e0041"


def steers(text: str) -> bool:
    """Whether a text holds what a terminal obeys or a reader does not see."""
    return visible(text) != text


@pytest.mark.parametrize("form", [table_text, csv_cell])
def test_nothing_in_a_cell_steers_a_terminal(form):
    assert steers(HOSTILE)
    assert not steers(form(HOSTILE))
    assert "⟨U+001B⟩" in form(HOSTILE)


def test_a_table_cell_has_no_markup_and_keeps_brackets():
    assert table_text("a|b `c` <b>&\\ 1.2 [0.8, 1.6]") == (
        "a\\|b \\`c\\` &lt;b&gt;&amp;\\\\ 1.2 [0.8, 1.6]"
    )
    assert "\n" not in table_text("two\nlines")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "＝1"])
def test_a_text_is_no_formula(text):
    assert str(csv_cell(text)).startswith("'")


@pytest.mark.parametrize("value", [-1.5, 0, None, True, "a = b", "", "line\nline"])
def test_other_cells_are_as_they_are(value):
    assert csv_cell(value) == value


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_holds_the_same_text_and_steers_nothing(text):
    content = {"text": text, text: [HOSTILE]}
    written = json_text(content)
    assert json.loads(written) == content
    assert not any(steers(line) for line in written.split("\n"))


def test_csv_of_hostile_cells_is_read_back_as_one_row():
    out = io.StringIO()
    csv.writer(out).writerow([csv_cell(HOSTILE), csv_cell('a"b\nc')])
    assert len(list(csv.reader(io.StringIO(out.getvalue())))) == 1
