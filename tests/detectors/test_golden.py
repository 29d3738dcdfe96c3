"""Golden cases of every detector: tests/golden/<detector>.json."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.detectors import DETECTORS, Services
from kdaudit.segments import Segments

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = [
    pytest.param(name, case, id=f"{name}: {case['name']}")
    for name in DETECTORS
    for case in json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
]


def column(name, values):
    is_number = name.startswith("quality.")
    return pa.array(values, pa.float64() if is_number else pa.string())


@pytest.mark.parametrize(("name", "case"), CASES)
def test_detector_gives_the_golden_answer(name, case):
    columns = {key: column(key, values) for key, values in case["columns"].items()}
    segments = Segments.of(**columns)
    asked = []

    def translate(prefixes):
        for prefix in prefixes:
            asked.append(prefix)
            yield case["translations"].get(prefix, "")

    services = Services(
        source_language=case.get("source_language", "en"),
        target_language=case.get("target_language", "de"),
        translate=translate,
    )
    detector = DETECTORS[name](**case.get("settings", {}))
    scored = detector.score(segments, services)
    expected = case["expected"]
    assert scored.eligible.tolist() == expected["eligible"]
    np.testing.assert_array_equal(scored.score, np.array(expected["score"], dtype=np.float64))
    assert detector.judge(scored).tolist() == expected["flagged"]
    assert list(scored.evidence) == expected["evidence"]
    for feature, values in expected.get("features", {}).items():
        assert list(scored.features[feature]) == values, feature
    assert asked == case.get("asked", [])
