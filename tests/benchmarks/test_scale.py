"""What a set-up costs, by hand."""

from __future__ import annotations

import pytest

from benchmarks.scale import SetUp, costs, table

SMALL = SetUp(
    pairs=1_000,
    tokens=20_000,
    epochs=10,
    training=800,
    greedy=100,
    beam_lines=50,
    prefixes=90,
    replicated=0.5,
    prefixes_of_each=6,
    row_bytes=50,
    devices=2,
)


def test_seconds_are_work_over_throughput():
    found = {one.part: one.seconds for one in costs(SMALL)}
    assert found == {
        "training": pytest.approx(4 * 10 * 20_000 / 800),
        "audit's translations, beam 1": pytest.approx(30),
        "KD corpus": pytest.approx(20),
        "back-translations": pytest.approx(30),
        "extraction": pytest.approx(100),
    }


def test_the_table_says_how_much_runs_side_by_side():
    rows = table(SMALL).splitlines()
    assert "| training | 800,000 target tokens | 0.3 | 2 | 0.1 |" in rows
    assert rows[0].endswith("reckoned")
