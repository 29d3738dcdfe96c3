"""Lexical diversity: what golden cases cannot show."""

import numpy as np
import pytest

from kdaudit.errors import RecipeError
from kdaudit.quality import QUALITY, quality_metric
from kdaudit.quality.diversity import Diversity
from kdaudit.segments import Segments

METRIC = Diversity(window=2)


def value(*translations):
    statistics = METRIC.score(Segments.of(translation=list(translations))).statistics
    return METRIC.aggregate(METRIC.units(statistics).sum(axis=0))


def test_the_order_of_the_segments_matters_and_the_signature_says_so():
    assert value("a", "a", "b", "b") == 0.5
    assert value("a", "b", "a", "b") == 1.0
    assert "order:as_given" in METRIC.signature()


def test_a_subgroup_is_cut_into_windows_of_its_own():
    statistics = METRIC.score(Segments.of(translation=["a", "b", "a", "b"])).statistics
    units = METRIC.units([statistics[0], statistics[2]])
    np.testing.assert_array_equal(units, [[0.5, 1.0]])


def test_tokens_are_numbered_by_first_occurrence():
    statistics = METRIC.score(Segments.of(translation=["b a", "", "A c"])).statistics
    assert [row.tolist() for row in statistics] == [[0, 1], [], [1, 2]]


def test_settings_are_checked_and_names_looked_up():
    with pytest.raises(RecipeError, match="window"):
        Diversity(window=0)
    assert quality_metric("diversity") is QUALITY["diversity"]
    with pytest.raises(RecipeError, match="did you mean 'diversity'"):
        quality_metric("diversty")
