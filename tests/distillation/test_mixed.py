"""Mixed distillation: the teacher's translation for the worst pairs."""

import numpy as np
import pytest

from kdaudit.distillation import Mixed
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments

QUALITY = [40.0, 10.0, 10.0, float("nan"), 90.0, 10.0, 70.0, 80.0, 60.0, 50.0]


def segments(ids=range(10), quality=QUALITY):
    return Segments.of(
        ids=ids,
        source=[f"s{one}" for one in ids],
        target=[f"c{one}" for one in ids],
        translation=[f"t{one}" for one in ids],
        **{"corpus.back_translation": quality},
    )


def of_teacher(step, data):
    made = step.targets(data)
    rows = zip(data.ids.tolist(), made.target, made.target_source, strict=True)
    found = [one for one, target, source in rows if (target, source) == (f"t{one}", "teacher")]
    assert len(found) == list(made.target_source).count("teacher")
    assert all(
        target == f"c{one}"
        for one, target, source in zip(data.ids, made.target, made.target_source, strict=True)
        if source == "corpus"
    )
    return found


def test_the_worst_share_is_the_teachers_and_of_equals_the_first_ids():
    assert of_teacher(Mixed(share=0.1), segments()) == [1]
    assert of_teacher(Mixed(share=0.2), segments()) == [1, 2]
    assert of_teacher(Mixed(share=0.4), segments()) == [0, 1, 2, 5]
    reordered = segments().take(np.array([5, 4, 3, 2, 1, 0, 9, 8, 7, 6]))
    assert sorted(of_teacher(Mixed(share=0.2), reordered)) == [1, 2]


def test_a_pair_without_a_value_keeps_its_target():
    assert 3 not in of_teacher(Mixed(share=0.95), segments())
    empty = segments(quality=[float("nan")] * 10)
    assert of_teacher(Mixed(share=0.5), empty) == []


def test_the_control_is_of_the_same_size_seeded_and_of_any_quality():
    drawn = [of_teacher(Mixed(share=0.3, control="random", seed=n), segments()) for n in range(20)]
    assert {len(one) for one in drawn} == {3}
    assert of_teacher(Mixed(share=0.3, control="random", seed=7), segments()) == drawn[7]
    assert len({tuple(one) for one in drawn}) > 1
    assert any(4 in one for one in drawn)


def test_the_column_is_a_setting():
    assert Mixed().needs.targets == ("corpus.back_translation",)
    assert Mixed(by="cometkiwi").needs.targets == ("cometkiwi",)


@pytest.mark.parametrize(
    "settings", [{"share": 0}, {"share": 1}, {"beam": 0}, {"seed": -1}], ids=str
)
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(RecipeError, match="mixed"):
        Mixed(**settings)
