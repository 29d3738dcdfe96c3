"""Parallel columns meet by id, or not at all."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.errors import AlignmentError
from kdaudit.segments import Segments


def other(ids: list[int], values: list[str]) -> pa.Table:
    return pa.table({"id": pa.array(ids, pa.int64()), "translation": values})


@given(st.permutations(range(12)))
def test_a_join_follows_the_ids_whatever_their_order(order):
    segments = Segments.of(source=[f"s{i}" for i in range(12)])
    joined = segments.join(
        other(list(order), [f"t{i}" for i in order]), {"translation": "translation"}, "them"
    )
    assert joined.texts("translation") == [f"t{i}" for i in range(12)]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([0, 1], "2 rows for 3 segments"),
        ([0, 1, 3], "no row for id 2"),
        ([0, 1, 1], "no row for id 2"),
    ],
)
def test_a_join_of_other_ids_is_refused(ids, message):
    segments = Segments.of(source=["a", "b", "c"])
    with pytest.raises(AlignmentError, match=f"them: {message}"):
        segments.join(other(ids, ["x"] * len(ids)), {"translation": "t"}, "them")


def test_columns_of_unlike_lengths_are_refused_with_both_counts():
    with pytest.raises(AlignmentError, match="source has 2, target has 1"):
        Segments.of(source=["a", "b"], target=["c"])


def test_a_doubled_id_is_refused():
    with pytest.raises(AlignmentError, match="id 4 occurs more than once"):
        Segments.of(ids=[4, 4], source=["a", "b"])


def test_an_absent_column_is_named_with_those_that_are_there():
    with pytest.raises(AlignmentError, match=r"no column 'target' \(there are: id, source\)"):
        Segments.of(source=["a"]).texts("target")


def test_a_null_is_not_taken_for_text():
    with pytest.raises(AlignmentError, match="no value for id 1"):
        Segments.of(source=["a", None]).texts("source")


def test_a_missing_number_is_nan():
    numbers = Segments.of(score=[1.5, None]).numbers("score")
    assert numbers[0] == 1.5
    assert np.isnan(numbers[1])


def test_rows_are_taken_by_index_and_by_mask():
    segments = Segments.of(source=["a", "b", "c"])
    assert segments.take(np.array([2, 0])).texts("source") == ["c", "a"]
    assert segments.take(np.array([True, False, True])).ids.tolist() == [0, 2]


def test_an_empty_split_can_be_joined():
    joined = Segments.of(source=[]).join(other([], []), {"translation": "t"}, "them")
    assert len(joined) == 0
