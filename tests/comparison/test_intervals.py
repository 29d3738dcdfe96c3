"""One rate: golden cases, agreement with statsmodels, and what weights do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from kdaudit.comparison.intervals import (
    clopper_pearson,
    effective_size,
    percentile,
    proportion_interval,
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
