"""The tables of what distillation steps did: which models are compared, and means over runs."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.distillation import _mean, _pairs
from kdaudit.recipe import load
from tests.comparison.comparison_data import AGAINST

RECIPES = Path(__file__).parents[2] / "recipes"

CONTRAST = replace(AGAINST, measure="oscillatory", relative_change=0.5)


def test_students_are_compared_with_the_plain_one_and_the_control_and_teachers_with_theirs():
    assert _pairs(load(RECIPES / "adaptive.yaml")) == [
        ("second_student", "student"),
        ("adaptive_student", "student"),
        ("control_student", "student"),
        ("adaptive_student", "control_student"),
        ("adapted_teacher", "teacher"),
        ("control_teacher", "teacher"),
    ]


def test_the_models_of_the_remedies_are_compared_without_a_control():
    assert _pairs(load(RECIPES / "remedies.yaml")) == [
        ("outside_student", "student"),
        ("longer_student", "student"),
        ("unreplicated_student", "student"),
        ("outside_teacher", "teacher"),
        ("longer_teacher", "teacher"),
        ("unreplicated_teacher", "teacher"),
    ]


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([{"relative_change": 0.1, "verdict": "lower"}], "+30.0 ± 28.3% (1, 1, 0)"),
        (
            [{"relative_change": None, "difference": 0.03, "verdict": "too_few"}],
            "+2.0 ± 1.4 points (1, 0, 1)",
        ),
        ([], "–"),
    ],
)
def test_the_mean_over_runs_has_its_spread_and_the_verdicts(others, expected):
    assert _mean([CONTRAST, *(replace(CONTRAST, **one) for one in others)]) == expected
