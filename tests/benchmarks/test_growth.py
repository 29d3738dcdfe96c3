"""The benchmark of growth measures what it says, and finds what grows too fast."""

from __future__ import annotations

import math

import pytest

from benchmarks import growth
from benchmarks.harness import Timing


def test_the_slope_is_that_of_the_large_sizes():
    linear = {10_000: 9.0, 100_000: 1.0, 1_000_000: 10.0, 10_000_000: 100.0}
    assert growth.slope(linear) == pytest.approx(1.0)
    squared = {size: (size / 1e5) ** 2 for size in linear}
    assert growth.slope(squared) == pytest.approx(2.0)
    assert growth.slope({10_000: 1.0, 100_000: 2.0}) is None


@pytest.mark.parametrize(
    ("seconds", "megabytes", "within"),
    [(10.0, 900.0, "yes"), (15.0, 900.0, "no"), (10.0, 4_100.0, "no")],
)
def test_what_grows_too_fast_is_said(seconds, megabytes, within):
    timings = {100_000: Timing((1.0,), 300.0), 1_000_000: Timing((seconds,), megabytes)}
    assert growth._verdict(timings) == (f"{math.log10(seconds):.2f}", within)


def test_the_table_has_every_stage():
    rows = growth.table((1_000,)).splitlines()
    stages = [row.split(" | ")[0].removeprefix("| ") for row in rows if " s, " in row]
    assert stages == [
        "prepare",
        *(f"detect: {name}" for name in growth.DETECTORS),
        *(f"group: {name}" for name in growth.SCHEMES),
        "compare",
    ]
