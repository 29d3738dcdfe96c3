"""The contract of a detector, for every registry entry."""

import inspect
from dataclasses import FrozenInstanceError, fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pydantic
import pytest

from kdaudit.artifacts import shard_rows
from kdaudit.detectors import DETECTORS, Services
from kdaudit.segments import Segments
from tests.plain import evidence

GOLDEN = Path(__file__).parents[1] / "golden"
KEEPER = ("The old lighthouse keeper counts gulls", "Der alte Leuchtturmwärter zählt Möwen")
QUIET = ("The children sleep quietly tonight", "Die Kinder schlafen heute ruhig")
LOOP = "immer wieder " * 12
HOUSE = "Das rote Haus des alten Lehrers steht an der Ecke neben der Kirche"
ROWS = [  # source, target, translation
    (*KEEPER, KEEPER[1]),
    (*KEEPER, f" {KEEPER[1]} "),
    (*QUIET, QUIET[1]),
    (*QUIET, LOOP),
    ("", "", ""),
    ("", "Nichts", "Nichts"),
    ("Something", "", "  "),
    ("Yes", "Ja", "Ja"),
    ("我们明天去山上旅行", "Wir reisen", "啦" * 30),
    ("\u0001\u200b", "\u0000", "\u0001"),
    (*KEEPER, KEEPER[0]),
    ("Born in 1914", "Geboren 1914", "Geboren 1941"),
    ("Which job will pay for buying my big gym with my own hip joy?", "", HOUSE),
    ("Write to me", "Schreib", "Schreib an anna@example.org oder 030 1234567"),
    *((f"The guest number {word} is here", "Ein Gast", "Vielen Dank") for word in "abcdef"),
]
DATA = {
    "full": ROWS,
    "no rows": [],
    "one row": ROWS[:1],
    "all equal": ROWS[:1] * 6,
    "all empty": [("", "", "")] * 3,
}
BY_PAIR = {"natural"}
"""Detectors that take the first row of a pair: a permutation moves which row that is."""


def segments_of(rows):
    texts = {
        name: pa.array([row[place] for row in rows], pa.string())
        for place, name in enumerate(("source", "target", "translation"))
    }
    length = [len(row[0]) for row in rows]
    numbers = {
        "quality.back_translation": [number % 7 for number in length],
        "log_probability": [-(number % 5) * number if number else None for number in length],
        "tokens": length,
        "score.teacher": [-(number % 3) if number else None for number in length],
    }
    columns = {name: pa.array(values, pa.float64()) for name, values in numbers.items()}
    prefixes = [source[:8] if source else None for source, _, _ in rows]
    extracted = {"extracted.extractive": pa.array(prefixes, pa.string())}
    return Segments.of(**texts, **columns, **extracted)


def translate(prefixes):
    return [KEEPER[1] if len(prefix.split()) >= 3 else "" for prefix in prefixes]


SERVICES = Services(translate=translate, words={"the": 5, "here,": 2, "...": 9, "gull": 1})


@pytest.fixture(params=DETECTORS)
def detector(request):
    return DETECTORS[request.param]()


@pytest.fixture(params=DATA)
def segments(request):
    return segments_of(DATA[request.param])


def test_it_is_a_frozen_dataclass_of_settings_and_named_as_in_the_registry(detector):
    assert is_dataclass(detector)
    assert DETECTORS[detector.name] is type(detector)
    with pytest.raises(FrozenInstanceError):
        detector.name = "other"


def test_it_has_a_golden_file(detector):
    assert (GOLDEN / f"{detector.name}.json").exists()


def test_it_declares_its_unit_and_what_it_needs(detector):
    assert detector.unit in ("pair", "translation")
    own = {"source", "target", "translation", "log_probability", "tokens"}
    stored = ("quality.", "score.", "extracted.")
    needed = (*detector.needs.columns, *detector.needs.optional)
    assert all(name in own or name.startswith(stored) for name in needed)


def test_it_uses_no_column_that_it_does_not_declare(detector, segments):
    table = segments.table.select(["id", *detector.needs.columns, *detector.needs.optional])
    words = SERVICES.words if detector.needs.words else {}
    services = replace(SERVICES, words=words) if detector.needs.translate else Services()
    least = detector.score(Segments(table), services)
    assert_same(least, detector.score(segments, SERVICES))


def test_it_answers_row_by_row(detector, segments):
    scored = detector.score(segments, SERVICES)
    n = len(segments)
    assert scored.eligible.shape == scored.score.shape == (n,)
    assert (scored.eligible.dtype, scored.score.dtype) == (np.bool_, np.float64)
    assert len(scored.evidence) == n
    assert all(isinstance(text, str) for text in evidence(scored))
    assert all(len(values) == n for values in scored.features.values())


