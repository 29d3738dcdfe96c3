"""Tables drawn for a terminal: a table where it fits, a list where it does not."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from kdaudit.comparison.tables import NOTHING, Row, Table
from kdaudit.report.terminal import draw

CELL = ("79.33 [78.41, 80.21]", "6,112 of 7,705")
WORDS = ("indistinguishable, p = 0.34", "-0.3% [-1.4, +0.9]")
TABLE = Table(
    "train, original segments",
    ("student", "基线", "student against 基线"),
    (
        Row("exact_match", "exact_match (%)", (CELL, CELL, WORDS)),
        Row("exact_match_kd", "exact_match_kd (%)", (CELL, (NOTHING,), (NOTHING,))),
    ),
)


def drawn(width: int, *notes: str) -> list[str]:
    file = StringIO()
    draw(Console(file=file, width=width), [TABLE], notes)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def test_a_table_that_fits_has_a_column_each_with_two_lines_a_cell():
    title, head, _, first, second, *_ = drawn(200)
    assert title == "train, original segments"
    assert head.split("  ")[0] == "measure"
    assert first.startswith("exact_match (%)")
    assert first.count("79.33 [78.41, 80.21]") == second.count("6,112 of 7,705") == 2
    assert "indistinguishable, p = 0.34" in first
    assert "-0.3% [-1.4, +0.9]" in second


def test_a_table_that_does_not_fit_is_a_list_of_what_there_is():
    assert drawn(80) == [
        "train, original segments",
        "exact_match (%)",
        "  student               79.33 [78.41, 80.21]; 6,112 of 7,705",
        "  基线                  79.33 [78.41, 80.21]; 6,112 of 7,705",
        "  student against 基线  indistinguishable, p = 0.34; -0.3% [-1.4, +0.9]",
        "exact_match_kd (%)",
        "  student               79.33 [78.41, 80.21]; 6,112 of 7,705",
        "",
    ]


def test_a_cell_that_does_not_fit_in_a_line_has_its_parts_one_below_the_other():
    indent = " " * 24
    lines = drawn(60)
    place = lines.index("  student against 基线  indistinguishable, p = 0.34")
    assert lines[place + 1] == f"{indent}-0.3% [-1.4, +0.9]"


@pytest.mark.parametrize("width", [1, 20, 30])
def test_no_word_is_broken_at_any_width(width):
    words = " ".join(drawn(width, "A well-known note that says something.")).split()
    for word in ("indistinguishable,", "exact_match_kd", "segments", "well-known", "something."):
        assert word in words


def test_what_looks_like_markup_is_text():
    file = StringIO()
    table = Table("[bold]x[/bold]", ("[red]m", "m\x1b[31m"), (Row("a", "[b]", (CELL, CELL)),))
    for width in (40, 200):
        draw(Console(file=file, width=width), [table], ["[i]note"])
    text = file.getvalue()
    for word in ("[bold]x[/bold]", "[red]m", "⟨U+001B⟩[31m", "[b]", "[i]note"):
        assert text.count(word) == 2
