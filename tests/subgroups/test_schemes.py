"""Golden cases of every scheme, and the mistakes that each one names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.errors import AlignmentError, RecipeError
from kdaudit.segments import Segments
from kdaudit.subgroups import SUBGROUPS, subgroup_scheme

GOLDEN = Path(__file__).parents[1] / "golden" / "subgroups.json"
CASES = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]
NUMBERS = "quality.confidence.teacher"


def _segments(columns):
    length = len(next(iter(columns.values())))
    kinds = {NUMBERS: pa.float64(), "source": pa.string(), "target": pa.string()}
    arrays = {name: pa.array(values, kinds.get(name)) for name, values in columns.items()}
    return Segments(pa.table({"id": pa.array(range(length), pa.int64()), **arrays}))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['scheme']} {case['settings']}")
def test_a_scheme_names_the_subgroups_of_the_golden_case(case):
    scheme = SUBGROUPS[case["scheme"]](**case["settings"])
    assert scheme.assign(_segments(case["columns"])) == case["subgroups"]


def test_every_scheme_has_a_golden_case():
    assert {case["scheme"] for case in CASES} == set(SUBGROUPS)


def test_a_sample_has_its_size_and_depends_on_the_seed():
    segments = Segments.of(ids=range(100, 1100))
    drawn = [SUBGROUPS["random"](size=200, seed=seed).assign(segments) for seed in (1, 1, 2)]
    assert [names.count("sample") for names in drawn] == [200, 200, 200]
    assert drawn[0] == drawn[1]
    both = sum(a == b == "sample" for a, b in zip(drawn[0], drawn[2], strict=True))
    assert 15 < both < 65  # 40 expected of two independent samples of a fifth


def test_a_sample_is_spread_over_the_ids():
    names = SUBGROUPS["random"](size=2000).assign(Segments.of(ids=range(20000)))
    in_tenths = np.array(names).reshape(10, 2000) == "sample"
    assert in_tenths.sum(axis=1).min() > 150
    assert in_tenths.sum(axis=1).max() < 250


def test_quantile_bands_are_about_equal():
    confidence = np.random.default_rng(1).beta(20, 2, 4000)
    segments = Segments.of(**{NUMBERS: confidence})
    names = SUBGROUPS["confidence"](bands=4).assign(segments)
    sizes = np.unique(names, return_counts=True)[1]
    assert len(sizes) == 4
    assert sizes.min() > 800


@pytest.mark.parametrize(
    ("scheme", "settings", "message"),
    [
        ("random", {"size": 0}, "size must be at least 1"),
        ("random", {"seed": -1}, "seed must be from 0"),
        ("confidence", {"bands": 0}, "at least 1 band"),
        ("confidence", {"bands": []}, "increasing"),
        ("confidence", {"bands": [0.5, 0.5]}, "increasing"),
        ("confidence", {"bands": [0.0, 0.5]}, "between 0 and 1"),
        ("frequency", {"bands": [2, 3]}, "begin at 1"),
        ("frequency", {"bands": [1, 1]}, "increasing"),
        ("length", {"edges": [-1, 3]}, "whole numbers"),
        ("length", {"edges": [1, 2.5]}, "whole numbers"),
    ],
)
def test_an_impossible_setting_is_a_recipe_error(scheme, settings, message):
    with pytest.raises(RecipeError, match=message):
        SUBGROUPS[scheme](**settings)


def test_a_missing_column_is_named():
    with pytest.raises(AlignmentError, match="no column 'domain' to group by"):
        SUBGROUPS["column"](column="domain").assign(Segments.of(source=["a"]))


def test_a_nested_column_cannot_be_grouped_by():
    with pytest.raises(RecipeError, match="not single values"):
        SUBGROUPS["column"](column="tags").assign(Segments.of(tags=[["a"], ["b"]]))


def test_a_pair_without_a_target_is_named_by_its_id():
    segments = Segments.of(ids=[7, 9], source=["a", "b"], target=["x", None])
    with pytest.raises(AlignmentError, match="id 9"):
        SUBGROUPS["frequency"]().assign(segments)


def test_an_unknown_scheme_names_its_neighbour():
    assert subgroup_scheme("length") is SUBGROUPS["length"]
    with pytest.raises(RecipeError, match="did you mean 'frequency'"):
        subgroup_scheme("frequencies")
