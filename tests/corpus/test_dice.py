"""Draws out of the raw stream."""

from collections import Counter

import numpy as np
import pytest

from kdaudit.corpus.dice import Dice


def dice(seed=1):
    return Dice(np.random.default_rng(seed))


def test_draws_are_the_raw_words_scaled():
    words = np.random.PCG64(1).random_raw(5000)  # the same stream; more than one block
    drawn = dice()
    assert [drawn.below(1000) for _ in words] == [(int(word) >> 32) * 1000 >> 32 for word in words]


def test_draws_are_even():
    drawn = dice(2)
    counts = Counter(drawn.below(6) for _ in range(60_000))
    assert set(counts) == set(range(6))
    assert all(9_500 < count < 10_500 for count in counts.values())


def test_chance_knows_never_and_always():
    drawn = dice()
    assert not any(drawn.chance(0) for _ in range(100))
    assert all(drawn.chance(100) for _ in range(100))


def test_some_draws_different_members_and_can_draw_all():
    drawn = dice()
    for count in range(8):
        chosen = drawn.some("abcdefg"[:7], count)
        assert len(set(chosen)) == count
    assert sorted(drawn.some(range(7), 7)) == list(range(7))


def test_some_puts_every_member_in_every_place():
    drawn = dice(3)
    orders = Counter(tuple(drawn.some("abc", 2)) for _ in range(6000))
    assert len(orders) == 6
    assert all(850 < count < 1150 for count in orders.values())


def test_a_generator_with_other_words_is_refused():
    with pytest.raises(AssertionError):
        Dice(np.random.Generator(np.random.MT19937(1)))
