"""Tables for people: what a cell says, which subgroups show, Markdown and CSV."""

from __future__ import annotations

import csv
import io

import pytest

from kdaudit.comparison import Comparison, Contrast, Measurement, summary, to_csv, to_markdown
from kdaudit.comparison.tables import NOTHING, contrast_cell, value_cell


def _measurement(**changes):
    row = {
        "measure": "extractive", "model": "student", "split": "train", "scheme": "all",
        "subgroup": "all", "n": 6042, "flagged": 38, "value": 0.00629, "ci_low": 0.0045,
        "ci_high": 0.0086, "interval": "wilson",
    }  # fmt: skip
    return Measurement(**{**row, **changes})


def _contrast(**changes):
    row = {
        "measure": "extractive", "model": "student", "reference": "baseline", "split": "train",
        "scheme": "all", "subgroup": "all", "n": 6042, "difference": 0.0021,
        "difference_ci": (0.0003, 0.0040), "relative_change": 0.52,
        "relative_change_ci": (0.06, 1.21), "interval": "bootstrap", "p_value": 0.021,
        "p_adjusted": 0.048, "verdict": "higher", "discordant": 40,
    }  # fmt: skip
    return Contrast(**{**row, **changes})


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({}, "0.63 [0.45, 0.86]"),
        ({"value": 0.0, "ci_low": 0.0, "ci_high": 0.0001}, "0.000 [0.000, 0.010]"),
        ({"value": None, "ci_low": None, "ci_high": None}, NOTHING),
        ({"flagged": None, "value": 33.104, "ci_low": 32.0, "ci_high": 34.25},
         "33.10 [32.00, 34.25]"),
        ({"flagged": None, "value": 0.5121, "ci_low": 0.5, "ci_high": 0.53},
         "0.512 [0.500, 0.530]"),
    ],
)  # fmt: skip
def test_a_value_has_its_interval_and_rates_are_in_percent(changes, cell):
    assert value_cell(_measurement(**changes)) == cell


def test_an_absent_measurement_is_a_dash():
    assert value_cell(None) == contrast_cell(None, is_rate=True) == NOTHING


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({}, "higher (+52% [+6, +121])"),
        ({"relative_change_ci": (0.06, None)}, "higher (+52% [+6, ∞])"),
        ({"relative_change": -0.012, "relative_change_ci": (-0.05, 0.02),
          "verdict": "indistinguishable"}, "indistinguishable (-1.2% [-5.0, +2.0])"),
        ({"relative_change": None, "relative_change_ci": None, "verdict": "too_few"},
         "too few events (+0.21 points [+0.03, +0.40])"),
        ({"difference": None, "relative_change": None, "verdict": "too_few"}, "too few events"),
    ],
)  # fmt: skip
def test_a_contrast_says_its_verdict_in_words(changes, cell):
    assert contrast_cell(_contrast(**changes), is_rate=True) == cell


def test_a_contrast_of_quality_is_a_difference():
    contrast = _contrast(difference=-0.83, difference_ci=(-1.2, -0.4), verdict="lower")
    assert contrast_cell(contrast, is_rate=False) == "lower (-0.83 [-1.20, -0.40])"


def _comparison(*, planted):
    places = [("all", "all"), ("frequency", "1")]
    places += [("provenance", name) for name in ("original", "planted")] if planted else []
    measurements = [
        _measurement(model=model, scheme=scheme, subgroup=subgroup, n=n)
        for scheme, subgroup in places
        for model, n in (("student", 100), ("baseline", 90))
    ]
    contrasts = [_contrast(scheme=scheme, subgroup=subgroup) for scheme, subgroup in places]
    return Comparison(measurements, contrasts)


def test_a_table_has_a_column_per_model_and_per_contrast():
    (table,) = summary(_comparison(planted=False))
    assert table.title == "train"
    assert table.columns == ("measure", "n", "student", "baseline", "student against baseline")
    value = "0.63 [0.45, 0.86]"
    words = "higher (+52% [+6, +121])"
    assert table.rows == (("extractive (%)", "90-100", value, value, words),)


def test_planted_cases_are_never_mixed_with_the_original_ones():
    titles = [table.title for table in summary(_comparison(planted=True))]
    assert titles == ["train, provenance = original", "train, provenance = planted"]


def test_a_scheme_and_a_split_can_be_chosen():
    comparison = _comparison(planted=True)
    (table,) = summary(comparison, scheme="frequency", split="train")
    assert table.title == "train, frequency = 1"
    assert summary(comparison, split="test") == []
    assert summary(Comparison([], [])) == []


def test_markdown_has_a_table_under_each_title_and_escapes_bars():
    comparison = Comparison([_measurement(model="a|b")], [])
    text = to_markdown(summary(comparison))
    assert "### train\n\n| measure | n | a\\|b |\n| --- | --- | --- |\n" in text
    assert "| extractive (%) | 6042 | 0.63 [0.45, 0.86] |" in text


def test_csv_holds_unrounded_numbers_and_the_contrast_of_each_model():
    rows = list(
        csv.DictReader(
            io.StringIO(to_csv({"a run": _comparison(planted=False).only(scheme="all")}))
        )
    )
    assert [row["model"] for row in rows] == ["student", "baseline"]
    assert rows[0]["value"] == "0.00629"
    assert (rows[0]["difference_ci_low"], rows[0]["difference_ci_high"]) == ("0.0003", "0.004")
    assert (rows[0]["contrast_n"], rows[0]["verdict"]) == ("6042", "higher")
    assert (rows[1]["verdict"], rows[1]["reference"]) == ("", "")
