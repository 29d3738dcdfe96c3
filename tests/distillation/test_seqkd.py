"""Plain sequence-level distillation."""

import pytest

from kdaudit.distillation import STEPS, distillation_step
from kdaudit.distillation.seqkd import SeqKD
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments

SEGMENTS = Segments.of(ids=[7, 3], source=["a", "b"], target=["A", "B"], translation=["X", ""])


def test_the_teacher_translates_everything_as_it_is():
    step = SeqKD()
    assert step.select(SEGMENTS) is None
    targets = step.targets(SEGMENTS)
    assert list(targets.target) == ["X", ""]
    assert list(targets.target_source) == ["teacher", "teacher"]


def test_the_beam_is_a_setting():
    assert (SeqKD().beam, SeqKD(beam=5).beam) == (1, 5)
    assert SeqKD(beam=5).signature() == "seqkd|beam:5"
    with pytest.raises(RecipeError, match="beam"):
        SeqKD(beam=0)


def test_steps_are_found_by_name():
    assert distillation_step("seqkd") is STEPS["seqkd"]
    with pytest.raises(RecipeError, match="did you mean 'seqkd'"):
        distillation_step("seq_kd")
