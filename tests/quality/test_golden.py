"""Golden cases of every quality metric: tests/golden/quality.json."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.quality import QUALITY
from kdaudit.segments import Segments

GOLDEN = Path(__file__).parents[1] / "golden" / "quality.json"
CASES = json.loads(GOLDEN.read_text(encoding="utf-8"))
TYPES = {"log_probability": pa.float64(), "tokens": pa.int32(), "estimate": pa.float64()}


@pytest.mark.parametrize("case", CASES, ids=[f"{case['metric']}: {case['name']}" for case in CASES])
def test_metric_gives_the_golden_scores_and_value(case):
    columns = {
        name: pa.array(values, TYPES.get(name, pa.string()))
        for name, values in case["columns"].items()
    }
    metric = QUALITY[case["metric"]](**case["settings"])
    scores = metric.score(Segments.of(**columns))
    value = metric.aggregate(metric.units(scores.statistics).sum(axis=0))
    expected = np.array([*case["score"], case["value"]], dtype=np.float64)
    np.testing.assert_allclose([*scores.score, value], expected, rtol=1e-12, atol=1e-9)


def test_every_metric_has_golden_cases():
    assert {case["metric"] for case in CASES} == set(QUALITY)
