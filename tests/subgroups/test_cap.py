"""Caps: whole pairs are drawn, by seed and text alone, and the rest goes to `rest`."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.errors import RecipeError
from kdaudit.subgroups.base import encoded
from kdaudit.subgroups.cap import Cap

ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", "rest"]), st.integers(0, 9)), max_size=60)


def capped(rows, most, seed=1):
    bands = encoded(pa.array([band for band, _ in rows], pa.string()))
    pairs = np.array([pair for _, pair in rows], dtype=np.int64)
    return Cap(most, seed).drawn(bands, pairs).to_pylist()


@given(ROWS, st.integers(1, 6), st.integers(0, 3))
def test_every_band_keeps_its_pairs_whole_up_to_the_cap(rows, most, seed):
    found = capped(rows, most, seed)
    kept = {(band, pair) for (band, pair), name in zip(rows, found, strict=True) if name != "rest"}
    for (band, pair), name in zip(rows, found, strict=True):
        assert name == (band if (band, pair) in kept else "rest")
    there = Counter(band for band, _ in set(rows) if band != "rest")
    assert Counter(band for band, _ in kept) == {b: min(n, most) for b, n in there.items()}


@given(ROWS, st.integers(1, 6), st.randoms())
def test_another_order_of_the_rows_draws_the_same_pairs(rows, most, random):
    order = list(range(len(rows)))
    random.shuffle(order)
    found = capped(rows, most)
    assert capped([rows[i] for i in order], most) == [found[i] for i in order]


def test_the_draw_depends_on_the_seed_and_is_spread():
    rows = [("a", pair) for pair in range(1000)]
    one, again, other = (capped(rows, 200, seed) for seed in (1, 1, 2))
    assert one == again
    assert one.count("a") == other.count("a") == 200
    both = sum(x == y == "a" for x, y in zip(one, other, strict=True))
    assert 15 < both < 65  # 40 expected of two independent samples of a fifth
    assert 60 < one[:500].count("a") < 140


def test_the_copies_of_a_pair_are_drawn_together_and_a_cap_counts_pairs():
    rows = [("a", 1)] * 50 + [("a", 2)] * 3 + [("b", 1)] * 2
    for seed in range(5):
        found = Counter(capped(rows, 1, seed))
        assert found["b"] == 2
        assert found["a"] in (50, 3)


@pytest.mark.parametrize(("settings", "message"), [((0,), "at least 1"), ((1, -1), "seed must be")])
def test_an_impossible_cap_is_a_recipe_error(settings, message):
    with pytest.raises(RecipeError, match=message):
        Cap(*settings)