@pytest.mark.parametrize("count", [2, 7, 30])
def test_what_it_finds_by_segment_it_finds_in_shards(detector, segments, count):
    whole = detector.score(segments, SERVICES)
    if not detector.by_segment:
        return
    shards = [shard_rows(len(segments), number, count) for number in range(count)]
    parts = [detector.score(segments.take(np.array(rows, int)), SERVICES) for rows in shards]
    for name in ("eligible", "score"):
        found = np.concatenate([getattr(part, name) for part in parts])
        np.testing.assert_array_equal(found, getattr(whole, name))
    assert [text for part in parts for text in evidence(part)] == evidence(whole)
    for name, values in whole.features.items():
        found = np.concatenate([np.asarray(part.features[name]) for part in parts])
        np.testing.assert_array_equal(found, np.asarray(values))
    flags = np.concatenate([detector.judge(part) for part in parts])
    np.testing.assert_array_equal(flags, detector.judge(whole))


def test_those_that_look_at_the_whole_split_are_known():
    whole = {name for name, detector in DETECTORS.items() if not detector.by_segment}
    assert whole == {"natural", "repeated_target", "text", "perturbation"}


def test_flags_are_boolean_and_eligible(detector, segments):
    scored = detector.score(segments, SERVICES)
    flagged = detector.judge(scored)
    assert (flagged.dtype, flagged.shape) == (np.bool_, (len(segments),))
    assert not (flagged & ~scored.eligible).any()


def test_the_common_data_has_flags_and_rows_that_are_not_eligible(detector):
    scored = detector.score(segments_of(ROWS), SERVICES)
    assert detector.judge(scored).any()
    assert not scored.eligible.all()


def test_judging_changes_nothing_and_repeats_itself(detector, segments):
    scored = detector.score(segments, SERVICES)
    before = detector.score(segments, SERVICES)
    np.testing.assert_array_equal(detector.judge(scored), detector.judge(scored))
    assert_same(scored, before)


def test_a_permutation_of_the_rows_permutes_the_answer(detector, segments):
    order = np.random.default_rng(3).permutation(len(segments))
    scored = detector.score(segments, SERVICES)
    moved = detector.score(segments.take(order), SERVICES)
    if detector.name in BY_PAIR:
        assert flagged_pairs(detector, segments, scored) == flagged_pairs(
            detector, segments.take(order), moved
        )
        assert scored.eligible.sum() == moved.eligible.sum()
        return
    np.testing.assert_array_equal(moved.eligible, scored.eligible[order])
    np.testing.assert_array_equal(moved.score, scored.score[order])
    np.testing.assert_array_equal(detector.judge(moved), detector.judge(scored)[order])
    assert evidence(moved) == [evidence(scored)[row] for row in order]


def test_the_signature_has_the_name_and_every_setting(detector):
    signature = detector.signature()
    assert signature.startswith(detector.name)
    for field in fields(detector):
        assert f"|{field.name}:{getattr(detector, field.name)}" in signature


def test_another_setting_is_another_signature(detector):
    for field in fields(detector):
        changed = another(getattr(detector, field.name))
        assert replace(detector, **{field.name: changed}).signature() != detector.signature()


def test_settings_are_validated_by_their_types(detector):
    adapter = pydantic.TypeAdapter(type(detector))
    settings = {field.name: getattr(detector, field.name) for field in fields(detector)}
    assert adapter.validate_python(settings) == detector
    for name in settings:
        with pytest.raises(pydantic.ValidationError, match=name):
            adapter.validate_python({**settings, name: ["no", "setting"]})


def test_every_setting_has_a_default(detector):
    parameters = inspect.signature(type(detector)).parameters.values()
    assert all(parameter.default is not parameter.empty for parameter in parameters)


def another(value):
    """A value of the same type that the detectors accept as well."""
    if isinstance(value, dict):
        return {**value, "other": "x+"}
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value * 1.2 if isinstance(value, float) else f"{value}_other"


def flagged_pairs(detector, segments, scored):
    texts = zip(segments.texts("source"), segments.texts("translation"), strict=True)
    pairs = [(source.strip(), translation.strip()) for source, translation in texts]
    return sorted(pairs[row] for row in np.flatnonzero(detector.judge(scored)))


def assert_same(one, other):
    np.testing.assert_array_equal(one.eligible, other.eligible)
    np.testing.assert_array_equal(one.score, other.score)
    assert evidence(one) == evidence(other)
    assert one.features.keys() == other.features.keys()
    for name, values in one.features.items():
        np.testing.assert_array_equal(values, other.features[name])
