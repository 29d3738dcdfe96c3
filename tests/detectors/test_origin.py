"""Where a memorized output is from."""

from __future__ import annotations

import numpy as np
import pytest

from kdaudit.detectors.origin import origins
from kdaudit.errors import AlignmentError


def test_an_output_is_from_the_corpus_the_teacher_or_both_and_a_line_relayed_it():
    outputs = ["x ", "y", "z", "z", "w", "x"]
    found = origins(
        np.array([True, True, True, True, True, False]),
        np.array([60, 50, 40, 30, 20, 10]),
        outputs,
        ["x", "a", "z", "z", "w", "x"],  # the corpus
        ["x", "y", "b", " z", "c", "x"],  # the teacher
    )
    assert found.origin == ["both", "teacher", "corpus", "both", "corpus", ""]
    assert found.relayed_by == [60, 50, 30, 30, None, None]


def test_the_line_of_the_least_id_is_named_whatever_the_order():
    memorized, ids = np.array([True, False, False]), np.array([5, 9, 2])
    found = origins(memorized, ids, ["x", "", ""], ["x", "", ""], ["y", "x", "x"])
    assert (found.origin[0], found.relayed_by[0]) == ("corpus", 2)


def test_nothing_memorized_has_no_origin():
    none = np.zeros(0, dtype=np.bool_)
    assert origins(none, none.astype(np.int64), [], [], []).origin == []


def test_columns_of_different_lengths_are_an_error():
    with pytest.raises(AlignmentError, match="kd has 0"):
        origins(np.array([True]), np.array([1]), ["x"], ["x"], [])
