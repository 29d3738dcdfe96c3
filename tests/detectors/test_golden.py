"""Golden cases of every detector: tests/golden/<detector>.json."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.detectors import DETECTORS, Services
from kdaudit.segments import Segments
from tests.plain import evidence

GOLDEN = Path(__file__).parents[1] / "golden"
CASES = [
    pytest.param(name, case, id=f"{name}: {case['name']}")
    for name in DETECTORS
    for case in json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
]


def column(name, values):
    is_number = name in ("log_probability", "tokens") or name.startswith(("quality.", "score."))
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
        words=case.get("words", {}),
    )
    detector = DETECTORS[name](**case.get("settings", {}))
    scored = detector.score(segments, services)
    expected = case["expected"]
    assert scored.eligible.tolist() == expected["eligible"]
    wanted = np.array(expected["score"], dtype=np.float64)
    np.testing.assert_allclose(scored.score, wanted, rtol=1e-14, atol=0)  # powers differ in a bit
    assert detector.judge(scored).tolist() == expected["flagged"]
    assert evidence(scored) == expected["evidence"]
    for feature, values in expected.get("features", {}).items():
        found = [None if value != value else value for value in scored.features[feature]]
        assert found == values, feature
    assert asked == case.get("asked", [])
