"""Scores of forced targets; natural logarithms."""

import math

import numpy as np
import pytest

from kdaudit.counterfactual import geometric_mean, mean_log_probability


def test_the_default_is_the_geometric_mean_of_the_tokens_probabilities():
    probabilities = [0.5, 0.25, 1.0]
    total = np.array([sum(map(math.log, probabilities))])
    tokens = np.array([3], dtype=np.int32)
    assert geometric_mean(total, tokens)[0] == pytest.approx((0.5 * 0.25) ** (1 / 3))
    assert mean_log_probability(total, tokens)[0] == pytest.approx(math.log(0.125) / 3)


def test_what_was_not_scored_has_no_score():
    found = geometric_mean(np.array([math.nan, 0.0]), np.array([0, 4], dtype=np.int32))
    assert np.isnan(found[0])
    assert found[1] == 1.0
