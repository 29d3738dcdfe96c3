"""What a set-up costs, by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.scale import SetUp, costs, table

SMALL = SetUp(
    pairs=1_000,
    trained=200_000,
    training=800,
    greedy=100,
    prefixes=90,
    teacher_trained=600_000,
    teacher_training=300,
    teacher_greedy=40,
    teacher_prefixes=30,
    replicated=0.5,
    prefixes_of_each=6,
    row_bytes=50,
    devices=2,
)


def test_seconds_are_work_over_throughput():
    found = {one.part: one.seconds for one in costs(SMALL)}
    assert found == {
        "training, teacher": pytest.approx(2000),
        "training, the others": pytest.approx(750),
        "audit's translations, teacher": pytest.approx(25),
        "audit's translations, the others": pytest.approx(20),
        "back-translations": pytest.approx(30),
        "extraction, teacher": pytest.approx(100),
        "extraction, the others": pytest.approx(2 * 3000 / 90),
    }


def test_a_kd_corpus_of_another_beam_is_translated_beside_the_audit():
    found = {one.part: one.seconds for one in costs(replace(SMALL, teacher_beam=20))}
    assert found["KD corpus"] == pytest.approx(50)


def test_the_table_says_how_much_runs_side_by_side():
    rows = table(replace(SMALL, devices=64)).splitlines()
    assert "| training, the others | 600,000 target tokens | 0.2 | 2 | 0.1 |" in rows
    assert "| back-translations | 3,000 lines | 0.0 | 48 | 0.0 |" in rows
    assert rows[0].endswith("reckoned:")
