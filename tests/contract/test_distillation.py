"""The contract of a distillation step, for every registry entry."""

from dataclasses import FrozenInstanceError, fields, is_dataclass

import numpy as np
import pydantic
import pytest

from kdaudit.distillation import STEPS, Services
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments

COLUMNS = {
    name: [90.0, 91.0, float("nan")]
    for name in ("quality.chrf", "quality.confidence", "corpus.back_translation")
}
FULL = Segments.of(
    ids=[4, 2, 9],
    source=["a b c d e f", "", "c c"],
    target=["A", "", "C C"],
    translation=["X", "Y", ""],
    **COLUMNS,
    **{"memorized.extractive": [1.0, 0.0, 0.0]},
)
DATA = {"full": FULL, "no rows": FULL.take(np.array([], dtype=np.int64))}
SERVICES = Services(lambda sources: [f"{source} changed" for source in sources])


@pytest.fixture(params=STEPS)
def step(request):
    kind = STEPS[request.param]
    few = {"fewest": 1} if any(field.name == "fewest" for field in fields(kind)) else {}
    return kind(**few)


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
    rows = zip(
        targets.target,
        targets.target_source,
        segments.texts("translation"),
        segments.texts("target"),
        strict=True,
    )
    for chosen, origin, translation, target in rows:
        assert chosen == {"teacher": translation, "corpus": target}[origin]


def test_what_it_selects_are_ids_of_the_segments_each_once(step):
    if step.fine_tuning is None:
        return
    assert step.fine_tuning.epochs >= 1
    assert step.fine_tuning.learning_rate > 0
    chosen = step.select(FULL, SERVICES)
    assert 1 <= len(chosen.ids) <= chosen.candidates
    assert len(set(chosen.ids.tolist())) == len(chosen.ids)
    assert set(chosen.ids.tolist()) <= set(FULL.ids.tolist())
    assert len(chosen.target) == len(chosen.target_source) == len(chosen.ids)
    assert all(len(values) == len(chosen.ids) for values in chosen.scores.values())
    with pytest.raises(RecipeError, match="fewest"):
        step.select(DATA["no rows"], SERVICES)


def test_it_says_which_columns_it_reads(step):
    needed = {*step.needs.select, *step.needs.targets}
    bare = Segments(FULL.table.select(["id", "source", "target", "translation", *needed]))
    step.targets(bare)
    if step.fine_tuning is not None:
        step.select(bare, SERVICES)


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
