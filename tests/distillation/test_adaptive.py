"""Adaptive-SeqKD: which pairs the teacher is fine-tuned on."""

import json
from pathlib import Path

import numpy as np
import pytest

from kdaudit.distillation import Adaptive, Services
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "adaptive.json").read_text("utf-8"))


def never(sources):
    raise AssertionError("the choice needs no translation")


NOTHING = Services(never)


def segments(rows=None):
    rows = GOLDEN["rows"] if rows is None else rows
    columns = {name: [row[name] for row in rows] for name in rows[0] if name != "id"}
    return Segments.of(ids=[row["id"] for row in rows], **columns)


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_the_choice_is_that_of_the_golden_cases(case):
    chosen = Adaptive(fewest=1, **case["settings"]).select(segments(), NOTHING)
    assert chosen.ids.tolist() == case["ids"]
    assert chosen.candidates == len(case["ids"])
    rows = {row["id"]: row for row in GOLDEN["rows"]}
    assert list(chosen.target) == [rows[one]["target"] for one in case["ids"]]
    assert set(chosen.target_source) <= {"corpus"}
    for name, values in chosen.scores.items():
        assert values.tolist() == [rows[one][name] for one in case["ids"]]


def many(count=400):
    rng = np.random.default_rng(5)
    return Segments.of(
        source=["one two three four five six"] * count,
        target=["eins"] * count,
        translation=["zwei"] * count,
        **{"quality.chrf": rng.uniform(0, 100, count), "quality.confidence": [0.9] * count},
    )


def test_at_most_so_many_are_drawn_and_the_seed_decides_which():
    data, step = many(), Adaptive(above={"quality.chrf": 50}, most=60, seed=3)
    first, again = step.select(data, NOTHING), step.select(data, NOTHING)
    other = Adaptive(above={"quality.chrf": 50}, most=60, seed=4).select(data, NOTHING)
    assert len(first.ids) == 60 < first.candidates
    assert (data.numbers("quality.chrf")[first.ids] > 50).all()
    assert first.ids.tolist() == again.ids.tolist() == sorted(set(first.ids.tolist()))
    assert first.ids.tolist() != other.ids.tolist()


@pytest.mark.parametrize("most", [60, 10_000])
def test_the_control_is_of_exactly_the_same_size_and_of_any_quality(most):
    data = many()
    chosen = Adaptive(above={"quality.chrf": 50}, most=most).select(data, NOTHING)
    control = Adaptive(above={"quality.chrf": 50}, most=most, control="random").select(
        data, NOTHING
    )
    assert len(control.ids) == len(chosen.ids)
    assert (data.numbers("quality.chrf")[control.ids] <= 50).any()


def test_too_few_pairs_are_an_error_with_the_distribution_of_the_scores():
    with pytest.raises(RecipeError) as refusal:
        Adaptive(above={"quality.chrf": 99.9}, fewest=50).select(many(), NOTHING)
    message = str(refusal.value)
    assert "fewest is 50" in message
    assert "of 400 pairs 400 have 6 source words" in message
    assert "median" in message
    assert "above 99.9" in message


def test_the_ids_of_the_user_are_taken_as_they_are():
    listed = Services(never, np.array([7, 3]))
    chosen = Adaptive(most=1, fewest=1).select(many(), listed)
    assert chosen.ids.tolist() == [3, 7]
    with pytest.raises(RecipeError, match="no id 400"):
        Adaptive().select(many(), Services(never, np.array([400])))


@pytest.mark.parametrize(
    "settings",
    [
        {"most": 0},
        {"fewest": 0},
        {"epochs": 0},
        {"learning_rate": 0.0},
        {"beam": 0},
        {"seed": -1},
        {"min_source_words": -1},
        {"most": 10, "fewest": 11},
    ],
    ids=str,
)
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(RecipeError, match="adaptive"):
        Adaptive(**settings)


def test_a_control_that_cannot_be_as_large_as_its_choice_is_an_error():
    data = Segments.of(
        source=["one two three four five six"] * 60 + ["one two"] * 40,
        target=["eins"] * 100,
        translation=["zwei"] * 100,
        **{"quality.chrf": [90.0] * 100, "quality.confidence": [0.9] * 100},
    )
    listed = Services(never, np.arange(100))
    with pytest.raises(RecipeError, match="as many pairs as the choice, 100, and only 60 have"):
        Adaptive(control="random").select(data, listed)
