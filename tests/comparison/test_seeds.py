"""Several runs together: means, spreads, intervals over seeds, and directions side by side."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from kdaudit.comparison import Comparison, compare, to_csv
from kdaudit.comparison.directions import Combined, side_by_side
from kdaudit.comparison.seed_tables import combined_tables, how_to_read
from kdaudit.comparison.seeds import together
from kdaudit.comparison.spread import over_seeds
from tests.comparison.comparison_data import data

TIGHT = 1e-9
POINTS = [0.76, 0.39, 0.71]


def _spread(values, half=TIGHT, *, same=False, confidence=0.95):
    intervals = [None if v is None else (v - half, v + half) for v in values]
    return over_seeds(values, intervals, same_segments=same, confidence=confidence)


@pytest.mark.parametrize("same", [False, True])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_where_segments_add_nothing_it_is_students_t(same, confidence):
    found = _spread(POINTS, same=same, confidence=confidence)
    expected = stats.t.interval(confidence, 2, np.mean(POINTS), stats.sem(POINTS))
    assert found.ci == pytest.approx(expected, abs=1e-7)
    assert found.p_value == pytest.approx(stats.ttest_1samp(POINTS, 0).pvalue, abs=1e-7)
    assert found.sd == pytest.approx(np.std(POINTS, ddof=1))


def test_seeds_that_agree_by_chance_are_no_more_certain_than_their_segments():
    half = 0.1
    own, same = _spread([0.5] * 4, half), _spread([0.5] * 4, half, same=True)
    assert own.ci == pytest.approx((0.5 - half / 2, 0.5 + half / 2))
    assert same.ci == pytest.approx((0.5 - half, 0.5 + half))
    assert own.p_value == pytest.approx(2 * stats.norm.sf(0.5 / (half / 2 / 1.959964)), rel=1e-4)


def test_on_the_same_segments_their_share_does_not_shrink_with_more_seeds():
    few, many = (_spread(POINTS * times, 0.3, same=True) for times in (1, 20))
    assert few.ci[1] - few.ci[0] > many.ci[1] - many.ci[0] > 0.6
    own = _spread(POINTS * 20, 0.3)
    assert own.ci[1] - own.ci[0] < 0.2


def test_a_seed_without_a_value_leaves_no_mean_and_an_open_interval_none():
    missing = _spread([0.5, None, 0.4])
    assert (missing.values, missing.mean, missing.sd, missing.ci) == ((0.5, None, 0.4), *[None] * 3)
    open_end = over_seeds(
        [0.5, 0.4], [(0.1, None), (0.2, 0.6)], same_segments=False, confidence=0.95
    )
    assert open_end.mean == pytest.approx(0.45)
    assert (open_end.ci, open_end.p_value) == (None, None)
    nothing = _spread([0.0, 0.0], 0.0)
    assert (nothing.ci, nothing.p_value) == ((0.0, 0.0), 1.0)


@pytest.mark.parametrize("same", [False, True])
@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_the_interval_holds_the_methods_effect(seeds, same):
    """Seeds and segments each add to an effect of 0.3; alone or together."""
    rng = np.random.default_rng([seeds, same])
    held, sets = 0, 400
    for of_seeds, of_segments in ((0.1, 0.0), (0.1, 0.1), (0.0, 0.1)):
        for _ in range(sets):
            drawn = rng.normal(0, of_segments, 1 if same else seeds)
            values = 0.3 + rng.normal(0, of_seeds, seeds) + drawn
            low, high = _spread(list(values), 1.959964 * of_segments + TIGHT, same=same).ci
            held += low <= 0.3 <= high
    assert held / (3 * sets) >= 0.95 - 3 * np.sqrt(0.05 * 0.95 / (3 * sets))


def _runs(*seeds: int) -> dict[str, Comparison]:
    found = {}
    for seed in seeds:
        arguments = data(seed, 300).arguments()
        found[f"runs/{seed}"] = compare(*arguments, "baseline", bootstrap=100, quality_bootstrap=50)
    return found


@pytest.fixture(scope="module")
def runs() -> dict[str, Comparison]:
    return _runs(1, 2, 3)


def _together(runs, **options):
    return together("r", runs, {name: int(name[-1]) for name in runs}, **options)


def test_every_row_of_all_runs_has_a_mean_and_each_seeds_value(runs):
    found = _together(runs, same_segments=False)
    comparisons = list(runs.values())
    assert len(found.measurements) == len(comparisons[0].measurements)
    assert len(found.contrasts) == len(comparisons[0].contrasts)
    for place, row in enumerate(found.measurements):
        theirs = [one.measurements[place] for one in comparisons]
        assert row.value.values == tuple(one.value for one in theirs)
        assert row.is_rate == (theirs[0].flagged is not None)
        if row.value.mean is not None:
            assert row.value.mean == pytest.approx(np.mean(row.value.values))
            low, high = row.value.ci
            assert low <= row.value.mean <= high
            assert not row.is_rate or 0 <= low <= high <= 1
    for row in found.contrasts:
        relative = row.relative_change.ci
        assert relative is None or not row.is_rate or relative[0] >= -1
        assert row.verdict in ("higher", "lower", "indistinguishable", "too_few")
        assert sum(row.discordant) >= 6 or row.verdict == "too_few"
        if row.verdict in ("higher", "lower"):
            assert row.p_adjusted < 0.05


def test_holms_correction_runs_over_a_schemes_subgroups(runs):
    found = _together(runs, same_segments=True)
    family = [
        row
        for row in found.contrasts
        if (row.measure, row.model, row.scheme) == ("exact_match", "teacher", "frequency")
    ]
    least = min(family, key=lambda row: row.difference.p_value)
    assert least.p_adjusted == pytest.approx(min(1, len(family) * least.difference.p_value))


def test_a_subgroup_that_a_run_lacks_is_left_out_and_named(runs):
    first, *others = runs.items()
    kept = [row for row in first[1].measurements if row.subgroup != "10+"]
    found = _together(
        {first[0]: replace(first[1], measurements=kept), **dict(others)}, same_segments=False
    )
    assert found.left_out == {"train, frequency": ["10+"]}
    assert "10+" not in {row.subgroup for row in found.measurements}
    said = how_to_read(Combined([found]))
    assert "r: not in every seed, and left out: train, frequency: 10+." in said
    assert "r: 3 seeds, each on segments of its own." in said


PUBLISHED = {"en-de": 0.76, "de-en": 0.39, "pl-en": 0.71, "en-pl": 0.40, "fr-de": 0.58}


def _direction(comparison: Comparison, change: float) -> Comparison:
    rows = [
        replace(row, relative_change=change)
        for row in comparison.contrasts
        if (row.measure, row.model, row.scheme) == ("exact_match", "student", "all")
    ]
    return replace(comparison, contrasts=rows)


def test_directions_have_the_published_mean_and_spread(runs):
    one = runs["runs/1"]
    directions = {name: _direction(one, change) for name, change in PUBLISHED.items()}
    (row,) = side_by_side(directions)
    assert dict(row.relative_change.values) == PUBLISHED
    # Published: +57.0 ± 15.4, from figures that are not rounded.
    assert 100 * row.relative_change.mean == pytest.approx(57.0, abs=0.5)
    assert 100 * row.relative_change.sd_published == pytest.approx(15.4, abs=0.5)
    assert row.relative_change.sd > row.relative_change.sd_published
    (table,) = combined_tables(Combined([], [row]), one)
    assert table.columns == (*PUBLISHED, "mean ± spread")
    assert table.rows[0].cells[-1] == ("+56.8 ± 17.1% (15.3)",)
    assert table.rows[0].cells[0][-1] == "+76.0%"


def test_a_direction_without_a_value_is_none_and_counted(runs):
    one = runs["runs/1"]
    lacking = replace(one, contrasts=[])
    directions = {"a": _direction(one, 0.5), "b": _direction(one, 0.3), "c": lacking}
    (row,) = side_by_side(directions)
    assert row.relative_change.values["c"] is None
    (table,) = combined_tables(Combined([], [row]), one)
    assert table.rows[0].cells[-1][0].endswith("of 2 directions")
    assert side_by_side({"a": _direction(one, 0.5), "c": lacking}) == []


def test_seeds_of_a_direction_enter_with_their_mean(runs):
    seeds = _together(runs, same_segments=False)
    found = side_by_side({"seeds": seeds, "run": runs["runs/1"]})
    row = next(row for row in found if row.measure == "exact_match")
    own = next(c for c in seeds.contrasts if (c.measure, c.model) == (row.measure, row.model))
    assert row.difference.values["seeds"] == own.difference.mean


def test_json_and_tables_hold_all_of_it(runs):
    seeds = _together(runs, same_segments=False)
    combined = Combined([seeds], side_by_side({"a": runs["runs/1"], "b": seeds}))
    text = json.dumps(combined.to_json_dict(), allow_nan=False)
    assert json.loads(text)["schema"] == "kdaudit.combined/1"
    assert json.loads(text)["seeds"][0]["runs"] == {f"runs/{n}": n for n in (1, 2, 3)}
    tables = combined_tables(combined, runs["runs/1"])
    assert [len(tables), tables[0].title] == [3, "r, 3 seeds: train"]
    for table in tables:
        assert all(len(row.cells) == len(table.columns) for row in table.rows)
    by_scheme = combined_tables(combined, runs["runs/1"], scheme="frequency")
    assert len(by_scheme) == 3 * len({row.subgroup for row in seeds.measurements} - {"all"})
    only = combined.only(scheme="frequency")
    assert {row.scheme for row in (*only.seeds[0].contrasts, *only.directions)} == {"frequency"}


def test_csv_holds_the_means_in_rows_of_their_own(runs):
    seeds = _together(runs, same_segments=False)
    combined = Combined([seeds], side_by_side({"a": runs["runs/1"], "b": seeds}))
    rows = list(csv.DictReader(io.StringIO(to_csv(runs, combined))))
    assert list(dict.fromkeys(row["run"] for row in rows)) == [*runs, "combined", "directions"]
    own = [row for row in rows if row["run"] == "combined"]
    wanted = [c for c in seeds.contrasts if c.difference.mean is not None]
    for contrast in wanted:
        place = {name: getattr(contrast, name) for name in ("measure", "model", "subgroup")}
        (line,) = (
            row for row in own if row["scheme"] == contrast.scheme and place.items() <= row.items()
        )
        assert float(line["difference"]) == contrast.difference.mean
        assert (line["verdict"], line["reference"]) == (contrast.verdict, contrast.reference)
        assert (line["n"], line["interval"]) == ("", "seeds")
    of_run = [row for row in rows if row["run"] == "runs/1"]
    assert of_run == list(csv.DictReader(io.StringIO(to_csv({"runs/1": runs["runs/1"]}))))
