"""Golden cases of every scheme, and the mistakes that each one names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.comparison.inputs import Categories
from kdaudit.errors import AlignmentError, InputError, RecipeError
from kdaudit.segments import Segments
from kdaudit.subgroups import SUBGROUPS, subgroup_scheme

GOLDEN = Path(__file__).parents[1] / "golden" / "subgroups.json"
CASES = json.loads(GOLDEN.read_text(encoding="utf-8"))["cases"]
NUMBERS = "quality.confidence.teacher"


def _segments(columns):
    length = len(next(iter(columns.values())))
    texts = ("source", "target", "users_subgroup", "subgroups.a", "subgroups.b")
    texts += ("counterfactual.teacher.bands",)
    kinds = dict.fromkeys(texts, pa.string())
    arrays = {
        name: pa.array(values, kinds.get(name, pa.float64() if "." in name else None))
        for name, values in columns.items()
    }
    return Segments(pa.table({"id": pa.array(range(length), pa.int64()), **arrays}))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['scheme']} {case['settings']}")
def test_a_scheme_names_the_subgroups_of_the_golden_case(case):
    scheme = SUBGROUPS[case["scheme"]](**case["settings"])
    assert scheme.assign(_segments(case["columns"])).to_pylist() == case["subgroups"]


def test_every_scheme_has_a_golden_case():
    assert {case["scheme"] for case in CASES} == set(SUBGROUPS)


def test_a_sample_has_its_size_and_depends_on_the_seed():
    segments = Segments.of(ids=range(100, 1100))
    drawn = [
        SUBGROUPS["random"](size=200, seed=seed).assign(segments).to_pylist() for seed in (1, 1, 2)
    ]
    assert [names.count("sample") for names in drawn] == [200, 200, 200]
    assert drawn[0] == drawn[1]
    both = sum(a == b == "sample" for a, b in zip(drawn[0], drawn[2], strict=True))
    assert 15 < both < 65  # 40 expected of two independent samples of a fifth


def test_a_sample_is_spread_over_the_ids():
    names = SUBGROUPS["random"](size=2000).assign(Segments.of(ids=range(20000))).to_pylist()
    in_tenths = np.array(names).reshape(10, 2000) == "sample"
    assert in_tenths.sum(axis=1).min() > 150
    assert in_tenths.sum(axis=1).max() < 250


def test_quantile_bands_are_about_equal():
    confidence = np.random.default_rng(1).beta(20, 2, 4000)
    segments = Segments.of(**{NUMBERS: confidence})
    names = SUBGROUPS["confidence"](bands=4).assign(segments).to_pylist()
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
        ("quality", {"bands": 0}, "at least 1 band"),
        ("quality", {"bands": [2, 1]}, "increasing"),
        ("counterfactual", {"bands": []}, "increasing"),
        ("corners", {"low": 0.8, "high": 0.8}, "low is below high"),
        ("extremes", {"size": 0}, "size must be at least 1"),
        ("extremes", {"seed": 2**63}, "seed must be from 0"),
        ("product", {"schemes": ("a", "a")}, "two different schemes"),
        ("file", {"files": {}}, "there is no file"),
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


def test_texts_that_are_no_numbers_are_named_by_the_id():
    segments = Segments.of(ids=[4, 7, 9], score=["0.5", "", "half"])
    with pytest.raises(InputError, match="column 'score' of id 9 is no number: 'half'"):
        SUBGROUPS["quality"](column="score").assign(segments)


def test_a_column_of_truth_values_holds_no_numbers():
    with pytest.raises(RecipeError, match="column 'score' holds bool, not numbers"):
        SUBGROUPS["extremes"](column="score", size=1).assign(Segments.of(score=[True, False]))


def test_published_bands_are_for_scores_from_0_to_1():
    segments = Segments.of(kiwi=[20.0, 85.0, 90.0])
    with pytest.raises(InputError, match="the median of 'kiwi' is 85: give 'bands'"):
        SUBGROUPS["quality"](column="kiwi").assign(segments)
    assert SUBGROUPS["quality"](column="kiwi", bands=[50]).assign(segments).to_pylist() == [
        "below 50",
        "50+",
        "50+",
    ]


def test_ties_at_a_border_are_drawn_by_the_seed():
    segments = Segments.of(ids=range(100), score=[1.0] * 100)
    drawn = [
        SUBGROUPS["extremes"](20, "score", seed).assign(segments).to_pylist() for seed in (1, 1, 2)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    assert [names.count("lowest") for names in drawn] == [20] * 3
    assert [names.count("highest") for names in drawn] == [20] * 3


def test_extremes_of_too_few_segments_say_the_largest_size():
    with pytest.raises(RecipeError, match=r"3 segments have a 'score', .* size can be 1 at most"):
        SUBGROUPS["extremes"](2, "score").assign(Segments.of(score=[1, 2, 3]))


def test_a_pair_without_a_target_is_named_by_its_id():
    segments = Segments.of(ids=[7, 9], source=["a", "b"], target=["x", None])
    with pytest.raises(AlignmentError, match="id 9"):
        SUBGROUPS["frequency"]().assign(segments)


def test_an_unknown_scheme_names_its_neighbour():
    assert subgroup_scheme("length") is SUBGROUPS["length"]
    with pytest.raises(RecipeError, match="did you mean 'frequency'"):
        subgroup_scheme("frequencies")


@pytest.mark.parametrize(
    "names",
    [
        ["below -1.5", "-1.5--0.25", "-0.25-0", "0-2", "2-10", "10+", "undefined"],
        ["0-0.2", "0.2-0.3", "0.3-0.4", "0.4-1", "rest", "undefined"],
        ["1-5 words", "6-10 words", "11+ words"],
    ],
)
def test_tables_have_bands_from_low_to_high(names):
    assert Categories.of(names[::-1]).names == tuple(names)
