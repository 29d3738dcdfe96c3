"""How many events would have been needed: at least for too few, about for indistinguishable."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom, norm

from kdaudit.comparison.estimates import Effect
from kdaudit.comparison.needed import chi_square, units_needed
from kdaudit.comparison.significance import mcnemar
from kdaudit.comparison.units import Types


def _effect(model: int, reference: int, **changes: object) -> Effect:
    """Of 1,000 pairs, so many that only the model, or only the reference, has flagged."""
    types = _types((model, 1, 0), (reference, 0, 1))
    p_value = mcnemar(np.array([1, -1]), np.array([model, reference]), 10, np.random.default_rng(1))
    values = {
        "n": 1000, "difference": (model - reference) / 1000, "difference_ci": None,
        "relative_change": None, "relative_change_ci": None, "interval": "bootstrap",
        "p_value": p_value, "discordant": model + reference, "statistic": chi_square(types),
    }  # fmt: skip
    return Effect(**{**values, **changes})


def _types(*units: tuple[int, int, int]) -> Types:
    """Units (how many, flagged by the model, flagged by the reference), of the greater size."""
    values = [(max(a, b), a, max(a, b), b) for _, a, b in units]
    return Types(np.array(values), np.array([count for count, _, _ in units]))


@pytest.mark.parametrize(
    ("family", "confidence", "needed"),
    [(1, 0.95, 6), (2, 0.95, 7), (5, 0.95, 8), (100, 0.95, 12), (1, 0.99, 8), (1, 0.75, 6)],
)
def test_too_few_names_the_fewest_units_that_can_reach_the_level(family, confidence, needed):
    found = units_needed(_effect(3, 0), "too_few", family, confidence)
    assert found == needed
    level = 1 - confidence
    assert family * 2 * 0.5**needed < level
    assert needed == 6 or family * 2 * 0.5 ** (needed - 1) >= level


def test_connors_sample_size_for_mcnemars_test_is_met():
    """psi = 0.06, delta = 0.02: N = (1.96 sqrt(psi) + 0.84 sqrt(psi - delta²))² / delta²."""
    psi, delta = 0.06, 0.02
    z, power = norm.ppf(0.975), norm.ppf(0.8)
    pairs = (z * psi**0.5 + power * (psi - delta**2) ** 0.5) ** 2 / delta**2
    found = units_needed(_effect(40, 20), "indistinguishable", 1, 0.95)
    assert found is not None
    assert pairs * psi <= found <= pairs * psi * 1.01 + 1


@pytest.mark.parametrize(("model", "reference"), [(14, 8), (60, 45), (7, 3), (210, 190)])
def test_so_many_units_show_the_difference_four_times_out_of_five(model, reference):
    needed = units_needed(_effect(model, reference), "indistinguishable", 1, 0.95)
    assert needed is not None
    share = model / (model + reference)
    reject = [k for k in range(needed + 1) if 2 * binom.cdf(min(k, needed - k), needed, 0.5) < 0.05]
    assert 0.74 <= binom.pmf(reject, needed, share).sum() <= 0.86


def test_units_of_several_segments_count_by_their_weight():
    even, uneven = _types((20, 1, 0), (10, 0, 1)), _types((20, 3, 0), (10, 0, 3))
    assert chi_square(even) == chi_square(uneven) == pytest.approx(10**2 / 30)
    assert chi_square(_types((4, 1, 1))) is None


def test_without_a_statistic_the_p_value_stands_for_it():
    effect = _effect(40, 20)
    by_p = units_needed(
        _effect(40, 20, statistic=None, p_value=2 * norm.sf(effect.statistic**0.5)),
        "indistinguishable", 1, 0.95,
    )  # fmt: skip
    assert by_p == units_needed(effect, "indistinguishable", 1, 0.95)


@pytest.mark.parametrize(
    ("effect", "word"),
    [
        (_effect(30, 2), "higher"),
        (_effect(2, 30), "lower"),
        (_effect(0, 0), "too_few"),
        (_effect(2, 2, difference=None), "too_few"),
        (_effect(8, 8), "indistinguishable"),
        (_effect(9, 8, statistic=None, p_value=1.0), "indistinguishable"),
    ],
)
def test_there_is_no_number_where_none_would_say_anything(effect, word):
    assert units_needed(effect, word, 1, 0.95) is None


def test_an_indistinguishable_contrast_needs_no_fewer_than_holm_lets_speak():
    assert units_needed(_effect(7, 0), "indistinguishable", 5, 0.95) == max(8, 12)
