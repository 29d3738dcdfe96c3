import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from kdaudit.comparison import Comparison
from kdaudit.report import ReportContent, markdown


@pytest.fixture(scope="module")
def text(content):
    return markdown(content)


@pytest.fixture(scope="module")
def rendered(text):
    return MarkdownIt().enable("table").render(text)


def test_every_row_of_a_table_has_as_many_cells_as_its_head(text):
    tables = [block for block in text.split("\n\n") if block.startswith("|")]
    assert len(tables) >= 6
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(cells) == 1


def test_all_tables_are_read_as_tables(text, rendered):
    assert rendered.count("<table>") == sum(b.startswith("|") for b in text.split("\n\n"))


def test_corpus_text_is_no_markup(text, rendered):
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "<script>" not in rendered
    assert "<strong>fett" not in rendered
    assert "**fett** `code`" in rendered
    assert "&lt;script&gt;alert('x')&lt;/script&gt;" in rendered


def test_original_and_planted_are_shown_apart(text):
    assert "## train, original segments (beam 1)" in text
    assert "## train, planted cases (beam 1)" in text
    assert "## train, all segments" not in text


def test_values_carry_interval_and_counts(text):
    row = next(line for line in text.splitlines() if line.startswith("| Extractive memorization"))
    assert "0.63% (0.46 to 0.86; 38 of 6,042)" in row
    assert "higher; +52% (12 to ∞)" in row


def test_what_is_not_applicable_stands_below_the_splits_table(content):
    said = {"test": "Not applicable to test.", "news": "Not applicable to news."}
    shown = markdown(replace(content, remarks=said))
    assert shown.count("Not applicable") == 2
    table, below = shown.split("Not applicable to test.")
    assert table.rindex("## ") == table.index("## test, all segments")
    assert "## news, all segments" in below
    assert below.index("## news") < below.index("Not applicable to news.")


def test_an_example_without_a_target_has_a_dash_there(content):
    example = replace(content.examples[0], target=None)
    row = markdown(replace(content, examples=[example])).split("## Flagged")[1].splitlines()[4]
    assert row.split(" | ")[6] == "–"


def test_without_text_flagged_segments_are_ids_alone(content):
    shown = markdown(content, show_text=False)
    assert "Lindenhof" in markdown(content)
    assert "Lindenhof" not in shown
    row = "| student | train | 17 | rare | prefix 4 of 11 words (0.36); pair occurs 4 times |"
    assert row in shown


def test_machine_time_and_peak_memory_are_given_per_stage(text):
    part = text.split("## Time and memory per stage")[1].split("##")[0]
    assert "Linux x86\\_64, 2 processors, no GPU." in part
    assert "| train-teacher | 1 min 35 s | 1,726 MB |" in part
    assert "| detect | 42 s | – |" in part
    assert "| all | 2 min 19 s | 1,726 MB |" in part


def test_a_long_text_is_cut_with_an_ellipsis(content):
    example = replace(content.examples[0], translation="wort " * 1000)
    shown = markdown(replace(content, examples=[example]))
    assert max(map(len, shown.splitlines())) < 1500
    assert "…" in shown


def test_a_recipe_with_fences_stays_one_block(content):
    shown = markdown(replace(content, recipe="name: x\n```\n# not a heading\n"))
    (block,) = re.findall(r"<pre>.*</pre>", MarkdownIt().render(shown), flags=re.DOTALL)
    assert "# not a heading" in block


def test_an_empty_comparison_still_has_a_title_and_the_warning():
    shown = markdown(ReportContent("nothing", Comparison([], [], {}), []))
    assert shown.startswith("# nothing: distillation audit\n")
    assert "One seed speaks" in shown
    assert "|" not in shown
