"""Simulated data: intervals hold the truth, and tests find nothing where nothing is.

A few hundred data sets per setting, so bounds allow three Monte-Carlo errors.
"""

from __future__ import annotations

import numpy as np
import pytest

from kdaudit.comparison.inputs import Categories, Flags
from kdaudit.comparison.rates import RateSettings, paired_effect, rate, unpaired_effect
from kdaudit.comparison.significance import FEWEST_DISCORDANT
from kdaudit.comparison.units import Strata, Types, Units, components, tabulate

DATA_SETS = 300
SETTINGS = RateSettings(resamples=400, confidence=0.95)
SLACK = 3 * np.sqrt(0.05 * 0.95 / DATA_SETS)


def _types(units, masks):
    everything = Categories(np.zeros(len(masks[0]), dtype=np.int64), ("all",))
    (strata,) = Strata.of({"all": everything})
    return tabulate(strata, units, masks)["all"][0]


def _weighted(rng, weights, *verdicts):
    """Types of pairs that occur as often as one of `weights` says, chosen by lot."""
    copies = rng.choice(weights, size=len(verdicts[0]))
    units = np.repeat(np.arange(len(copies)), copies)
    return _types(Units.of(units), [verdict[units] for verdict in verdicts])


def _alike(rng, size, chances):
    """Correlated verdicts: each of two draws is the common one half of the time."""
    common = rng.random(size)
    own = (np.where(rng.random(size) < 0.5, common, rng.random(size)) for _ in chances)
    return [draws < chance for draws, chance in zip(own, chances, strict=True)]


def _holds(bounds, truth):
    low, high = bounds
    above = low is None or low - 1e-12 <= truth
    return above and (high is None or truth <= high + 1e-12)


def _significant(found):
    return found.p_value is not None and (
        found.p_value < 0.05 and found.discordant >= FEWEST_DISCORDANT
    )


@pytest.mark.parametrize("weights", [[1], [1, 2, 4, 8, 16]], ids=["once", "repeated"])
@pytest.mark.parametrize(("size", "chance"), [(60, 0.02), (800, 0.01), (800, 0.1)])
def test_the_interval_of_a_rate_holds_the_truth(size, chance, weights):
    rng = np.random.default_rng([1, size, len(weights)])
    held = 0
    for _ in range(DATA_SETS):
        types = _weighted(rng, weights, np.ones(size, bool), rng.random(size) < chance)
        held += _holds(rate(types, 0.95).bounds, chance)
    assert held / DATA_SETS >= 0.95 - SLACK


@pytest.mark.parametrize("weights", [[1], [1, 2, 4, 8, 16]], ids=["once", "repeated"])
@pytest.mark.parametrize(("size", "chance"), [(60, 0.03), (600, 0.03), (600, 0.2)])
def test_models_alike_are_told_apart_in_one_of_twenty_data_sets_at_most(size, chance, weights):
    rng = np.random.default_rng([2, size, len(weights)])
    wrong = held = relative_held = relative = 0
    for _ in range(DATA_SETS):
        model, reference = _alike(rng, size, (chance, chance))
        everyone = np.ones(size, dtype=bool)
        types = _weighted(rng, weights, everyone, model, everyone, reference)
        found = paired_effect(types, SETTINGS, rng)
        wrong += _significant(found)
        held += _holds(found.difference_ci, 0.0)
        if found.relative_change_ci is not None:
            relative += 1
            relative_held += _holds(found.relative_change_ci, 0.0)
    assert wrong / DATA_SETS <= 0.05 + SLACK
    assert held / DATA_SETS >= 0.935 - SLACK
    assert relative_held / relative >= 0.935 - SLACK


