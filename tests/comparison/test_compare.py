"""The whole comparison: its rows, its families, its streams, and its bad inputs."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from kdaudit.comparison import Categories, Flags, Quality, Split, compare, from_json_dict
from kdaudit.comparison.quality import effect, resample, row_units
from kdaudit.comparison.resampling import BLOCKS, Resamples, stream
from kdaudit.comparison.significance import holm
from kdaudit.errors import AlignmentError, ArtifactError, InputError, RecipeError
from tests.comparison.comparison_data import Data, Mean, data

FAST = {"bootstrap": 300, "quality_bootstrap": 200, "seed": 7}


@pytest.fixture(scope="module")
def found():
    return compare(*data().arguments(), "baseline", signature={"recipe": "r"}, **FAST)


def _one(rows, **place):
    (row,) = [row for row in rows if all(getattr(row, k) == v for k, v in place.items())]
    return row


def test_every_model_is_measured_on_every_subgroup_and_contrasted_with_the_reference(found):
    assert len(found.measurements) == 5 * 3 * 5
    assert len(found.contrasts) == 5 * 2 * 5
    assert {row.reference for row in found.contrasts} == {"baseline"}
    assert {row.model for row in found.contrasts} == {"teacher", "student"}


def test_subgroups_add_up_to_all(found):
    for measure in ("exact_match", "of_own", "natural"):
        rows = [r for r in found.measurements if (r.measure, r.model) == (measure, "teacher")]
        whole = _one(rows, scheme="all")
        parts = [row for row in rows if row.scheme == "frequency"]
        assert sum(row.n for row in parts) == whole.n
        assert sum(row.flagged for row in parts) == whole.flagged > 0


def test_subgroups_come_in_natural_order(found):
    names = dict.fromkeys(r.subgroup for r in found.measurements if r.scheme == "frequency")
    assert list(names) == ["1", "2", "3", "10+"]


def test_a_rate_and_its_contrast_are_those_of_a_plain_count(found):
    flags = {f.model: f for f in data().flags if f.measure == "exact_match"}
    place = {"measure": "exact_match", "model": "teacher", "scheme": "all"}
    assert _one(found.measurements, **place).value == flags["teacher"].flagged.mean()
    difference = flags["teacher"].flagged.mean() - flags["baseline"].flagged.mean()
    assert _one(found.contrasts, **place).difference == pytest.approx(difference)


def test_holm_runs_over_the_subgroups_of_one_scheme(found):
    families = {}
    for row in found.contrasts:
        families.setdefault((row.measure, row.model, row.scheme), []).append(row)
    assert len(families) == 5 * 2 * 2
    for rows in families.values():
        assert [r.p_adjusted for r in rows] == pytest.approx(holm([r.p_value for r in rows]))


def test_the_order_of_the_inputs_changes_no_number(found):
    given = data()
    turned = compare(given.splits, given.flags[::-1], given.quality[::-1], "baseline", **FAST)
    key = dataclasses.astuple
    assert sorted(map(key, turned.measurements), key=str) == sorted(
        map(key, found.measurements), key=str
    )
    assert sorted(map(key, turned.contrasts), key=str) == sorted(map(key, found.contrasts), key=str)


def test_another_seed_moves_the_bootstrap_and_nothing_else(found):
    other = compare(*data().arguments(), "baseline", **{**FAST, "seed": 8})
    place = {"measure": "mean", "model": "teacher", "scheme": "all"}
    ours, theirs = _one(found.contrasts, **place), _one(other.contrasts, **place)
    assert ours.difference == theirs.difference
    assert ours.difference_ci != theirs.difference_ci
    place["measure"] = "exact_match"
    assert _one(found.measurements, **place) == _one(other.measurements, **place)


def test_all_pairs_are_contrasted_where_every_model_is_a_reference():
    given = data()
    models = ["teacher", "student", "baseline"]
    every = compare(given.splits, given.flags, (), models, **FAST)
    assert len(every.contrasts) == 3 * 6 * 5
    place = {"measure": "exact_match", "scheme": "all"}
    forth = _one(every.contrasts, model="teacher", reference="student", **place)
    back = _one(every.contrasts, model="student", reference="teacher", **place)
    assert forth.difference == -back.difference
    assert forth.p_value == back.p_value


def test_the_signature_carries_the_settings(found):
    settings = {"bootstrap": 300, "quality_bootstrap": 200, "seed": 7, "confidence": 0.95}
    assert found.signature == {"recipe": "r", "reference": ["baseline"], **settings}


def test_a_better_model_is_told_from_a_worse_one(found):
    for measure in ("exact_match", "mean"):
        row = _one(found.contrasts, measure=measure, model="teacher", scheme="all")
        assert row.verdict == "higher"
        assert row.difference_ci[0] >= 0  # it may end at 0 where the test is sure
        assert row.p_adjusted < 0.05


def test_copies_of_a_pair_are_drawn_together():
    rows = list(np.stack([np.random.default_rng(2).normal(50, 10, 200), np.ones(200)], axis=1))
    once = Quality("mean", "m", "train", Mean(), rows)
    often = Quality("mean", "m", "train", Mean(), rows * 4)
    ranges = []
    for quality, pairs in ((once, np.arange(200)), (often, np.tile(np.arange(200), 4))):
        found = compare(
            [Split.of("train", pairs, {"all": ["all"] * len(pairs)})], [], [quality], **FAST
        )
        ranges.append((found.measurements[0].ci_low, found.measurements[0].ci_high))
    assert ranges[0] == pytest.approx(ranges[1], abs=1e-9)


def test_many_units_are_drawn_in_blocks_with_about_the_same_interval():
    size = 3 * BLOCKS
    numbers = np.random.default_rng(3).normal(50, 10, size)
    quality = Quality("mean", "m", "t", Mean(), np.stack([numbers, np.ones(size)], axis=1))
    draws = Resamples(1, ("x",), 400)
    drawn = resample(quality, row_units(quality), np.arange(size), np.arange(size), draws)
    assert drawn.values.std() == pytest.approx(10 / np.sqrt(size), rel=0.15)
    assert drawn.value == pytest.approx(numbers.mean())


def test_models_are_drawn_together_and_windows_apart():
    rng = np.random.default_rng(4)
    level = rng.normal(50, 20, 300)  # the same hard and easy segments for both models
    widths = {}
    for paired, measure in ((True, "mean"), (False, "windows")):
        given = data(size=300)
        kind = next(q.metric for q in given.quality if q.measure == measure)
        models = [
            Quality(measure, name, "t", kind, list(np.stack([level + shift, np.ones(300)], 1)))
            for name, shift in (("a", 1.0), ("b", 0.0))
        ]
        draws = Resamples(1, ("x",), 500)
        rows = np.arange(300)
        a, b = (resample(m, row_units(m), rows, rows, draws) for m in models)
        found = effect(a, b, paired=paired, confidence=0.95)
        widths[measure] = found.difference_ci[1] - found.difference_ci[0]
    assert widths["mean"] == pytest.approx(0, abs=1e-9)
    assert widths["windows"] > 2


def test_a_subgroup_of_one_segment_is_too_few():
    split = Split.of("train", np.arange(20), {"half": ["one"] + ["many"] * 19})
    rows = np.stack([np.arange(20.0), np.ones(20)], axis=1)
    quality = [
        Quality("mean", model, "train", Mean(), rows + np.array([shift, 0.0]))
        for model, shift in (("a", 5), ("b", 0))
    ]
    flags = [
        Flags("exact_match", model, "train", np.ones(20, bool), np.full(20, model == "a"))
        for model in "ab"
    ]
    found = compare([split], flags, quality, "b", **FAST)
    words = {(row.measure, row.subgroup): row.verdict for row in found.contrasts}
    assert words == {
        ("mean", "one"): "too_few",
        ("mean", "many"): "higher",
        ("exact_match", "one"): "too_few",
        ("exact_match", "many"): "higher",
    }


def test_nothing_eligible_and_nothing_scored_have_no_value():
    split = Split.of("train", np.arange(4), {"all": ["all"] * 4})
    none = np.zeros(4, dtype=bool)
    flags = [Flags("extractive", model, "train", none, none) for model in "ab"]
    quality = [Quality("mean", model, "train", Mean(), np.zeros((4, 2))) for model in "ab"]
    found = compare([split], flags, quality, "a", **FAST)
    assert [row.value for row in found.measurements] == [None] * 4
    assert [row.verdict for row in found.contrasts] == ["too_few", "too_few"]
    assert [row.p_adjusted for row in found.contrasts] == [None, None]
    json.dumps(found.to_json_dict(), allow_nan=False)


def test_an_empty_split_has_no_rows():
    empty = np.zeros(0, dtype=np.int64)
    split = Split.of("train", empty, {"all": []})
    flags = Flags("exact_match", "a", "train", empty.astype(bool), empty.astype(bool))
    assert compare([split], [flags], **FAST).measurements == []


def test_a_stream_depends_on_the_seed_and_on_every_name():
    draws = {
        stream(seed, *names).integers(2**60)
        for seed, names in ((1, ("a", "b")), (2, ("a", "b")), (1, ("ab",)), (1, ("b", "a")))
    }
    assert len(draws) == 4
    assert stream(1, "a").integers(2**60) == stream(1, "a").integers(2**60)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"reference": "basline"}, "did you mean 'baseline'"),
        ({"confidence": 1.0}, "confidence must be"),
        ({"bootstrap": 0}, "bootstrap must be at least 1"),
        ({"quality_bootstrap": 0}, "quality_bootstrap must be at least 1"),
        ({"seed": -1}, "seed must be at least 0"),
    ],
)
def test_an_impossible_setting_is_a_recipe_error(change, message):
    with pytest.raises(RecipeError, match=message):
        compare(*data().arguments(), **{"reference": "baseline", **FAST, **change})


def test_inputs_that_do_not_fit_together_are_named():
    given = data()
    with pytest.raises(RecipeError, match="measure given twice: exact_match of teacher on train"):
        compare(given.splits, [*given.flags, given.flags[0]], **FAST)
    with pytest.raises(RecipeError, match="split given twice: train"):
        compare(given.splits * 2, given.flags, **FAST)
    with pytest.raises(RecipeError, match="'test' is no known split"):
        compare(given.splits, [dataclasses.replace(given.flags[0], split="test")], **FAST)
    short = Data([], [], []), np.ones(3, dtype=bool)
    with pytest.raises(AlignmentError, match="rows has 600, x has 3"):
        compare(given.splits, [Flags("x", "m", "train", short[1], short[1])], **FAST)
    with pytest.raises(AlignmentError, match="rows has 600, y has 1"):
        compare(given.splits, [], [Quality("y", "m", "train", Mean(), [np.ones(2)])], **FAST)
    with pytest.raises(AlignmentError, match="unit has 2, all has 1"):
        Split.of("train", np.arange(2), {"all": ["all"]})
    with pytest.raises(AlignmentError, match="without a subgroup"):
        Categories.of(["a", None])
    with pytest.raises(InputError, match="row 1 is flagged without being eligible"):
        Flags("x", "m", "train", np.array([True, False]), np.array([True, True]))


def test_json_there_and_back_is_the_same(found):
    content = found.to_json_dict()
    text = json.dumps(content, allow_nan=False)
    assert from_json_dict(json.loads(text)) == found
    assert content["schema"] == "kdaudit.comparison/1"
    assert all(
        ("flagged" in row) == (row["measure"] not in ("mean", "windows"))
        for row in content["measurements"]
    )
    assert list(content["measurements"][0]) == [
        *("measure", "model", "split", "scheme", "subgroup"),
        *("n", "flagged", "value", "ci_low", "ci_high", "interval"),
    ]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("schema",), "kdaudit.comparison/2", "schema is 'kdaudit.comparison/2'"),
        (("signature",), [], "signature must be an object"),
        (("contrasts",), None, "'contrasts' must be a list"),
        (("measurements", 0), 5, r"measurements\[0\] must be an object"),
        (("measurements", 0, "n"), -1, r"measurements\[0\].n cannot be -1"),
        (("measurements", 0, "value"), "high", "value cannot be 'high'"),
        (("contrasts", 1, "verdict"), None, r"contrasts\[1\].verdict cannot be None"),
        (("contrasts", 1, "difference_ci"), [0.1], r"difference_ci cannot be \[0.1\]"),
        (("extraction",), [{"measure": "x"}], r"extraction\[0\] lacks 'model', or it is wrong"),
        (("extraction",), [5], r"extraction\[0\] lacks 'measure'"),
    ],
)
def test_a_foreign_json_file_is_refused_with_the_place(found, path, value, message):
    content = json.loads(json.dumps(found.to_json_dict()))
    place = content
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(ArtifactError, match=message):
        from_json_dict(content)


def test_a_missing_key_and_no_object_are_refused(found):
    content = json.loads(json.dumps(found.to_json_dict()))
    del content["measurements"][0]["model"]
    with pytest.raises(ArtifactError, match=r"measurements\[0\] has no 'model'"):
        from_json_dict(content)
    with pytest.raises(ArtifactError, match="a comparison is a JSON object"):
        from_json_dict([])


def test_arrow_tables_have_every_row_with_one_type_per_column(found):
    measurements, contrasts = found.to_tables()
    assert (measurements.num_rows, contrasts.num_rows) == (75, 50)
    assert measurements.schema.field("value").type == "double"
    assert contrasts.column("difference_ci_low").to_pylist() == [
        row.difference_ci[0] for row in found.contrasts
    ]
    empty = compare([], [], **FAST).to_tables()
    assert [table.schema for table in empty] == [measurements.schema, contrasts.schema]
