"""The contract of a distillation step, for every registry entry."""

from dataclasses import FrozenInstanceError, fields, is_dataclass

import numpy as np
import pydantic
import pytest

from kdaudit.distillation import STEPS
from kdaudit.segments import Segments

FULL = Segments.of(
    ids=[4, 2, 9],
    source=["a", "", "c c"],
    target=["A", "", "C C"],
    translation=["X", "Y", ""],
)
DATA = {"full": FULL, "no rows": FULL.take(np.array([], dtype=np.int64))}


@pytest.fixture(params=STEPS)
def step(request):
    return STEPS[request.param]()


@pytest.fixture(params=DATA)
def segments(request):
    return DATA[request.param]


def test_it_is_a_frozen_dataclass_named_as_in_the_registry(step):
    assert is_dataclass(step)
    assert STEPS[step.name] is type(step)
    with pytest.raises(FrozenInstanceError):
        step.beam = 3


def test_every_source_gets_one_target_and_its_origin(step, segments):
    targets = step.targets(segments)
    assert len(targets.target) == len(targets.target_source) == len(segments)
    choices = zip(
        targets.target, segments.texts("translation"), segments.texts("target"), strict=True
    )
    assert all(chosen in (translation, target) for chosen, translation, target in choices)
    assert set(targets.target_source) <= {"teacher", "corpus"}


def test_what_it_selects_are_ids_of_the_segments(step, segments):
    selected = step.select(segments)
    assert selected is None or set(selected.tolist()) <= set(segments.ids.tolist())


def test_the_signature_has_every_setting(step):
    assert step.signature().startswith(step.name)
    for field in fields(step):
        assert f"|{field.name}:{getattr(step, field.name)}" in step.signature()


def test_settings_are_validated_by_their_types(step):
    adapter = pydantic.TypeAdapter(type(step))
    assert adapter.validate_python({"beam": 2}).beam == 2
    for wrong in ("wide", 0):
        with pytest.raises(pydantic.ValidationError, match="beam"):
            adapter.validate_python({"beam": wrong})
