"""Estimates against their definition, written down pair by pair, and the stopping rule."""

from __future__ import annotations

import math
from statistics import mean, variance

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from kdaudit.counterfactual import Estimator, banded, uncertain
from kdaudit.counterfactual.estimates import enough, uncertain_share

SCORES = st.one_of(st.floats(0, 1, width=32), st.just(math.nan))


def estimated(scores: list[list[float]], inside: list[list[bool]], confidence: float = 0.95):
    """Of a row for each model."""
    estimator = Estimator(len(scores[0]) if scores else 1)
    for row, where in zip(scores, inside, strict=True):
        estimator.add(np.array(row, dtype=np.float64), np.array(where, dtype=np.bool_))
    return estimator.estimates(confidence)


def by_definition(scores: list[float], inside: list[bool]) -> dict[str, float]:
    """Of one pair."""
    known = [(one, there) for one, there in zip(scores, inside, strict=True) if one == one]
    sides = [[one for one, there in known if there is side] for side in (True, False)]
    means = [mean(side) if side else math.nan for side in sides]
    errors = [variance(side) / len(side) if len(side) > 1 else math.nan for side in sides]
    return {
        "mean_in": means[0],
        "mean_out": means[1],
        "memorization": means[0] - means[1],
        "standard_error": math.sqrt(sum(errors)),
        "models_in": len(sides[0]),
        "models_out": len(sides[1]),
    }


@given(st.lists(st.tuples(SCORES, SCORES, st.booleans(), st.booleans()), min_size=1, max_size=9))
def test_estimates_are_those_of_the_definition(models):
    scores = [[first, second] for first, second, _, _ in models]
    inside = [[first, second] for _, _, first, second in models]
    found = estimated(scores, inside)
    for pair in range(2):
        expected = by_definition([row[pair] for row in scores], [row[pair] for row in inside])
        for name, value in expected.items():
            shown = getattr(found, name)[pair]
            assert shown == pytest.approx(value, abs=1e-7, nan_ok=True), name


def test_the_interval_is_welchs():
    inside = np.array([0.9, 0.95, 0.7, 0.85])
    outside = np.array([0.2, 0.5, 0.3])
    rows = [[one] for one in [*inside, *outside]]
    found = estimated(rows, [[True]] * 4 + [[False]] * 3, 0.9)
    theirs = ttest_ind(inside, outside, equal_var=False).confidence_interval(0.9)
    assert (found.low[0], found.high[0]) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


GOLDEN = {
    "no model": ([], [], [math.nan] * 4, (0, 0)),
    "never in": ([[0.5], [0.7]], [[False]] * 2, [math.nan, 0.6, math.nan, math.nan], (0, 2)),
    "never out": ([[0.5]], [[True]], [0.5, math.nan, math.nan, math.nan], (1, 0)),
    "one on each side": ([[0.9], [0.4]], [[True], [False]], [0.9, 0.4, 0.5, math.nan], (1, 1)),
    "all equal": ([[0.5]] * 4, [[True], [True], [False], [False]], [0.5, 0.5, 0.0, 0.0], (2, 2)),
    "no score": (
        [[math.nan], [0.4]],
        [[True], [False]],
        [math.nan, 0.4, math.nan, math.nan],
        (0, 1),
    ),
}


@pytest.mark.parametrize("case", GOLDEN)
def test_degenerate_cases(case):
    scores, inside, expected, counts = GOLDEN[case]
    found = estimated(scores, inside)
    shown = [found.mean_in, found.mean_out, found.memorization, found.standard_error]
    assert [one[0] for one in shown] == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert (found.models_in[0], found.models_out[0]) == counts


def test_models_without_spread_have_an_interval_of_no_width():
    found = estimated([[0.5]] * 4, [[True], [True], [False], [False]])
    assert found.low[0] == found.high[0] == 0.0


def test_bands_are_half_open_and_what_is_undefined_has_none():
    values = np.array([-0.3, 0.19, 0.2, 0.3, 0.39, 0.4, 1.0, math.nan])
    assert banded(values, (0.2, 0.3, 0.4)).tolist() == [0, 0, 1, 2, 2, 3, 3, -1]
    assert banded(values, ()).tolist() == [0] * 7 + [-1]


def spread(inside: float, outside: float, noise: float, models: int, pairs: int = 200):
    """Estimates of pairs with these scores, give or take the noise, by models on halves."""
    rng = np.random.default_rng(3)
    estimator = Estimator(pairs)
    for number in range(models):
        where = np.zeros(pairs, dtype=np.bool_)
        where[number % 2 :: 2] = True
        level = np.where(where, inside, outside)
        estimator.add(level + rng.normal(0, noise, pairs), where)
    return estimator.estimates()


def test_a_band_is_uncertain_where_an_edge_lies_in_the_interval():
    edges = (0.2, 0.3, 0.4)
    assert not uncertain(spread(0.95, 0.25, 0.01, 8), edges).any()
    assert uncertain(spread(0.60, 0.30, 0.01, 8), edges).mean() > 0.9
    assert uncertain(spread(0.95, 0.25, 0.01, 2), edges).all()  # no standard error yet
    assert not uncertain(spread(0.60, 0.30, 0.01, 8), ()).any()  # one band


def test_models_are_saved_where_few_bands_are_uncertain():
    edges = (0.2, 0.3, 0.4)
    clear, vague = (0.95, 0.25, 0.01), (0.60, 0.30, 0.05)
    assert not enough(spread(*clear, 2), edges, 0.05, 2, 2)  # one model on each side
    assert enough(spread(*clear, 4), edges, 0.05, 4, 4)
    assert not enough(spread(*clear, 4), edges, 0.05, 6, 4)  # the least number comes first
    assert not enough(spread(*vague, 8), edges, 0.05, 4, 8)
    assert enough(spread(*vague, 8), edges, 0.99, 4, 8)


def test_pairs_that_no_model_can_score_keep_nothing_going():
    found = estimated(
        [[0.5, math.nan]] * 4, [[True, True], [True, True], [False, False], [False, False]]
    )
    assert uncertain_share(found, (0.2,)) == 0.0
    assert uncertain_share(estimated([], []), (0.2,)) == 0.0
