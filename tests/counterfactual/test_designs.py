"""Designs: every pair in and out equally often, after each round, and the same again by seed."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.counterfactual import Design, folds, held_out, subsets
from kdaudit.errors import InputError, RecipeError


@st.composite
def designs(draw: st.DrawFn) -> Design:
    if draw(st.booleans()):
        return folds(draw(st.integers(2, 9)), draw(st.integers(1, 4)))
    models = draw(st.integers(2, 12))
    return subsets(models, draw(st.integers(1, models - 1)) / models)


def inside(design: Design, pairs: int, seed: int) -> np.ndarray:
    """(models, pairs)."""
    return np.array([design.subset(pairs, number, seed) for number in range(design.models)])


@given(designs(), st.integers(0, 60), st.integers(0, 5))
def test_each_pair_is_in_and_out_equally_often_after_every_round(design, more, seed):
    found = inside(design, design.size + more, seed)
    for round_ in range(design.rounds):
        of_round = found[list(design.numbers(round_))]
        assert (of_round.sum(axis=0) == design.inside).all()
        assert (~of_round).any(axis=0).all()


@given(designs(), st.integers(0, 60), st.integers(0, 5))
def test_the_training_sets_are_of_one_size(design, more, seed):
    pairs = design.size + more
    sizes = inside(design, pairs, seed).sum(axis=1)
    assert abs(sizes - pairs * design.share).max() <= min(design.inside, design.size)
    if pairs % design.size == 0:
        assert set(sizes) == {pairs * design.inside // design.size}


@given(designs(), st.integers(2, 40), st.integers(0, 5))
def test_a_seed_draws_the_same_subsets_in_any_order(design, more, seed):
    pairs = design.size + more
    first = inside(design, pairs, seed)
    last = design.models - 1
    assert np.array_equal(design.subset(pairs, last, seed), first[last])
    assert np.array_equal(inside(design, pairs, seed), first)


def test_another_seed_and_another_round_draw_other_subsets():
    design = subsets(4, 0.5)
    found = inside(design, 400, 1)
    assert not np.array_equal(found, inside(design, 400, 2))
    assert not np.array_equal(found[0], found[2])


def test_pairs_that_are_in_together_are_drawn():
    """Over many seeds any two pairs are together in a subset of half about half of the time."""
    together = Counter(
        bool(found[3] == found[4])
        for found in (subsets(2, 0.5).subset(10, 0, seed) for seed in range(400))
    )
    assert 150 < together[True] < 230  # expected 178: the halves have equal sizes


def test_folds_are_a_partition_that_each_model_leaves_one_of():
    left_out = ~inside(folds(5, 1), 23, 1)
    assert (left_out.sum(axis=0) == 1).all()
    assert sorted(left_out.sum(axis=1)) == [4, 4, 5, 5, 5]


def test_one_model_holds_its_share_out():
    design = held_out(0.8)
    assert design.models == 1
    assert design.subset(1000, 0, 1).sum() == 800


def test_halves_are_complements():
    design = subsets(8, 0.5)
    found = inside(design, 31, 3)
    assert design.rounds == 4
    assert np.array_equal(found[2], ~found[3])


@pytest.mark.parametrize(("models", "share"), [(3, 0.333), (3, 0.67), (6, 0.166)])
def test_a_share_may_be_rounded_to_two_digits(models, share):
    assert subsets(models, share).share == pytest.approx(share, abs=0.005)


@pytest.mark.parametrize(
    ("models", "share", "fitting"),
    [(7, 0.5, "2, 4, … models, such as 6 or 8"), (8, 0.7, "10, 20, … models, such as 10 or 20")],
)
def test_numbers_that_do_not_balance_name_those_that_do(models, share, fitting):
    with pytest.raises(RecipeError, match=fitting):
        subsets(models, share)


@pytest.mark.parametrize("share", [0.0, 1.0, 0.0001])
def test_no_model_on_nothing_and_none_on_everything(share):
    with pytest.raises(RecipeError, match="share"):
        subsets(8, share)
    with pytest.raises(RecipeError, match="share"):
        held_out(share)


def test_one_fold_is_none():
    with pytest.raises(RecipeError, match="2 folds"):
        folds(1, 3)


def test_too_few_pairs_are_an_error():
    with pytest.raises(InputError, match="9 distinct pairs cannot be left out in turn by 10"):
        folds(10, 1).subset(9, 0, 1)
