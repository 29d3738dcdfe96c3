"""Properties: rows and units in any order, equal models, whole tables of any shape."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kdaudit.comparison import Flags, Split, compare, from_json_dict, summary, to_csv
from kdaudit.comparison.significance import mcnemar

FAST = {"bootstrap": 50, "seed": 3}
ROW = st.tuples(
    st.integers(0, 8), st.booleans(), st.booleans(), st.booleans(), st.sampled_from("abc")
)
ROWS = st.lists(ROW, min_size=1, max_size=40)


def _compare(rows, *, equal=False, shared=False):
    unit, eligible, model, reference, names = (list(column) for column in zip(*rows, strict=True))
    reference = model if equal else reference
    keys = np.array(unit) if shared else None
    mask = np.array(eligible)
    flags = [
        Flags("natural", name, "train", mask, mask & np.array(flagged), keys)
        for name, flagged in (("student", model), ("baseline", reference))
    ]
    schemes = {"all": ["all"] * len(rows), "letters": names}
    split = Split.of("train", np.array(unit), schemes)
    return compare([split], flags, (), "baseline", **FAST)


@settings(deadline=None)
@given(ROWS, st.randoms(use_true_random=False), st.booleans())
def test_another_order_of_the_rows_changes_nothing(rows, random, shared):
    turned = rows.copy()
    random.shuffle(turned)
    assert _compare(turned, shared=shared) == _compare(rows, shared=shared)


@settings(deadline=None)
@given(ROWS, st.booleans())
def test_a_student_equal_to_its_reference_has_no_contrast(rows, shared):
    for row in _compare(rows, equal=True, shared=shared).contrasts:
        assert row.difference in (0.0, None)
        assert row.p_value in (1.0, None)
        assert row.verdict == "too_few"
        assert row.discordant == 0


@settings(deadline=None)
@given(ROWS, st.booleans())
def test_every_interval_holds_its_value_and_no_bound_leaves_the_scale(rows, shared):
    found = _compare(rows, shared=shared)
    for row in found.measurements:
        if row.value is not None:
            assert 0 <= row.ci_low <= row.value + 1e-12
            assert row.value - 1e-12 <= row.ci_high <= 1
    for row in found.contrasts:
        if row.difference is not None:
            low, high = row.difference_ci
            assert low - 1e-12 <= row.difference <= high + 1e-12
            assert 0 < row.p_value <= row.p_adjusted <= 1


@settings(deadline=None)
@given(ROWS)
def test_subgroups_are_a_partition_of_all(rows):
    found = _compare(rows).measurements
    for model in ("student", "baseline"):
        own = [row for row in found if row.model == model]
        whole = next(row for row in own if row.scheme == "all")
        parts = [row for row in own if row.scheme == "letters"]
        assert sum(row.n for row in parts) == whole.n
        assert sum(row.flagged for row in parts) == whole.flagged


@settings(deadline=None)
@given(ROWS)
def test_json_csv_and_tables_hold_any_comparison(rows):
    found = _compare(rows)
    text = json.dumps(found.to_json_dict(), allow_nan=False)
    assert from_json_dict(json.loads(text)) == found
    assert to_csv({"": found}).count("\n") == 1 + len(found.measurements)
    for table in summary(found, scheme="letters"):
        assert all(len(row.cells) == len(table.columns) for row in table.rows)


@given(st.lists(st.integers(-6, 6), max_size=30))
def test_mcnemars_p_is_the_same_for_both_directions_and_at_most_one(changes):
    p_values = [
        mcnemar(
            np.array(signed, dtype=np.int64),
            np.ones(len(signed), dtype=np.int64),
            10,
            np.random.default_rng(1),
        )
        for signed in (changes, [-change for change in changes])
    ]
    assert np.isclose(p_values[0], p_values[1], atol=1e-12)
    discordant = sum(change != 0 for change in changes)
    assert 2.0 ** (1 - discordant) * (1 - 1e-9) <= p_values[0] <= 1 or discordant == 0


def test_equal_inputs_give_equal_comparisons():
    rows = [(i % 9, i % 2 == 0, i % 3 == 0, i % 5 == 0, "abc"[i % 3]) for i in range(40)]
    assert dataclasses.asdict(_compare(rows)) == dataclasses.asdict(_compare(rows))
