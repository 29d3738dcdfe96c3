"""One rate: golden cases, agreement with statsmodels, and what weights do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import norm, t
from statsmodels.stats.proportion import proportion_confint

from kdaudit.comparison.intervals import (
    clopper_pearson,
    effective_size,
    expanded,
    paired_corners,
    percentile,
    proportion_interval,
    unit_weight,
    widened,
    wilson,
)
from kdaudit.comparison.rates import rate
from kdaudit.comparison.units import Types

GOLDEN = json.loads(
    (Path(__file__).parents[1] / "golden" / "intervals.json").read_text(encoding="utf-8")
)


def types_of(rows, columns):
    """Types from rows of values with the number of units at the end."""
    table = np.asarray(rows, dtype=np.int64).reshape(-1, columns + 1)
    return Types(table[:, :-1], table[:, -1])


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_a_rate_is_that_of_the_golden_case(case):
    found = rate(types_of(case["types"], 2), GOLDEN["confidence"])
    assert (found.n, found.flagged, found.interval) == (
        case["n"],
        case["flagged"],
        case["interval"],
    )
    expected = case["value"], case["low"], case["high"]
    if case["value"] is None:
        assert (found.value, *found.bounds) == expected
    else:
        assert (found.value, *found.bounds) == pytest.approx(expected, rel=0, abs=1e-9)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
@pytest.mark.parametrize("size", [1, 2, 7, 30, 1000, 100_000])
def test_intervals_agree_with_statsmodels(size, confidence):
    for events in sorted({0, 1, size // 7, size // 2, size - 1, size}):
        for method, ours in (("wilson", wilson), ("beta", clopper_pearson)):
            theirs = proportion_confint(events, size, alpha=1 - confidence, method=method)
            clipped = np.clip(theirs, 0, 1)
            assert ours(events, size, confidence) == pytest.approx(clipped, rel=0, abs=1e-9)


def test_the_exact_interval_ends_at_ten_events_on_either_side():
    names = [proportion_interval(events, 100, 0.95)[2] for events in (9, 10, 90, 91)]
    assert names == ["clopper-pearson", "wilson", "wilson", "clopper-pearson"]


def test_units_of_weight_one_are_worth_their_number():
    types = types_of([[1, 1, 13], [1, 0, 87]], 2)
    assert effective_size(*types.values.T, types.counts) == pytest.approx(100, abs=1e-9)


def test_copies_add_nothing_to_the_effective_size():
    once, often = types_of([[1, 1, 13], [1, 0, 87]], 2), types_of([[9, 9, 13], [9, 0, 87]], 2)
    sizes = [effective_size(*types.values.T, types.counts) for types in (once, often)]
    assert sizes[1] == pytest.approx(sizes[0], rel=1e-12)


def test_heavy_flagged_units_widen_the_interval():
    heavy = types_of([[16, 16, 5], [1, 0, 920]], 2)
    light = types_of([[1, 1, 80], [1, 0, 920]], 2)
    (low, high), (light_low, light_high) = rate(heavy, 0.95).bounds, rate(light, 0.95).bounds
    assert low < light_low / 2
    assert high > light_high * 1.5


def test_percentiles_are_open_where_resamples_are_infinite():
    values = np.array([np.nan, *range(90), *[np.inf] * 10])
    assert percentile(values, 0.95) == (2.0, None)
    assert percentile(np.array([np.nan]), 0.95) == (None, None)


def test_units_of_one_segment_are_no_weight_of_shared_translations():
    segments, counts = np.array([1, 5, 50]), np.array([1000, 10, 1])
    several = (10 * 25 + 2500) / (50 + 50)
    assert unit_weight(segments, counts, shared=True) == pytest.approx(several)
    assert unit_weight(segments, counts) == pytest.approx((1000 + 250 + 2500) / 1100)
    assert unit_weight(segments[:1], counts[:1], shared=True) == 1.0


def test_no_flagged_translation_leaves_room_for_one_that_many_segments_share():
    types = types_of([[1, 0, 950], [50, 0, 1]], 2)
    (_, high), (_, of_pairs) = rate(types, 0.95, shared=True).bounds, rate(types, 0.95).bounds
    assert high == pytest.approx(clopper_pearson(0, 20, 0.95)[1])
    assert high > 0.05 > of_pairs


@pytest.mark.parametrize("size", [1, 7])
def test_units_of_one_size_do_not_widen_an_interval(size):
    assert widened(0.95, np.array([-size, 0, size]), np.array([4, 90, 7])) == 0.95
    assert widened(0.95, np.array([0]), np.array([90])) == 0.95


def test_few_units_of_unlike_sizes_widen_it_and_many_hardly_do():
    sizes, counts = np.array([-16, -4, 1, 2, 8]), np.array([2, 3, 3, 3, 3])
    squares, fourth = sizes.astype(float) ** 2 @ counts, sizes.astype(float) ** 4 @ counts
    freedom = 2 * squares**2 / (fourth - squares**2 / 14)
    assert widened(0.95, sizes, counts) == pytest.approx(2 * norm.cdf(t.ppf(0.975, freedom)) - 1)
    assert 0.95 < widened(0.95, sizes, 1000 * counts) < 0.9501 < widened(0.95, sizes, counts)


@pytest.mark.parametrize("units", [5, 9, 400])
def test_percentiles_of_means_are_expanded_to_students_interval(units):
    spread = norm.ppf((1 + expanded(0.95, units)) / 2) * np.sqrt((units - 1) / units)
    assert spread == pytest.approx(t.ppf(0.975, units - 1), rel=1e-4)
    assert expanded(0.95, 0) == expanded(0.95, 1) == expanded(0.95, 2)  # a bootstrap of one unit


def test_a_relative_change_does_not_take_what_both_flag_as_known():
    """3 of the reference's 500 are the model's too: that could as well have been 8."""
    corners = paired_corners(
        types_of([[1, 1, 1, 1, 3], [1, 0, 1, 1, 497], [1, 0, 1, 0, 9500]], 4), 0.95
    )
    low, high = corners.relative
    few = clopper_pearson(3, 500, 0.975)
    assert low == pytest.approx(few[0] - 1)
    assert few[1] - 1 < high < -0.97


def test_a_relative_change_may_be_unbounded_and_needs_an_event_of_the_reference():
    some, none = ([[1, 1, 1, 0, 4], [1, 0, 1, 1, lost], [1, 0, 1, 0, 90]] for lost in (1, 0))
    assert paired_corners(types_of(some, 4), 0.95).relative[1] > 100
    assert paired_corners(types_of(none, 4), 0.95).relative is None
    both = [[1, 1, 1, 0, 4], [2, 2, 2, 2, 1], [1, 0, 1, 0, 90]]
    assert paired_corners(types_of(both, 4), 0.95).relative[1] > 0.5
