"""The contract of a quality metric, for every registry entry."""

from dataclasses import FrozenInstanceError, fields, is_dataclass

import numpy as np
import pyarrow as pa
import pydantic
import pytest

from kdaudit.quality import QUALITY
from kdaudit.segments import Segments

COLUMNS = {
    "source": ["The children sleep quietly tonight .", "", "Yes", "我们明天去山上旅行", "\u0001"],
    "target": ["Die Kinder schlafen heute ruhig .", "", "Ja", "Wir reisen", "\u0001"],
    "translation": ["Die Kinder schlafen ruhig .", "", "Ja", "啦 " * 150, ""],
    "back_translation": ["The children sleep quietly .", "", "Yes", "", "x"],
}
NUMBERS = {
    "log_probability": pa.array([-1.5, -0.1, None, -40.0, -2.0], pa.float64()),
    "tokens": pa.array([6, 1, 2, 151, 0], pa.int32()),
    "estimate": pa.array([0.85, None, 0.7, 0.1, 0.2], pa.float64()),
}
TEXTS = {name: pa.array(values, pa.string()) for name, values in COLUMNS.items()}
FULL = Segments.of(**TEXTS, **NUMBERS)
DATA = {
    "full": FULL,
    "no rows": FULL.take(np.array([], dtype=np.int64)),
    "one row": FULL.take(np.array([0])),
    "one empty row": FULL.take(np.array([1])),
}


@pytest.fixture(params=QUALITY)
def metric(request):
    return QUALITY[request.param]()


@pytest.fixture(params=DATA)
def segments(request):
    return DATA[request.param]


def test_it_is_a_frozen_dataclass_of_settings_and_named_as_in_the_registry(metric):
    assert is_dataclass(metric)
    assert QUALITY[metric.name] is type(metric)
    assert isinstance(metric.higher_is_better, bool)
    with pytest.raises(FrozenInstanceError):
        metric.name = "other"


def test_it_uses_no_column_that_it_does_not_declare(metric, segments):
    least = Segments(segments.table.select(["id", *metric.needs]))
    np.testing.assert_array_equal(metric.score(least).score, metric.score(segments).score)


def test_it_keeps_statistics_row_by_row(metric, segments):
    scores = metric.score(segments)
    assert (scores.score.shape, scores.score.dtype) == ((len(segments),), np.float64)
    assert len(scores.statistics) == len(segments)
    for row in scores.statistics:
        assert (row.ndim, row.dtype) == (1, np.float64)
        assert np.isfinite(row).all()


def test_units_sum_to_values_of_every_leading_shape(metric, segments):
    units = metric.units(metric.score(segments).statistics)
    assert (units.ndim, units.dtype) == (2, np.float64)
    value = metric.aggregate(units.sum(axis=0))
    assert np.shape(value) == ()
    several = metric.aggregate(np.broadcast_to(units.sum(axis=0), (3, 2, units.shape[1])))
    np.testing.assert_array_equal(several, np.broadcast_to(value, (3, 2)))


def test_nothing_summed_has_no_value(metric):
    units = metric.units([])
    assert units.shape[0] == 0
    assert np.isnan(metric.aggregate(units.sum(axis=0)))


def test_a_paired_metric_has_one_unit_per_segment_and_segment_scores(metric):
    scores = metric.score(FULL)
    units = metric.units(scores.statistics)
    assert (len(units) == len(FULL)) == metric.paired
    assert np.isnan(scores.score).all() != metric.paired


def test_statistics_survive_being_stored_as_lists(metric):
    scores = metric.score(FULL)
    stored = pa.array([row.tolist() for row in scores.statistics], pa.list_(pa.float64()))
    read = [np.array(row.as_py(), dtype=np.float64) for row in stored]
    np.testing.assert_array_equal(metric.units(read), metric.units(scores.statistics))


def test_a_permutation_of_the_rows_changes_no_paired_value(metric):
    order = np.random.default_rng(5).permutation(len(FULL))
    values, scores = [], []
    for rows in (np.arange(len(FULL)), order):
        found = metric.score(FULL.take(rows))
        scores.append(found.score)
        values.append(metric.aggregate(metric.units(found.statistics).sum(axis=0)))
    np.testing.assert_array_equal(scores[1], scores[0][order])
    if metric.paired:
        assert values[1] == pytest.approx(values[0], abs=1e-9)


def test_settings_are_validated_by_their_types(metric):
    adapter = pydantic.TypeAdapter(type(metric))
    settings = {field.name: getattr(metric, field.name) for field in fields(metric)}
    assert adapter.validate_python(settings) == metric
    for name in settings:
        with pytest.raises(pydantic.ValidationError, match=name):
            adapter.validate_python({**settings, name: ["no", "setting"]})


def test_the_signature_is_one_line_and_repeats_itself(metric):
    signature = metric.signature()
    assert signature == type(metric)().signature()
    assert signature
    assert "\n" not in signature


def test_signatures_tell_metrics_apart():
    assert len({kind().signature() for kind in QUALITY.values()}) == len(QUALITY)
