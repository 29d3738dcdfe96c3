"""The report of what `compare` really gives, its undefined numbers among them."""

import numpy as np

from kdaudit.comparison import Flags, Split, compare
from kdaudit.report import Model, ReportContent, html, markdown

N = 60


def flags(model, measure, flagged, eligible=None):
    eligible = np.ones(N, dtype=np.bool_) if eligible is None else eligible
    return Flags(measure, model, "train", eligible, flagged & eligible)


def real_content():
    provenance = ["planted" if row % 6 == 0 else "original" for row in range(N)]
    schemes = {"all": ["all"] * N, "provenance": provenance}
    split = Split.of("train", np.arange(N), schemes)
    row, nothing = np.arange(N), np.zeros(N, dtype=np.bool_)
    found = [
        flags("student", "exact_match", row < 40),
        flags("baseline", "exact_match", row < 10),
        flags("student", "oscillatory", row < 3),
        flags("baseline", "oscillatory", nothing),
        flags("student", "extractive", nothing, eligible=nothing),
        flags("baseline", "extractive", nothing, eligible=nothing),
    ]
    comparison = compare([split], found, reference="baseline", bootstrap=200)
    models = [Model("student", "student"), Model("baseline", "baseline")]
    return ReportContent("real", comparison, models)


def test_a_real_comparison_has_a_page_and_a_markdown():
    content = real_content()
    for text in (html(content), markdown(content)):
        assert "the student replicates more training targets (exact match)" in text
        assert "hallucinates too rarely to tell a difference" in text
        for word in ("nan", "None", "inf ", "inf)"):
            assert word not in text


def test_a_measure_without_eligible_segments_is_a_dash_and_no_plot():
    text = markdown(real_content())
    row = next(line for line in text.splitlines() if line.startswith("| Extractive memorization"))
    assert "– (0 of 0)" in row
    assert "Extractive memorization, train" not in html(real_content())


def test_a_relative_change_without_a_reference_event_is_left_out():
    text = markdown(real_content())
    row = next(line for line in text.splitlines() if line.startswith("| Oscillatory"))
    assert "too few events" in row
    assert "%" not in row.split("|")[-2].replace("points", "")