def test_the_interval_of_a_difference_holds_one_that_is_there():
    rng = np.random.default_rng(3)
    held = relative_held = found_it = 0
    everyone = np.ones(1500, dtype=bool)
    for _ in range(DATA_SETS):
        model, reference = _alike(rng, 1500, (0.06, 0.04))
        types = _weighted(rng, [1], everyone, model, everyone, reference)
        found = paired_effect(types, SETTINGS, rng)
        held += _holds(found.difference_ci, 0.02)
        relative_held += _holds(found.relative_change_ci, 0.5)
        found_it += _significant(found)
    assert held / DATA_SETS >= 0.935 - SLACK
    assert relative_held / DATA_SETS >= 0.935 - SLACK
    assert found_it / DATA_SETS > 0.6


@pytest.mark.parametrize("weights", [[1], [1, 2, 4, 8, 16]], ids=["once", "repeated"])
def test_own_denominators_of_unlike_size_are_no_difference(weights):
    rng = np.random.default_rng([4, len(weights)])
    wrong = held = 0
    for _ in range(DATA_SETS):
        model, reference = _alike(rng, 1000, (0.4, 0.1))
        memorized = _alike(rng, 1000, (0.08, 0.08))
        types = _weighted(
            rng, weights, model, model & memorized[0], reference, reference & memorized[1]
        )
        found = unpaired_effect(types, SETTINGS, rng)
        wrong += _significant(found)
        held += _holds(found.difference_ci, 0.0)
    assert wrong / DATA_SETS <= 0.05 + SLACK
    assert held / DATA_SETS >= 0.935 - SLACK


@pytest.mark.parametrize(("chance", "moved"), [(0.1, 0.0), (0.3, 0.003), (0.15, 0.05)])
def test_flags_in_clusters_are_no_difference_and_have_wide_intervals(chance, moved):
    rng = np.random.default_rng([5, int(1000 * moved)])
    wrong = held = 0
    everyone = np.ones(4000, dtype=bool)
    for _ in range(DATA_SETS):
        model, reference = _clustered(rng, 4000, 80, chance, moved)
        units = components(everyone, Units.of(model.shared), Units.of(reference.shared))
        types = _types(units, (everyone, model.flagged, everyone, reference.flagged))
        wrong += _significant(paired_effect(types, SETTINGS, rng))
        own = _types(Units.of(model.shared), (everyone, model.flagged))
        held += _holds(rate(own, 0.95).bounds, chance * 80 * 27.5 / 4000)
    assert wrong / DATA_SETS <= 0.05 + SLACK
    assert held / DATA_SETS >= 0.935 - SLACK


def test_the_wrong_unit_would_be_noticed():
    """Rows of clusters taken as independent: the simulation must see that this is wrong."""
    rng = np.random.default_rng(6)
    wrong = 0
    for _ in range(100):
        model, reference = _clustered(rng, 4000, 80, 0.3, 0.0)
        everyone = np.ones(4000, dtype=bool)
        masks = everyone, model.flagged, everyone, reference.flagged
        wrong += _significant(
            paired_effect(_types(Units.of(np.arange(4000)), masks), SETTINGS, rng)
        )
    assert wrong / 100 > 0.3


def _clustered(rng, size, clusters, chance, moved):
    """Two models with `clusters` translations that 5 to 50 segments share, some of them moved."""
    shared = np.arange(size) + clusters
    members = np.repeat(np.arange(clusters), rng.integers(5, 51, clusters))[:size]
    shared[: len(members)] = members
    models = []
    for name in ("a", "b"):
        own = shared.copy()
        rows = np.flatnonzero(rng.random(size) < moved)
        own[rows] = own[rng.permutation(rows)]
        hit = np.zeros(size + clusters, dtype=bool)
        hit[:clusters] = rng.random(clusters) < chance
        models.append(Flags("natural", name, "t", np.ones(size, bool), hit[own], own))
    return models


def test_types_of_a_simulation_are_few():
    rng = np.random.default_rng(7)
    everyone = np.ones(5000, dtype=bool)
    types = _weighted(rng, [1, 2, 4], everyone, *_alike(rng, 5000, (0.1,)))
    assert isinstance(types, Types)
    assert len(types.counts) == 6
