"""`repeated_target` and `natural`, beyond their golden cases."""

import pytest

from kdaudit.detectors import DETECTORS, Services, detector
from kdaudit.detectors.natural import Natural
from kdaudit.detectors.repeated_target import RepeatedTarget
from kdaudit.errors import AlignmentError, RecipeError
from kdaudit.segments import Segments


@pytest.mark.parametrize("kind", [RepeatedTarget, Natural])
def test_one_source_cannot_share(kind):
    with pytest.raises(RecipeError, match="min_sources is 2 or more"):
        kind(min_sources=1)


def test_the_gate_needs_a_name():
    with pytest.raises(RecipeError, match="gate"):
        Natural(gate="")


def test_natural_says_which_column_it_needs_and_fails_without_it():
    natural = Natural(gate="kiwi")
    assert natural.needs.columns == ("source", "translation", "quality.kiwi")
    segments = Segments.of(source=["a"], translation=["x"])
    with pytest.raises(AlignmentError, match=r"quality\.kiwi"):
        natural.score(segments, Services())


def test_other_thresholds_are_judged_without_scoring_again():
    segments = Segments.of(
        source=["a", "b", "c"],
        translation=["x", "x", "x"],
        **{"quality.back_translation": [10.0, 50.0, 90.0]},
    )
    scored = Natural().score(segments, Services())
    assert not Natural().judge(scored).any()
    assert Natural(min_sources=3, threshold=60.0).judge(scored).tolist() == [True, True, False]
    assert RepeatedTarget(min_sources=3).judge(scored).all()


def test_an_unknown_detector_is_named_with_its_neighbour():
    assert detector("natural") is DETECTORS["natural"]
    with pytest.raises(RecipeError, match="did you mean 'oscillatory'"):
        detector("oscilatory")
