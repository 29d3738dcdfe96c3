"""AUROC and its interval against SciPy and simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap, mannwhitneyu

from kdaudit.counterfactual import separation

VALUES = st.lists(st.integers(-3, 3).map(float), min_size=1, max_size=12).map(np.array)


@given(VALUES, VALUES)
def test_the_value_is_that_of_mann_and_whitney(cases, others):
    found = separation(cases, others)
    expected = mannwhitneyu(cases, others).statistic / (len(cases) * len(others))
    assert found.auroc == pytest.approx(expected)
    assert 0 <= found.ci_low <= found.auroc <= found.ci_high <= 1


def test_the_interval_is_that_of_the_bootstrap():
    rng = np.random.default_rng(5)
    cases, others = rng.normal(1.2, 1, 80), rng.normal(0, 1, 300)
    found = separation(cases, others)

    def auroc(first, second, axis):
        return (first[..., :, None] > second[..., None, :]).mean(axis=(-1, -2))

    drawn = bootstrap((cases, others), auroc, n_resamples=1000, batch=50, rng=rng)
    theirs = drawn.confidence_interval
    assert (found.ci_low, found.ci_high) == pytest.approx((theirs.low, theirs.high), abs=0.015)


def test_the_interval_covers_in_19_of_20_simulations():
    rng = np.random.default_rng(7)
    truth = 0.8413447  # of normal groups that are sqrt(2) apart
    covered = 0
    for _ in range(400):
        found = separation(rng.normal(2**0.5, 1, 40), rng.normal(0, 1, 200))
        covered += found.ci_low <= truth <= found.ci_high
    assert 0.92 <= covered / 400 <= 0.98


def test_groups_that_do_not_overlap_have_a_bound_by_their_size():
    found = separation(np.arange(10.0) + 100, np.arange(200.0) / 10)
    assert (found.auroc, found.ci_high) == (1.0, 1.0)
    assert found.ci_low == pytest.approx(0.025 ** (1 / 10))
    turned = separation(np.arange(10.0) - 100, np.arange(200.0) / 10)
    assert (turned.ci_low, turned.auroc) == (0.0, 0.0)
    assert turned.ci_high == pytest.approx(1 - 0.025 ** (1 / 10))


def test_without_a_score_on_a_side_there_is_nothing_to_tell():
    found = separation(np.array([np.nan]), np.array([1.0, np.nan]))
    assert (found.cases, found.others, found.auroc, found.ci_low) == (0, 1, None, None)
