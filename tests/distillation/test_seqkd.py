"""Plain sequence-level distillation, and sequence-level interpolation."""

import pytest

from kdaudit.distillation import STEPS, distillation_step
from kdaudit.distillation.seqkd import SeqKD
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments

SEGMENTS = Segments.of(ids=[7, 3], source=["a", "b"], target=["A", "B"], translation=["X", ""])
SEVERAL = Segments.of(
    source=["a", "b", "c", ""],
    target=["der alte Hund bellt", "x", "eine Katze", ""],
    translation=["ein Hund", "y", "eine Katze", ""],
    hypotheses=[
        ["ein Hund", "der alte Hund bellte", "der Hund"],
        ["y", "z"],  # as unlike the target: the teacher's order stands
        ["eine Katze", "eine Katze", "Katze"],
        [],
    ],
)


def test_the_teacher_translates_everything_as_it_is():
    step = SeqKD()
    assert step.fine_tuning is None
    targets = step.targets(SEGMENTS)
    assert list(targets.target) == ["X", ""]
    assert list(targets.target_source) == ["teacher", "teacher"]


@pytest.mark.parametrize("choice", ["chrf", "bleu"])
def test_the_hypothesis_closest_to_the_target_is_chosen(choice):
    targets = SeqKD(beam=3, best=3, choice=choice).targets(SEVERAL)
    assert list(targets.target) == ["der alte Hund bellte", "y", "eine Katze", ""]
    assert list(targets.target_source) == ["teacher"] * 4


def test_the_beam_is_a_setting():
    assert (SeqKD().beam, SeqKD(beam=5).beam) == (1, 5)
    assert SeqKD(beam=5).signature() == "seqkd|beam:5|best:1|choice:score"
    with pytest.raises(RecipeError, match="beam"):
        SeqKD(beam=0)


@pytest.mark.parametrize(
    "settings",
    [{"beam": 2, "best": 3, "choice": "chrf"}, {"choice": "bleu"}, {"beam": 5, "best": 5}],
)
def test_a_choice_needs_something_to_choose_from(settings):
    with pytest.raises(RecipeError, match="seqkd"):
        SeqKD(**settings)


def test_steps_are_found_by_name():
    assert distillation_step("seqkd") is STEPS["seqkd"]
    with pytest.raises(RecipeError, match="did you mean 'seqkd'"):
        distillation_step("seq_kd")
