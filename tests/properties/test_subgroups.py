"""Bands are a partition: every value is in the one band whose name holds it."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.errors import RecipeError
from kdaudit.segments import Segments
from kdaudit.subgroups import SUBGROUPS

CONFIDENCE = "quality.confidence.teacher"
EDGES = st.lists(st.integers(1, 99), min_size=1, max_size=8, unique=True).map(sorted)


@given(st.lists(st.floats(0, 1), max_size=50), EDGES)
def test_a_confidence_lies_within_the_band_that_it_is_given(values, edges):
    inner = [edge / 100 for edge in edges]
    names = SUBGROUPS["confidence"](bands=inner).assign(_confidences(values)).to_pylist()
    for value, name in zip(values, names, strict=True):
        low, high = (float(end) for end in name.split("-"))
        assert low <= value < high or value == high == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.integers(1, 6))
def test_quantile_bands_cut_at_the_quantiles_and_are_named_by_them_rounded(values, bands):
    names = SUBGROUPS["confidence"](bands=bands).assign(_confidences(values)).to_pylist()
    assert len(set(names)) <= bands
    edges = np.unique(np.quantile(values, np.arange(1, bands) / bands))
    edges = edges[(edges > 0) & (edges < 1)]
    for value, name in zip(values, names, strict=True):
        low, high = re.split(r"(?<=\d)-", name)
        band = np.searchsorted(edges, value, side="right")
        exact = [0.0, *edges, 1.0][band : band + 2]
        for end, written in zip(exact, (low, high), strict=True):
            _, _, decimals = written.partition(".")
            half = 0.51 * 10.0 ** -max(2, len(decimals))
            assert abs(end - float(written)) <= half + np.spacing(end)  # and that of a double


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50, unique=True), st.integers(1, 6))
def test_quantile_bands_of_distinct_values_are_equal_but_for_one(values, bands):
    names = SUBGROUPS["confidence"](bands=bands).assign(_confidences(values)).to_pylist()
    if not {0.0, 1.0} & set(values) and len(values) >= bands:
        sizes = np.unique(names, return_counts=True)[1]
        assert len(sizes) == bands
        assert sizes.max() - sizes.min() <= 1


@given(st.lists(st.integers(0, 120), max_size=50), EDGES)
def test_a_length_lies_within_the_band_that_it_is_given(lengths, edges):
    segments = Segments.of(source=["w " * length for length in lengths])
    names = SUBGROUPS["length"](edges=edges).assign(segments).to_pylist()
    for length, name in zip(lengths, names, strict=True):
        low, _, high = name.removesuffix(" words").rstrip("+").partition("-")
        open_above = name.endswith("+ words")
        assert int(low) <= length
        assert open_above or length <= int(high or low)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=40))
def test_frequencies_are_those_of_a_plain_count(pairs):
    segments = Segments.of(source=[f"s{s}" for s, _ in pairs], target=[f"t{t}" for _, t in pairs])
    counts = [pairs.count(pair) for pair in pairs]
    expected = [str(count) if count < 5 else "5+" for count in counts]
    assert SUBGROUPS["frequency"]().assign(segments).to_pylist() == expected


@given(st.sets(st.integers(0, 2**62), max_size=40), st.integers(1, 50), st.integers(0, 9))
def test_a_sample_has_its_size_whatever_the_ids(ids, size, seed):
    names = (
        SUBGROUPS["random"](size=size, seed=seed).assign(Segments.of(ids=sorted(ids))).to_pylist()
    )
    assert names.count("sample") == min(size, len(ids))


NUMBERS = st.lists(st.none() | st.floats(-5, 5) | st.integers(-3, 3).map(float), max_size=60)


def _bounds(name):
    """Lower and upper edge that a band's name tells."""
    if name.startswith("below "):
        return -np.inf, float(name.removeprefix("below "))
    if name.endswith("+"):
        return float(name[:-1]), np.inf
    low, high = re.split(r"(?<=\d)-", name)
    return float(low), float(high)


@given(NUMBERS, st.lists(st.integers(-4, 4), min_size=1, max_size=6, unique=True).map(sorted))
def test_open_bands_hold_what_their_names_tell(values, edges):
    segments = Segments.of(x=np.array(values, dtype=np.float64))
    names = SUBGROUPS["quality"](column="x", bands=edges).assign(segments).to_pylist()
    for value, name in zip(values, names, strict=True):
        if value is None:
            assert name == "undefined"
        else:
            low, high = _bounds(name)
            assert low <= value < high


