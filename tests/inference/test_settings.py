"""Settings of the engine: what they make of the machine, and what a model is called."""

from __future__ import annotations

import pytest

from kdaudit.errors import InputError
from kdaudit.inference import InferenceSettings, settings
from kdaudit.inference.lengths import too_long


def test_threads_are_found_on_the_machine_unless_they_are_set(monkeypatch):
    monkeypatch.setattr(settings, "usable_processors", lambda: 6)
    found = InferenceSettings()
    assert (found.cpu_threads, found.job_threads) == (6, 3)
    chosen = InferenceSettings(threads=2)
    assert (chosen.cpu_threads, chosen.job_threads) == (2, 2)
    monkeypatch.setattr(settings, "usable_processors", lambda: 1)
    assert (found.cpu_threads, found.job_threads) == (1, 1)


def test_a_model_that_is_not_computed_as_it_was_trained_is_another_one():
    assert InferenceSettings().named("student") == "student"
    assert InferenceSettings(compute_type="int8").named("student") == "student (int8)"


def test_a_source_that_is_too_long_is_told_or_refused():
    texts, pieces = ["a b", "c d e f"], [["a", "b"], ["c", "d", "e", "f"]]
    assert too_long(texts, pieces, InferenceSettings(max_source_pieces=3)) == [False, True]
    strict = InferenceSettings(max_source_pieces=3, long_sources="refuse")
    message = r"a source of 4 subwords is longer than the 3 .*long_sources.*'c d e f'"
    with pytest.raises(InputError, match=message):
        too_long(texts, pieces, strict)
    assert too_long(texts, pieces, strict.model_copy(update={"max_source_pieces": 4})) == [
        False,
        False,
    ]
