"""Tests of a difference: McNemar's for any weights, Holm's correction, the verdict."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy.stats import binomtest, ttest_1samp
from statsmodels.stats.contingency_tables import mcnemar as theirs
from statsmodels.stats.multitest import multipletests

from kdaudit.comparison.significance import bootstrap_p, holm, mcnemar, sign_flip, verdict

MANY = 10**9
"""So many units that Student's distribution is the normal one."""


def _p(changes, resamples=1000):
    change, counts = np.unique(np.asarray(changes, dtype=np.int64), return_counts=True)
    return mcnemar(change, counts, resamples, np.random.default_rng(1))


def _by_enumeration(changes):
    """P(|sum| >= observed) over all signs, one by one."""
    sizes, observed = np.abs(changes), abs(sum(changes))
    sums = [abs(np.dot(sizes, signs)) for signs in product((-1, 1), repeat=len(sizes))]
    return np.mean([total >= observed for total in sums])


@pytest.mark.parametrize("gained", [0, 1, 5, 12, 40, 3000])
@pytest.mark.parametrize("lost", [0, 2, 13, 2900])
def test_with_units_of_one_weight_it_is_mcnemars_exact_test(gained, lost):
    p_value = _p([1] * gained + [-1] * lost + [0] * 7)
    exact = theirs([[5, gained], [lost, 5]], exact=True).pvalue if gained + lost else 1.0
    assert p_value == pytest.approx(exact, rel=0, abs=1e-9)
    assert _p([3] * gained + [-3] * lost) == pytest.approx(p_value, rel=0, abs=1e-12)


@pytest.mark.parametrize(
    "changes", [[1, 2, 4], [16, -1, -1, -1, 1], [5, 5, -3, 2, 2, 2, -7], [1, 1, 2, -3, 10, 0]]
)
def test_with_weights_it_counts_the_signs_that_are_as_extreme(changes):
    assert _p(changes) == pytest.approx(_by_enumeration(changes), abs=1e-12)


def test_a_sum_too_large_for_exactness_is_tested_with_random_signs():
    changes = [900] * 14 + [700] * 6 + [-900] * 4 + [-700] * 5
    scaled_down = [9] * 14 + [7] * 6 + [-9] * 4 + [-7] * 5
    exact = _p(scaled_down)
    assert sum(map(abs, changes)) > 20_000
    assert _p(changes, resamples=20_000) == pytest.approx(exact, abs=0.012)


def test_one_segment_or_none_proves_nothing():
    assert _p([]) == _p([0, 0]) == _p([5]) == 1.0


def test_random_signs_never_give_a_p_of_zero():
    rng = np.random.default_rng(2)
    p_value = sign_flip(np.array([1.0]), np.array([400]), 400.0, 99, rng)
    assert p_value == pytest.approx(0.01)


def test_five_discordant_units_cannot_reach_a_twentieth_and_six_can():
    assert binomtest(5, 5).pvalue > 0.05 > binomtest(6, 6).pvalue
    assert verdict(0.1, 5, 0.001, 0.95) == "too_few"
    assert verdict(0.1, 6, 0.049, 0.95) == "higher"


@pytest.mark.parametrize(
    ("difference", "p_adjusted", "word"),
    [
        (-0.1, 0.049, "lower"),
        (0.1, 0.05, "indistinguishable"),
        (0.0, 0.001, "indistinguishable"),
        (None, None, "too_few"),
    ],
)
def test_the_verdict_follows_the_adjusted_p(difference, p_adjusted, word):
    assert verdict(difference, 50, p_adjusted, 0.95) == word


@pytest.mark.parametrize(
    "p_values", [[], [0.03], [0.01, 0.04, 0.03, 0.005], [1.0, 1.0], [0.02, 0.02, 0.5, 0.0001, 0.9]]
)
def test_holm_agrees_with_statsmodels(p_values):
    expected = multipletests(p_values, method="holm")[1] if p_values else []
    assert holm(p_values) == pytest.approx(expected, rel=0, abs=1e-12)


def test_the_bootstrap_p_is_two_sided_and_shifted_to_no_difference():
    resampled = np.arange(-50, 51) + 30.0  # centred on 30, as a difference of 30 would be
    assert bootstrap_p(30.0, resampled, MANY) == pytest.approx((1 + 42) / 102, abs=1e-6)
    assert bootstrap_p(-30.0, resampled - 60, MANY) == pytest.approx((1 + 42) / 102, abs=1e-6)
    assert bootstrap_p(0.0, np.zeros(9), 9) == 1.0
    assert bootstrap_p(1.0, np.full(9, np.nan), 9) == 1.0


def test_the_bootstrap_p_of_few_units_is_that_of_students_test():
    sample = np.random.default_rng(1).normal(0.5, 1, 8)
    resampled = np.random.default_rng(2).choice(sample, (40_000, 8)).mean(axis=1)
    ours = bootstrap_p(sample.mean(), resampled, len(sample))
    assert ours == pytest.approx(ttest_1samp(sample, 0).pvalue, abs=0.01)
    assert ours > 1.5 * bootstrap_p(sample.mean(), resampled, MANY)