@given(NUMBERS, st.integers(1, 6))
def test_quantile_bands_of_any_column_are_those_of_the_quantiles(values, bands):
    numbers = np.array(values, dtype=np.float64)
    names = SUBGROUPS["quality"](column="x", bands=bands).assign(Segments.of(x=numbers))
    defined = numbers[~np.isnan(numbers)]
    inner = np.unique(np.quantile(defined, np.arange(1, bands) / bands)) if len(defined) else []
    expected = [None if np.isnan(x) else int((np.asarray(inner) <= x).sum()) for x in numbers]
    found = names.to_pylist()
    assert [name == "undefined" for name in found] == [code is None for code in expected]
    assert len(set(zip(found, expected, strict=True))) == len(set(found)) == len(set(expected))


@given(st.lists(st.none() | st.floats(-2, 2), max_size=50))
def test_published_bands_of_counterfactual_memorization(values):
    column = "counterfactual.teacher.memorization"
    segments = Segments.of(**{column: np.array(values, dtype=np.float64)})
    names = SUBGROUPS["counterfactual"](bands="published").assign(segments).to_pylist()
    for value, name in zip(values, names, strict=True):
        if value is None:
            assert name == "undefined"
        elif value < 0.2:
            assert name == "0-0.2"
        else:
            assert name == ("0.2-0.3" if value < 0.3 else "0.3-0.4" if value < 0.4 else "0.4-1")


SCORES = st.none() | st.sampled_from([0.0, 0.2, 0.5, 0.8, 1.0]) | st.floats(0, 1)


@given(st.lists(st.tuples(SCORES, SCORES), max_size=50))
def test_corners_are_those_of_a_plain_rule(pairs):
    columns = dict(zip(("mean_in", "mean_out"), zip(*pairs, strict=True), strict=False)) or {
        "mean_in": (),
        "mean_out": (),
    }
    segments = Segments.of(
        **{f"counterfactual.teacher.{n}": np.array(v, dtype=np.float64) for n, v in columns.items()}
    )
    names = SUBGROUPS["corners"]().assign(segments).to_pylist()
    for pair, name in zip(pairs, names, strict=True):
        if None in pair:
            assert name == "undefined"
        elif max(pair) <= 0.2:
            assert name == "L-L"
        else:
            assert name == ("H-H" if min(pair) >= 0.8 else "rest")


@given(NUMBERS, st.integers(1, 20), st.integers(0, 3))
def test_extremes_are_the_ends_of_a_sorted_column(values, size, seed):
    numbers = np.array(values, dtype=np.float64)
    scheme, segments = SUBGROUPS["extremes"](size, "x", seed), Segments.of(x=numbers)
    defined = np.sort(numbers[~np.isnan(numbers)])
    if 0 < len(defined) < 2 * size:
        with pytest.raises(RecipeError, match=f"size can be {len(defined) // 2} at most"):
            scheme.assign(segments)
        return
    names = np.array(scheme.assign(segments).to_pylist(), dtype=object)
    for name, ends in (("lowest", defined[:size]), ("highest", defined[::-1][:size][::-1])):
        assert np.sort(numbers[names == name]).tolist() == ends.tolist()
    assert (names == "undefined").tolist() == np.isnan(numbers).tolist()


NAMES = st.sampled_from(["a", "b", "rest", "a × b"])


@given(st.lists(st.tuples(NAMES, NAMES), max_size=40))
def test_a_product_names_every_combination(pairs):
    first, second = zip(*pairs, strict=True) if pairs else ((), ())
    columns = {"subgroups.x": pa.array(first, pa.string())}
    columns["subgroups.y"] = pa.array(second, pa.string()).dictionary_encode()
    names = SUBGROUPS["product"](("x", "y")).assign(Segments.of(**columns))
    assert names.to_pylist() == [f"{a} × {b}" for a, b in pairs]
    assert set(names.dictionary.to_pylist()) == set(names.to_pylist())


@given(st.lists(st.text(st.sampled_from("ab \t\n\x1c\x85\xa0\u2003\u3000\u200b"), max_size=12)))
def test_words_are_those_of_split(texts):
    names = SUBGROUPS["length"](edges=range(12)).assign(
        Segments.of(source=pa.array(texts, pa.string()))
    )
    counts = [name.removesuffix(" words").rstrip("+") for name in names.to_pylist()]
    assert counts == [str(min(len(text.split()), 11)) for text in texts]


def _confidences(values):
    return Segments.of(**{CONFIDENCE: np.asarray(values, dtype=np.float64)})
