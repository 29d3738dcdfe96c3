"""What the benchmark of detectors counts: distinct pairs, and what one detector finds alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from benchmarks import detectors
from kdaudit.stages import detect
from tests.fakes import fake_run, write_translations

LOOP, SAME = "ja nein " * 12, "Alle Rechte vorbehalten ."
ROWS = [  # source, target, planted, translation
    ("one", SAME, "boilerplate", SAME),
    ("one", SAME, "boilerplate", SAME),
    ("two", SAME, "boilerplate", "zwei"),
    ("three and four", LOOP, "oscillating", LOOP),
    ("five and six", LOOP, "oscillating", LOOP),
    ("seven is right", "sieben ist richtig", None, "sieben ist richtig"),
    ("eight is not", "acht ist falsch", None, LOOP),
]
DETECTORS = {"exact_match": {}, "oscillatory": {}, "repeated_target": {"min_sources": 2}}


@pytest.fixture
def run(tmp_path):
    sources, targets, planted, translations = zip(*ROWS, strict=True)
    corpus = pa.table(
        {
            "id": np.arange(len(ROWS)),
            "source": sources,
            "target": targets,
            "planted": pa.array(planted, pa.string()),
        }
    )
    models = {"baseline": {"role": "baseline"}}
    chosen = {name: {**given, "splits": ["train"]} for name, given in DETECTORS.items()}
    run = fake_run(tmp_path, corpus, {}, models=models, detectors=chosen, quality={})
    write_translations(run, "baseline", "train", list(translations))
    for name in DETECTORS:
        detect.run(run, name, "baseline", "train")
    return run


def cells(lines):
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_planted_pairs_count_once_and_by_one_detector_alone(run):
    found = detectors.read(run, "baseline", "train")
    assert cells(detectors.planted_lines(found)) == [
        ["baseline", "boilerplate", "`oscillatory`", "1", "0 (0.0%)", "0"],
        ["baseline", "boilerplate", "`repeated_target`", "1", "0 (0.0%)", "0"],
        ["baseline", "oscillating", "`oscillatory`", "2", "2 (100.0%)", "0"],
        ["baseline", "oscillating", "`repeated_target`", "2", "2 (100.0%)", "0"],
    ]


def test_original_segments_are_counted_apart(run):
    found = detectors.read(run, "baseline", "train")
    # A planted row does not lift an original one over the number of sources.
    assert cells(detectors.original_lines(found)) == [
        ["baseline", "train", "`oscillatory`", "2", "1 (50.0%)", "1", "0 (0.0%)"],
        ["baseline", "train", "`repeated_target`", "2", "0 (0.0%)", "0", "0 (0.0%)"],
    ]


def test_what_is_not_there_in_full_is_left_out(run):
    run.directory.detections("oscillatory", "baseline", "train").unlink()
    assert detectors.read(run, "baseline", "train") is None
    assert "baseline" not in detectors.tables(run.directory.path)
