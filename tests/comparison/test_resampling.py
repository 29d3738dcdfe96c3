"""Resampled sums of types: as many units as there are, each as likely as another."""

from __future__ import annotations

import numpy as np
import pytest

from kdaudit.comparison.quality import Resampled, effect, estimate
from kdaudit.comparison.resampling import RARE, resampled_types, stream
from kdaudit.comparison.units import Types

TYPES = {
    "common": [[1, 0, 900], [1, 1, 60], [2, 2, RARE]],
    "rare": [[1, 0, 2], [4, 4, 1], [30, 7, 1], [2, 1, RARE - 1]],
    "both": [[1, 0, 400], [1, 1, 25], [9, 9, 1], [40, 3, 1], [5, 5, 3]],
}


@pytest.mark.parametrize("rows", TYPES.values(), ids=TYPES)
def test_sums_have_the_moments_of_a_draw_with_replacement(rows):
    table = np.array(rows)
    values, counts = table[:, :-1], table[:, -1]
    sums = resampled_types(Types(values, counts), 20_000, stream(1, "test"))
    units = counts.sum()
    mean = values.T @ counts / units
    spread = (values - mean).T @ ((values - mean) * counts[:, None])
    assert sums.shape == (20_000, 2)
    np.testing.assert_allclose(sums.mean(axis=0), mean * units, rtol=0.02)
    np.testing.assert_allclose(np.cov(sums.T), spread, rtol=0.06)


def test_as_many_units_are_drawn_as_there_are():
    table = np.array(TYPES["both"])
    ones = np.ones((len(table), 1), dtype=np.int64)
    sums = resampled_types(Types(ones, table[:, -1]), 300, stream(1, "test"))
    assert np.unique(sums).tolist() == [table[:, -1].sum()]


def test_resamples_come_in_parts_of_bounded_size():
    counts = np.full(3_000, 7)
    values = np.arange(3_000)[:, None]
    sums = resampled_types(Types(values, counts), 40, stream(2, "test"))
    assert len(np.unique(sums)) > 30
    assert sums.mean() == pytest.approx(7 * values.sum(), rel=0.01)


def test_a_value_that_hangs_on_few_units_has_a_wider_interval():
    rng = np.random.default_rng(1)
    values, units = rng.normal(size=5_000), np.ones((100, 1))
    widths = []
    for weight in (1.0, 10.0, 1000.0):
        influence = np.where(np.arange(100) < 4, weight, 1.0) * np.where(
            rng.random(100) < 0.5, 1, -1
        )
        found = estimate(Resampled(100, 1.0, values, units, 100.0, influence), 0.95)
        low, high = found.bounds
        widths.append(high - low)
    without = estimate(Resampled(100, 1.0, values, units, 100.0, None), 0.95).bounds
    assert widths[0] == pytest.approx(without[1] - without[0])
    assert widths[0] < widths[1] < widths[2]


def test_a_difference_of_equal_models_is_worth_all_its_units():
    one = Resampled(3, 1.0, np.ones(10), np.ones((3, 1)), 3.0, np.array([1.0, 2.0, -3.0]))
    found = effect(one, one, paired=True, confidence=0.95)
    assert (found.difference, found.difference_ci, found.p_value) == (0.0, (0.0, 0.0), 1.0)
