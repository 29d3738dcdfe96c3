"""Oscillatory hallucinations, beyond the golden cases: real labelled translations."""

import csv

import numpy as np
import pytest

from kdaudit.detectors import Services
from kdaudit.detectors.oscillatory import Oscillatory
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments


@pytest.fixture(scope="module")
def labelled(shared_data):
    path = shared_data / "hallucination" / "guerreiro2022.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    segments = Segments.of(
        source=[row["src"] for row in rows], translation=[row["mt"] for row in rows]
    )
    return segments, np.array([float(row["repetitions"]) == 1 for row in rows])


def test_the_published_rule_finds_14_of_86_labelled_oscillations_and_no_other(labelled):
    segments, oscillates = labelled
    detector = Oscillatory()
    flagged = detector.judge(detector.score(segments, Services()))
    assert (oscillates.sum(), flagged.sum(), (flagged & oscillates).sum()) == (86, 14, 14)


def test_lower_thresholds_find_42_of_53_flags_without_scoring_again(labelled):
    segments, oscillates = labelled
    scored = Oscillatory().score(segments, Services())
    flagged = Oscillatory(2, 1, max_source_tokens=10**6).judge(scored)
    assert (flagged.sum(), (flagged & oscillates).sum()) == (53, 42)


def test_the_three_rates_of_the_released_script_differ_in_long_sources():
    long, loop = " ".join(f"w{place}" for place in range(60)), "la " * 20
    segments = Segments.of(source=["one two", long, long], translation=[loop, loop, "la li"])
    verdicts = []
    for settings in ({}, {"leave_out_long": True}, {"count_long": True}):
        detector = Oscillatory(**settings)
        scored = detector.score(segments, Services())
        verdicts.append((int(detector.judge(scored).sum()), int(scored.eligible.sum())))
    assert verdicts == [(1, 3), (1, 1), (2, 3)]


BOTH = {"leave_out_long": True, "count_long": True}


@pytest.mark.parametrize("settings", [{"min_count": -1}, {"max_source_tokens": 0}, BOTH])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(RecipeError, match="oscillatory"):
        Oscillatory(**settings)
