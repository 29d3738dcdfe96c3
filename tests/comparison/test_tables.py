"""Tables for people: what a cell says, which subgroups show, Markdown and CSV."""

from __future__ import annotations

import csv
import io

import pytest

from kdaudit.comparison import Comparison, Contrast, Measurement, summary, to_csv, to_markdown
from kdaudit.comparison.tables import NOTHING, contrast_cell, how_to_read, value_cell
from kdaudit.comparison.wording import p_value, remarks


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
        ({}, ("0.63 [0.45, 0.86]", "38 of 6,042")),
        ({"value": 0.0, "flagged": 0, "ci_low": 0.0, "ci_high": 0.0001},
         ("0.000 [0.000, 0.010]", "0 of 6,042")),
        ({"value": None, "ci_low": None, "ci_high": None}, (NOTHING,)),
        ({"flagged": None, "value": 33.104, "ci_low": 32.0, "ci_high": 34.25},
         ("33.10 [32.00, 34.25]", "6,042 segments")),
        ({"flagged": None, "value": 0.5121, "ci_low": 0.5, "ci_high": 0.53},
         ("0.512 [0.500, 0.530]", "6,042 segments")),
    ],
)  # fmt: skip
def test_a_value_has_its_interval_and_counts_and_rates_are_in_percent(changes, cell):
    assert value_cell(_measurement(**changes)) == cell


def test_an_absent_measurement_is_a_dash():
    assert value_cell(None) == contrast_cell(None, is_rate=True, level=0.05) == (NOTHING,)


HIGHER = "higher, p = 0.048"


@pytest.mark.parametrize(
    ("changes", "cell"),
    [
        ({}, (HIGHER, "+52% [+6, +121]")),
        ({"relative_change_ci": (0.06, None)}, (HIGHER, "+52% [+6, ∞]")),
        ({"relative_change_ci": (0.06, 11.6)}, (HIGHER, "+52% [+6, >+1000]")),
        ({"relative_change": 10.1, "relative_change_ci": (10.01, 11.6)},
         (HIGHER, ">+1000% [>+1000, >+1000]")),
        ({"relative_change": 10.0, "relative_change_ci": (-1.0, 10.0)},
         (HIGHER, "+1000% [-100, +1000]")),
        ({"relative_change": -0.012, "relative_change_ci": (-0.05, 0.02), "p_adjusted": 0.34,
          "verdict": "indistinguishable"},
         ("indistinguishable, p = 0.34", "-1.2% [-5.0, +2.0]")),
        ({"relative_change": None, "relative_change_ci": None, "verdict": "too_few",
          "discordant": 5},
         ("too few events: 5 independent units differ", "+0.21 points [+0.03, +0.40]")),
        ({"relative_change": None, "relative_change_ci": None, "verdict": "too_few",
          "discordant": 1},
         ("too few events: 1 independent unit differs", "+0.21 points [+0.03, +0.40]")),
        ({"difference": None, "relative_change": None, "verdict": "too_few", "discordant": 0},
         ("too few events: nothing to compare",)),
    ],
)  # fmt: skip
def test_a_contrast_says_its_verdict_in_words(changes, cell):
    assert contrast_cell(_contrast(**changes), is_rate=True, level=0.05) == cell


SAME = {"difference": 0.0, "difference_ci": (-0.01, 0.01), "verdict": "too_few", "discordant": 0}


@pytest.mark.parametrize(
    ("changes", "is_rate", "word"),
    [
        ({"relative_change": 0.0}, True, "no difference: identical on every unit"),
        ({"relative_change": None}, True, "no difference: no event in either"),
        ({"relative_change": None}, False, "no difference: identical on every unit"),
        ({"relative_change": 0.0, "discordant": 4}, True,
         "too few events: 4 independent units differ"),
        ({"relative_change": 0.0, "discordant": 8, "verdict": "indistinguishable"}, True,
         "indistinguishable, p = 0.048"),
    ],
)  # fmt: skip
def test_identical_systems_are_not_said_to_have_too_few_events(changes, is_rate, word):
    contrast = _contrast(**{**SAME, **changes})
    assert contrast_cell(contrast, is_rate=is_rate, level=0.05)[0] == word


def test_a_contrast_of_quality_is_a_difference():
    contrast = _contrast(difference=-0.83, difference_ci=(-1.2, -0.4), verdict="lower")
    cell = contrast_cell(contrast, is_rate=False, level=0.05)
    assert cell == ("lower, p = 0.048", "-0.83 [-1.20, -0.40]")


