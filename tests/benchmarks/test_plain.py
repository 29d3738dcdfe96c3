"""The plain-Python baseline counts what kdaudit counts."""

from __future__ import annotations

import pyarrow.compute as pc
import pytest

from benchmarks import comparison, plain, sharing
from kdaudit.artifacts import CORPUS, DETECTIONS, QUALITY, TRANSLATIONS, RunDirectory, read_table
from kdaudit.recipe import load_stored
from kdaudit.stages import compare, detect
from kdaudit.stages.base import Context


def _context(folder):
    directory = RunDirectory(folder)
    return Context(directory, load_stored(directory.recipe))


def test_detectors_of_shared_translations_flag_as_many(tmp_path):
    sharing.lay_out(tmp_path, 3_000)
    context = _context(tmp_path)
    directory = context.directory
    source = read_table(directory.corpus("train"), CORPUS)["source"].to_pylist()
    texts = read_table(directory.translations("baseline", "train"), TRANSLATIONS)
    path = directory.quality("back_translation", "baseline", "train")
    gate = read_table(path, QUALITY)["score"].to_pylist()
    sides = source, texts["translation"].to_pylist()
    expected = {
        "repeated_target": plain.repeated_target(*sides),
        "natural": plain.natural(*sides, gate),
    }
    for detector, count in expected.items():
        detect.run(context, detector, "baseline", "train")
        flagged = read_table(directory.detections(detector, "baseline", "train"), DETECTIONS)
        assert pc.sum(flagged["flagged"]).as_py() == count > 10


def test_rates_of_a_run_are_the_same(tmp_path):
    comparison.lay_out(tmp_path, 3_000)
    context = _context(tmp_path)
    found = {
        f"{row.measure} {row.model} {row.scheme} {row.subgroup}": row.value
        for row in compare.computed(context, "teacher").measurements
        if row.scheme != "all"
    }
    assert plain.compare(context.directory) == pytest.approx(found, rel=1e-12)
    assert len(found) == 4 * 3 * 25
