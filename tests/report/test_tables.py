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
        "train, original segments (beam 1)",
        "train, planted cases (beam 1)",
    ]
    assert [table.title for table in main_tables(lookup, "test")] == ["test, all segments (beam 5)"]


def test_original_segments_of_several_provenances_stay_together():
    places = [("provenance", "original"), ("provenance", "web"), ("provenance", "planted")]
    places += [("planted", "none"), ("planted", "copy")]
    rows = [
        replace(NOTHING, scheme=scheme, subgroup=subgroup, n=number)
        for number, (scheme, subgroup) in enumerate(places)
    ]
    found = Lookup(Comparison(rows, [], {}))
    tables = main_tables(found, "train")
    titles = ["train, original segments", "train, planted cases"]
    assert [table.title for table in tables] == titles
    assert [table.groups[0].rows[0].values[0].count for table in tables] == ["0 of 3", "0 of 2"]
    assert found.subgroups("train") == {"provenance": ["original", "web"], "planted": ["copy"]}


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


def test_subgroup_tables_leave_out_what_has_no_event_and_original_with_planted(lookup):
    (table,) = subgroup_tables(lookup, "train")
    assert table.title == "train, by frequency (beam 1)"
    measures = [group.measure.name for group in table.groups]
    assert "repeated_target" not in measures
    assert [row.label for row in table.groups[0].rows] == ["1", "2", "3-4", "5+", "planted"]
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


def test_a_change_that_has_nothing_to_compare_has_no_number():
    shown = change_text(
        replace(CONTRAST, difference=None, difference_ci=None, verdict="too_few"),
        measure("exact_match", is_rate=True),
    )
    assert (shown.verdict, shown.difference) == ("too few events: nothing to compare", "")


@pytest.mark.parametrize(
    ("changes", "verdict", "p"),
    [
        ({}, "indistinguishable", "p = 0.060"),
        ({"p_adjusted": 0.0499, "verdict": "higher"}, "higher", "p = 0.0499"),
        ({"verdict": "too_few", "discordant": 3}, "too few events: 3 independent units differ", ""),
        (
            {"difference": 0.0, "verdict": "too_few", "discordant": 0},
            "no difference: no event in either",
            "",
        ),
    ],
)
def test_a_p_value_stands_where_the_verdict_is_that_of_a_test(changes, verdict, p):
    shown = change_text(replace(CONTRAST, **changes), measure("exact_match", is_rate=True))
    assert (shown.verdict, shown.p) == (verdict, p)


@pytest.mark.parametrize(("high", "shown"), [(None, "+52% (6 to ∞)"), (11.0, "+52% (6 to >+1000)")])
def test_a_bound_of_the_relative_change_that_says_nothing_is_not_a_number(high, shown):
    contrast = replace(CONTRAST, relative_change=0.52, relative_change_ci=(0.06, high))
    assert change_text(contrast, measure("exact_match", is_rate=True)).relative == shown
