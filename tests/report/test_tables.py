from dataclasses import replace

import pytest

from kdaudit.comparison import Comparison, Contrast, Measurement
from kdaudit.report.measures import measure
from kdaudit.report.tables import (
    Lookup,
    change_text,
    main_tables,
    silent_measures,
    subgroup_tables,
    value_text,
)

NOTHING = Measurement("natural", "m", "train", "all", "all", 0, 0, None, None, None, "wilson")
CONTRAST = Contrast(
    "exact_match", "student", "baseline", "train", "all", "all", 100, 0.02, (0.0, 0.04),
    None, None, "bootstrap", 0.03, 0.06, "indistinguishable", 12,
)  # fmt: skip


@pytest.fixture(scope="module")
def lookup(content):
    return Lookup(content.comparison, ["teacher", "student", "baseline"])


def test_a_split_with_planted_cases_has_a_table_of_originals_and_one_of_planted(lookup):
    assert [table.title for table in main_tables(lookup, "train")] == [
        "original segments",
        "planted cases",
    ]
    assert [table.title for table in main_tables(lookup, "test")] == ["all segments"]


def test_a_main_table_has_a_cell_per_model_and_a_change_per_contrast(lookup):
    table = main_tables(lookup, "train")[0]
    assert table.models == ["teacher", "student", "baseline"]
    assert table.contrasts == [("teacher", "baseline"), ("student", "baseline")]
    row = next(g for g in table.groups if g.measure.name == "extractive").rows[0]
    assert [(cell.value, cell.count) for cell in row.values] == [
        ("0.86%", "52 of 6,042"),
        ("0.63%", "38 of 6,042"),
        ("0.41%", "25 of 6,042"),
    ]
    assert [change.verdict for change in row.changes] == ["higher", "higher"]


def test_measures_come_in_their_order_and_strangers_last():
    rows = [replace(NOTHING, measure=name) for name in ("zeta", "bleu", "exact_match", "alpha")]
    names = [m.name for m in Lookup(Comparison(rows, [], {})).measures("train", ("all", "all"))]
    assert names == ["exact_match", "bleu", "alpha", "zeta"]


def test_the_models_given_come_first_and_the_unknown_ones_are_kept():
    rows = [replace(NOTHING, model=name) for name in ("a", "b", "c")]
    assert Lookup(Comparison(rows, [], {}), ["c", "absent"]).models == ["c", "a", "b"]


def test_subgroup_tables_leave_out_what_has_no_event_and_what_main_tables_show(lookup):
    tables = subgroup_tables(lookup, "train")
    assert [table.title for table in tables] == ["all segments together", "by frequency"]
    measures = [group.measure.name for group in tables[1].groups]
    assert "repeated_target" not in measures
    assert [row.label for row in tables[1].groups[0].rows] == ["1", "2", "3-4", "5+"]
    assert subgroup_tables(lookup, "test") == []


def test_measures_without_any_event_are_named(lookup):
    assert silent_measures(lookup, "train") == ["Repeated target"]
    assert silent_measures(lookup, "test") == []


def test_a_value_that_is_undefined_is_shown_as_a_dash():
    shown = value_text(NOTHING, measure("natural", is_rate=True))
    assert (shown.value, shown.interval, shown.count) == ("–", "", "0 of 0")


def test_a_change_without_event_in_the_reference_has_no_relative_part():
    shown = change_text(CONTRAST, measure("exact_match", is_rate=True))
    assert shown.relative == ""
    assert shown.difference == "+2.00 points (0 to 4.00)"
    assert not shown.differs


def test_an_open_upper_bound_of_the_relative_change_is_shown_as_infinite():
    contrast = replace(CONTRAST, relative_change=0.52, relative_change_ci=(0.06, None))
    shown = change_text(contrast, measure("exact_match", is_rate=True))
    assert shown.relative == "+52% (6 to ∞)"
