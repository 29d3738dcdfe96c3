"""Units and their types against a plain count, row by row."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from kdaudit.comparison import units as units_module
from kdaudit.comparison.inputs import Categories
from kdaudit.comparison.units import Strata, Units, components, dense, tabulate


def _plain(units, names, masks):
    """Types per subgroup, counted with dictionaries."""
    cells = {}
    for row, key in enumerate(zip(names, units, strict=True)):
        sums = cells.setdefault(key, [0] * len(masks))
        for index, mask in enumerate(masks):
            sums[index] += bool(mask[row])
    found = {name: Counter() for name in names}
    for (name, _), sums in cells.items():
        if any(sums):
            found[name][tuple(sums)] += 1
    return found


@pytest.mark.parametrize("span", [3, 200, 2**60])
def test_types_are_those_of_a_plain_count(span):
    rng = np.random.default_rng(span % 97)
    units = rng.integers(-span, span, 500)
    names = np.array(["5+", "rest", "10"])[rng.integers(0, 3, 500)].tolist()
    eligible = rng.random(500) < 0.7
    masks = [eligible, eligible & (rng.random(500) < 0.3), rng.random(500) < 0.5]
    categories = Categories.of(names)
    tables = _tabulate(Units.of(units), categories, masks)
    found = {
        name: {tuple(values): count for values, count in zip(t.values, t.counts, strict=True)}
        for name, t in zip(categories.names, tables, strict=True)
    }
    assert found == _plain(units, names, masks)


def test_no_rows_have_no_types():
    empty = np.zeros(0, dtype=np.int64)
    masks = [empty.astype(bool), empty.astype(bool)]
    assert _tabulate(Units.of(empty), Categories.of([]), masks) == []


def test_a_subgroup_with_nothing_eligible_has_no_types():
    categories = Categories.of(["a", "b", "b"])
    eligible = np.array([False, True, True])
    none, both = _tabulate(Units.of(np.arange(3)), categories, [eligible, np.zeros(3, dtype=bool)])
    assert none.values.shape == (0, 2)
    assert none.total(0) == 0
    assert (both.values.tolist(), both.counts.tolist()) == ([[1, 0]], [2])


@pytest.mark.parametrize("far", [0, 2**62])
def test_rows_with_equal_keys_are_one_unit_and_others_are_alone(far):
    units = Units.of(np.array([7, 9, 7, -3 - far, 5, 9, 7, far + 11]))
    assert _together(units) == [{0, 2, 6}, {1, 5}]
    assert _together(Units.of(np.zeros(0, dtype=np.int64))) == []


@pytest.mark.parametrize("keys", [[5, 5, 2, 9], [2**62, -(2**62), 0], [7]])
def test_dense_keys_are_ranks(keys):
    expected = [sorted(set(keys)).index(key) for key in keys]
    assert dense(np.array(keys)).tolist() == expected


def test_names_sort_naturally_with_the_rest_at_the_end():
    names = ["rest", "undefined", "10", "9", "0.8-1", "0.75-0.8", "21-40 words", "6-10 words"]
    expected = ("0.75-0.8", "0.8-1", "6-10 words", "9", "10", "21-40 words", "rest", "undefined")
    assert Categories.of(names).names == expected
    codes = Categories.of(names).codes
    assert [expected[code] for code in codes] == names


@pytest.mark.parametrize("together", [1, 6, 100])
def test_schemes_that_are_tabulated_together_have_the_types_of_one_at_a_time(together):
    rng = np.random.default_rng(together)
    units = Units.of(rng.integers(0, 300, 500))
    masks = [rng.random(500) < chance for chance in (0.9, 0.2)]
    names = {"two": ["x", "y"], "three": ["1", "2", "3"], "one": ["all"]}
    schemes = {
        scheme: Categories.of(rng.choice(values, size=500).tolist())
        for scheme, values in names.items()
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(units_module, "STRATA", together)
        found = [tabulate(strata, units, masks) for strata in Strata.of(schemes)]
    assert len(found) == {1: 3, 6: 1, 100: 1}[together]
    for scheme, types in ((name, types) for part in found for name, types in part.items()):
        for one, other in zip(types, _tabulate(units, schemes[scheme], masks), strict=True):
            np.testing.assert_array_equal(one.values, other.values)
            np.testing.assert_array_equal(one.counts, other.counts)


def test_a_chain_of_shared_translations_is_one_unit():
    model = Units.of(np.array([1, 1, 2, 3, 4, 5, 6, 6]))
    other = Units.of(np.array([7, 8, 8, 9, 9, 5, 6, 10]))
    eligible = np.array([True] * 7 + [False])
    assert _together(components(eligible, model, other)) == [{0, 1, 2}, {3, 4}]


def _tabulate(units, categories, masks):
    (strata,) = Strata.of({"scheme": categories})
    return tabulate(strata, units, masks)["scheme"]


def _together(units):
    """The rows of each unit that has several; units are numbered from 0 without a gap."""
    found = [set(units.rows[units.unit == unit].tolist()) for unit in np.unique(units.unit)]
    assert np.unique(units.unit).tolist() == list(range(len(found)))
    return sorted(found, key=min)
