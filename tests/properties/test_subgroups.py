"""Bands are a partition: every value is in the one band whose name holds it."""

from __future__ import annotations

import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.segments import Segments
from kdaudit.subgroups import SUBGROUPS

CONFIDENCE = "quality.confidence.teacher"
EDGES = st.lists(st.integers(1, 99), min_size=1, max_size=8, unique=True).map(sorted)


@given(st.lists(st.floats(0, 1), max_size=50), EDGES)
def test_a_confidence_lies_within_the_band_that_it_is_given(values, edges):
    inner = [edge / 100 for edge in edges]
    names = SUBGROUPS["confidence"](bands=inner).assign(_confidences(values))
    for value, name in zip(values, names, strict=True):
        low, high = (float(end) for end in name.split("-"))
        assert low <= value < high or value == high == 1


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50), st.integers(1, 6))
def test_quantile_bands_cut_at_the_quantiles_and_are_named_by_them_rounded(values, bands):
    names = SUBGROUPS["confidence"](bands=bands).assign(_confidences(values))
    assert len(set(names)) <= bands
    edges = np.unique(np.quantile(values, np.arange(1, bands) / bands))
    edges = edges[(edges > 0) & (edges < 1)]
    for value, name in zip(values, names, strict=True):
        low, high = re.split(r"(?<=\d)-", name)
        band = np.searchsorted(edges, value, side="right")
        exact = [0.0, *edges, 1.0][band : band + 2]
        for end, written in zip(exact, (low, high), strict=True):
            _, _, decimals = written.partition(".")
            assert abs(end - float(written)) <= 0.51 * 10.0 ** -max(2, len(decimals))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50, unique=True), st.integers(1, 6))
def test_quantile_bands_of_distinct_values_are_equal_but_for_one(values, bands):
    names = SUBGROUPS["confidence"](bands=bands).assign(_confidences(values))
    if not {0.0, 1.0} & set(values) and len(values) >= bands:
        sizes = np.unique(names, return_counts=True)[1]
        assert len(sizes) == bands
        assert sizes.max() - sizes.min() <= 1


@given(st.lists(st.integers(0, 120), max_size=50), EDGES)
def test_a_length_lies_within_the_band_that_it_is_given(lengths, edges):
    segments = Segments.of(source=["w " * length for length in lengths])
    names = SUBGROUPS["length"](edges=edges).assign(segments)
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
    assert SUBGROUPS["frequency"]().assign(segments) == expected


@given(st.sets(st.integers(0, 2**62), max_size=40), st.integers(1, 50), st.integers(0, 9))
def test_a_sample_has_its_size_whatever_the_ids(ids, size, seed):
    names = SUBGROUPS["random"](size=size, seed=seed).assign(Segments.of(ids=sorted(ids)))
    assert names.count("sample") == min(size, len(ids))


def _confidences(values):
    return Segments.of(**{CONFIDENCE: np.asarray(values, dtype=np.float64)})
