"""Two models' rates: golden cases, equal models, and denominators of their own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kdaudit.comparison.rates import RateSettings, paired_effect, rate, unpaired_effect
from kdaudit.comparison.units import Types

CASES = json.loads(
    (Path(__file__).parents[1] / "golden" / "contrasts.json").read_text(encoding="utf-8")
)["cases"]
SETTINGS = RateSettings(resamples=2000, confidence=0.95)


def _types(rows):
    table = np.asarray(rows, dtype=np.int64).reshape(-1, 5)
    return Types(table[:, :-1], table[:, -1])


def _effect(rows, kind=paired_effect):
    return kind(_types(rows), SETTINGS, np.random.default_rng(3))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_a_paired_difference_is_that_of_the_golden_case(case):
    found = _effect(case["types"])
    assert (found.discordant, found.interval) == (case["discordant"], case["interval"])
    for ours, expected in (
        (found.difference, case["difference"]),
        (found.relative_change, case["relative"]),
        (found.p_value, case["p_value"]),
    ):
        assert ours == (None if expected is None else pytest.approx(expected, abs=1e-9))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_intervals_hold_the_difference_and_swapping_the_models_turns_them_round(case):
    found = _effect(case["types"])
    swapped = _effect([[*row[2:4], *row[:2], row[4]] for row in case["types"]])
    if found.difference is None:
        assert found.difference_ci is None is swapped.difference_ci
        return
    low, high = found.difference_ci
    assert low <= found.difference <= high
    other_low, other_high = swapped.difference_ci
    tolerance = 0.003 if found.interval == "bootstrap" else 1e-12
    assert (-other_high, -other_low) == pytest.approx((low, high), abs=tolerance)
    assert swapped.p_value == pytest.approx(found.p_value, abs=1e-12)


def test_few_discordant_units_have_an_interval_that_is_not_a_point():
    found = _effect([[1, 1, 1, 1, 20], [1, 0, 1, 0, 980]])
    low, high = found.difference_ci
    assert low == pytest.approx(-high)
    assert 3 / 1000 < high < 6 / 1000
    assert found.relative_change_ci[0] < 0 < found.relative_change_ci[1]


def test_a_bootstrap_interval_agrees_with_the_normal_one_where_events_are_many():
    found = _effect([[1, 1, 1, 1, 300], [1, 1, 1, 0, 250], [1, 0, 1, 1, 200], [1, 0, 1, 0, 9250]])
    half = 1.96 * np.sqrt(450 - 50**2 / 10_000) / 10_000
    expected = 0.005 - half, 0.005 + half
    assert found.difference_ci == pytest.approx(expected, abs=0.0003)
    assert found.relative_change_ci == pytest.approx((-0.08 + 0.098, 0.19), abs=0.02)


def test_own_denominators_are_the_models_own():
    rows = [
        [1, 1, 1, 1, 20],
        [1, 1, 1, 0, 20],
        [1, 0, 1, 1, 10],
        [1, 0, 0, 0, 50],
        [0, 0, 1, 0, 70],
    ]
    found = _effect(rows, unpaired_effect)
    assert found.n == 170
    assert found.difference == pytest.approx(40 / 100 - 30 / 120)
    assert found.relative_change == pytest.approx(0.6)
    assert found.discordant == 30
    low, high = found.difference_ci
    assert low < found.difference < high


def test_equal_denominators_give_mcnemars_test():
    rows = [[1, 1, 1, 1, 30], [1, 1, 1, 0, 25], [1, 0, 1, 1, 10], [1, 0, 1, 0, 935]]
    own, same = _effect(rows, unpaired_effect), _effect(rows)
    assert own.difference == pytest.approx(same.difference)
    assert own.p_value == pytest.approx(same.p_value, abs=0.008)


def test_a_model_that_replicates_nothing_has_no_contrast():
    found = _effect([[1, 1, 0, 0, 12], [1, 0, 0, 0, 50]], unpaired_effect)
    assert (found.difference, found.p_value, found.difference_ci) == (None, None, None)
    assert found.n == 62


def test_equal_models_with_own_denominators_have_a_p_of_one():
    found = _effect([[1, 1, 1, 1, 20], [1, 0, 1, 0, 50]], unpaired_effect)
    assert (found.difference, found.p_value, found.discordant) == (0.0, 1.0, 0)


def test_a_rate_counts_segments_not_units():
    found = rate(Types(np.array([[3, 2], [1, 0]]), np.array([10, 70])), 0.95)
    assert (found.n, found.flagged, found.value) == (100, 20, 0.2)
