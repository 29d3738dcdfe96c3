"""Counterfactual memorization in words and in the report's tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kdaudit.comparison import from_json_dict
from kdaudit.comparison.counterfactual import band_names, remarks
from kdaudit.errors import ArtifactError
from kdaudit.report import html, markdown
from kdaudit.report.counterfactual import grids
from tests.report.made_up import comparison_json, made_up_content

SECTION: dict[str, Any] = {
    "design": "subsets",
    "score": "geometric_mean",
    "share": 0.5,
    "pairs": 2060,
    "planned": 8,
    "trained": 6,
    "saved": 2,
    "stopping": {"uncertain": 0.1, "models": 4},
    "bands": [0.2, 0.4],
    "models": [
        {
            "model": "student",
            "defined": 2059,
            "memorization": 0.123456,
            "by_band": [1500, 500, 59],
            "uncertain": 0.0625,
        }
    ],
    "separation": [
        {
            "kind": "misaligned",
            "by": by,
            "model": model,
            "cases": 60,
            "others": 1940,
            "auroc": auroc,
            "ci_low": None if auroc is None else auroc - 0.02,
            "ci_high": None if auroc is None else auroc + 0.01,
        }
        for by, model, auroc in (
            ("memorization", "student", 0.98),
            ("nearest target", None, 0.47),
            ("nearest pair", None, None),
        )
    ],
    "inheritance": [
        {
            "model": "student",
            "teacher": "teacher",
            "pairs": "original",
            "threshold": 0.4,
            "inherited": 30,
            "lost": 12,
            "alone": 5,
            "neither": 1893,
            "undefined": 0,
        }
    ],
}
ABOUT = {"counterfactual": SECTION}


def test_the_remarks_say_what_was_saved_and_what_was_told_apart():
    assert remarks(ABOUT) == [
        "Counterfactual memorization (geometric mean probability per token): 6 models, each on "
        "50% of 2,060 distinct pairs; the stopping rule saved 2 of 8.",
        "student: counterfactual memorization of 2,059 pairs is known; the band of 6.2% is "
        "uncertain.",
        "AUROC of misaligned against original pairs: memorization of student 0.980 [0.960, "
        "0.990], nearest target 0.470 [0.450, 0.480], nearest pair –.",
        "teacher memorizes 42 original pairs (0.4 or more); student memorizes 30 of them too, "
        "and 5 alone.",
    ]


def test_nothing_is_said_where_nothing_was_computed():
    assert remarks({}) == []
    assert grids({}) == []


@pytest.mark.parametrize("design", ["folds", "held_out"])
def test_every_design_has_its_words(design):
    said = remarks({"counterfactual": SECTION | {"design": design, "stopping": None}})[0]
    assert "50%" in said
    assert "saved" not in said


def test_bands_have_names():
    assert band_names([0.2, 0.3]) == ["below 0.2", "0.2 to 0.3", "0.3 and more"]
    assert band_names([]) == []


def test_the_tables_have_a_cell_for_each_number():
    bands, separation, inheritance = grids(ABOUT)
    assert bands.rows == [["student", "2,059", "0.123", "1,500", "500", "59", "6.25"]]
    assert separation.head == ["Score", "misaligned (60)"]
    assert separation.rows[1] == ["nearest target", "0.470 [0.450, 0.480]"]
    assert inheritance.rows == [["student", "original", "30", "12", "5", "1,893"]]
    assert all(len(row) == len(grid.head) for grid in grids(ABOUT) for row in grid.rows)


def test_scores_without_bands_and_corpora_without_planted_cases_have_fewer_cells():
    models = [SECTION["models"][0] | {"by_band": [], "uncertain": None, "memorization": None}]
    bare = {"bands": [], "models": models, "separation": [], "inheritance": []}
    (bands,) = grids({"counterfactual": SECTION | bare})
    assert bands.rows == [["student", "2,059", "–", "–"]]
    assert len(bands.head) == 4


def test_page_and_markdown_show_it():
    shown = made_up_content()
    shown = replace(shown, comparison=replace(shown.comparison, about=ABOUT))
    for text in (html(shown), markdown(shown)):
        assert "Distinct pairs by counterfactual memorization" in text
        assert "nearest target" in text
    assert 'id="counterfactual"' not in html(made_up_content())


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"models": [{}]}, r"counterfactual\.models\[0\] lacks 'model'"),
        ({"separation": [{"kind": "copy"}]}, r"counterfactual\.separation\[0\] lacks 'by'"),
    ],
)
def test_a_stored_section_that_lacks_something_is_refused(changed, message):
    stored = comparison_json() | {"counterfactual": SECTION | changed}
    with pytest.raises(ArtifactError, match=message):
        from_json_dict(stored)


def test_a_stored_section_is_kept():
    stored = comparison_json() | ABOUT
    assert from_json_dict(stored).to_json_dict()["counterfactual"] == SECTION
    without = {key: value for key, value in SECTION.items() if key != "bands"}
    with pytest.raises(ArtifactError, match="counterfactual lacks 'bands'"):
        from_json_dict(comparison_json() | {"counterfactual": without})
