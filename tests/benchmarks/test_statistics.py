"""The simulation behind the table of coverage: populations, counts and bounds."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import statistics, trials
from benchmarks.simulation import KINDS, Population, one_model, own_denominators, two_models
from benchmarks.trials import Figure


def _totals(types, sets):
    """Mean sums of the columns over the data sets."""
    return np.mean([one.values.T @ one.counts for one in types], axis=0) if sets else None


@pytest.mark.parametrize("kind", KINDS)
def test_a_population_is_flagged_at_the_rate_asked_for(kind):
    one = Population.of(kind, 5_000, 0.1)
    rng = np.random.default_rng(1)
    eligible, flagged = _totals(one_model(one, 200, rng), 200)
    assert one.rate == pytest.approx(0.1)
    assert eligible == pytest.approx(5_000, rel=0.02)
    assert flagged / eligible == pytest.approx(0.1, rel=0.05)
    units = [types.counts[types.column(1) > 0].sum() for types in one_model(one, 200, rng)]
    assert np.mean(units) == pytest.approx(one.events, rel=0.05)


def test_two_models_have_their_rates_and_differ_less_the_more_one_lot_decides():
    one = Population.of("repeated", 5_000, 0.1)
    discordant = []
    for together in (0.0, 0.5, 1.0):
        rng = np.random.default_rng(1)
        types = list(two_models(one.times(1.5), one, together, 100, rng))
        eligible, flagged, _, others = _totals(types, 100)
        assert (flagged / eligible, others / eligible) == pytest.approx((0.15, 0.1), rel=0.05)
        differing = [abs(one.column(1) - one.column(3)) @ one.counts for one in types]
        discordant.append(np.mean(differing) / eligible)
    expected = [0.1 * 0.85 + 0.15 * 0.9, (0.05 + 0.22) / 2, 0.05]
    assert discordant == pytest.approx(expected, rel=0.05)


def test_own_denominators_are_shares_of_all():
    one = Population.of("once", 2_000, 0.2)
    rng = np.random.default_rng(1)
    sums = _totals(own_denominators(one, one, (0.4, 0.1), 0.5, 100, rng), 100)
    assert sums == pytest.approx([800, 160, 200, 40], rel=0.06)


def test_every_setting_has_a_name_of_its_own_and_a_heading():
    every = list(statistics.settings())
    assert len({one.name for one in every}) == len(every)
    assert {one.part for one in every} == set(statistics.HEADS)
    for one in every:
        assert len(one.row) == len(statistics.HEADS[one.part][1])


@pytest.mark.parametrize(
    ("figure", "out"),
    [
        (Figure(5.0, held=934, given=1000), True),
        (Figure(5.0, held=935, given=1000), False),
        (Figure(4.9, held=949, given=1000, exact=1000), True),
        (Figure(50.0, held=976, given=1000, exact=50), True),
        (Figure(50.0, held=976, given=1000, exact=51), False),
        (Figure(50.0), False),
        (Figure(None, held=70, given=1000), False),
        (Figure(None, held=71, given=1000), True),
    ],
)
def test_bounds_are_those_of_the_introduction(figure, out):
    assert statistics.out_of_bounds(figure) is out


def test_an_interval_counts_where_it_is_given_and_open_sides_hold():
    figure = Figure(3.0)
    for bounds in ((0.1, 0.3), (None, 0.2), (0.2, None), (0.21, 0.5), None):
        figure.interval(bounds, 0.2, exact=bounds == (0.1, 0.3))
    assert figure == Figure(3.0, held=3, given=4, exact=1)


TRIALS = {
    "contrasts": trials.contrasts(
        Population.of("once", 400, 0.2), Population.of("once", 400, 0.2), 0.5, shared=False
    ),
    "own": trials.own(*[Population.of("once", 900, 0.2)] * 2, (0.5, 0.4), 0.5),
    "linked": trials.linked(2_000, 40, 0.3, 0.01),
    "families": trials.families(400, 0.1, 2),
    "confidence": trials.quality(statistics.Confidence(), 60, (1, 2)),
    "chrf": trials.quality(statistics.Chrf(), 60, (1,)),
}


@pytest.mark.parametrize("trial", TRIALS.values(), ids=TRIALS)
def test_a_trial_counts_each_data_set_once(trial):
    for name, figure in trial(12, np.random.default_rng(3)).items():
        assert figure.given == 12
        assert figure.held <= 4 if figure.events is None else figure.held >= 8, name


def test_what_is_done_is_not_simulated_again_and_is_printed(tmp_path, monkeypatch):
    monkeypatch.setattr(statistics, "_folder", lambda part: tmp_path)
    monkeypatch.setattr(statistics, "SETS", 20)
    monkeypatch.setattr(statistics, "MORE", 30)
    asked = []

    def trial(sets, rng):
        asked.append(sets)
        return {"rate": Figure(9.0, held=sets // 2, given=sets)}

    settings = [
        statistics.Setting("rates", ("once", "50", rate), "", trial) for rate in ("0.1", "0.5")
    ]
    monkeypatch.setattr(statistics, "settings", lambda: iter(settings))
    first = statistics.table()
    assert statistics.table() == first
    assert asked == [20, 30, 20, 30]
    assert "| once | 50 | 0.1 | 9 | **50.0** |" in first
    assert "| rate | 2 | 2 | 50.0 |  | 50.0 |" in first