@pytest.mark.parametrize(
    ("p", "level", "shown"),
    [
        (0.0499, 0.05, "p = 0.0499"),
        (50 / 1001, 0.05, "p = 0.04995"),
        (0.05, 0.05, "p = 0.050"),
        (0.0501, 0.05, "p = 0.050"),
        (0.0996, 0.1, "p = 0.0996"),
        (0.1004, 0.1, "p = 0.10"),
        (0.9996, 0.05, "p = 1.00"),
    ],
)
def test_a_p_value_lies_on_the_side_of_the_level_that_its_verdict_says(p, level, shown):
    assert p_value(p, level) == shown
    assert (float(shown[4:]) < level) == (p < level)


def _comparison(*, planted, **signature):
    places = [("all", "all"), ("frequency", "1")]
    places += [("frequency", "planted")] if planted else []
    places += [("provenance", name) for name in ("original", "planted")] if planted else []
    measurements = [
        _measurement(model=model, scheme=scheme, subgroup=subgroup, n=n)
        for scheme, subgroup in places
        for model, n in (("student", 100), ("baseline", 90))
    ]
    contrasts = [_contrast(scheme=scheme, subgroup=subgroup) for scheme, subgroup in places]
    return Comparison(measurements, contrasts, signature)


def _titles(comparison, **choice):
    return [table.title for table in summary(comparison, **choice)]


def test_a_table_has_a_column_per_model_and_per_contrast():
    (table,) = summary(_comparison(planted=False))
    assert table.title == "train"
    assert table.columns == ("student", "baseline", "student against baseline")
    (row,) = table.rows
    assert (row.measure, row.label) == ("extractive", "extractive (%)")
    value = "0.63 [0.45, 0.86]"
    words = (HIGHER, "+52% [+6, +121]")
    assert row.cells == ((value, "38 of 100"), (value, "38 of 90"), words)


def test_planted_cases_are_never_mixed_with_the_original_ones():
    comparison = _comparison(planted=True)
    assert _titles(comparison) == ["train, original segments", "train, planted cases"]
    # Whoever asks for both together is told that it is both.
    mixed = "train, original and planted segments together"
    assert _titles(comparison, scheme="all") == [mixed]
    by_frequency = ["train, frequency = 1", "train, frequency = planted"]
    assert _titles(comparison, scheme="frequency") == by_frequency
    assert _titles(_comparison(planted=False), scheme="all") == ["train"]


def test_original_segments_of_several_provenances_stay_together():
    places = [("all", "all"), ("provenance", "web"), ("provenance", "planted")]
    places += [("planted", "none"), ("planted", "copy")]
    rows = [
        _measurement(scheme=scheme, subgroup=subgroup, n=n)
        for n, (scheme, subgroup) in enumerate(places, start=100)
    ]
    original, planted = summary(Comparison(rows, []))
    assert (original.title, planted.title) == ("train, original segments", "train, planted cases")
    counts = [table.rows[0].cells[0][1] for table in (original, planted)]
    assert counts == ["38 of 103", "38 of 102"]


def test_a_title_says_the_beam_of_its_split():
    assert _titles(_comparison(planted=False, beam={"train": 5})) == ["train (beam 5)"]
    assert _titles(_comparison(planted=False, beam={"test": 5})) == ["train"]


def test_a_scheme_and_a_split_can_be_chosen():
    comparison = _comparison(planted=False)
    assert _titles(comparison, scheme="frequency", split="train") == ["train, frequency = 1"]
    assert summary(comparison, split="test") == []
    assert summary(Comparison([], [])) == []


def test_markdown_has_a_table_under_each_title_and_escapes_bars():
    comparison = Comparison([_measurement(model="a|b")], [])
    text = to_markdown(summary(comparison), ["A note."], ["bleu: good."])
    assert "### train\n\n| measure | a\\|b |\n| --- | --- |\n" in text
    assert "| extractive (%) | 0.63 [0.45, 0.86]; 38 of 6,042 |" in text
    assert text.endswith("\n\nA note.\n\n- bleu: good.\n")


def test_the_note_says_the_confidence_of_the_intervals():
    assert "with 95% intervals" in how_to_read(Comparison([], []))
    assert "with 90% intervals" in how_to_read(Comparison([], [], {"confidence": 0.9}))


def test_what_a_comparison_lacks_and_what_is_blank_is_said_by_split():
    about = {
        "not_computable": {"natural": "needs a gate"},
        "not_applicable": {"news": {"bleu": "no targets", "chrf": "no targets"}},
        "blank_translations": {"train": {"student": 1200}},
    }
    lacks = "natural was not computed: it needs a gate."
    news = "Not applicable to split 'news' (no targets): bleu, chrf."
    blank = (
        "student: 1,200 translations of train are blank; measures of hallucination leave them out."
    )
    assert remarks(about) == [lacks, news, blank]
    assert remarks(about, "train") == [lacks, blank]
    assert remarks(about, "news") == [lacks, news]
    assert remarks({}) == []


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
