"""Finding Memo's cure: what a teacher says of its memorized sources once they are disturbed."""

import numpy as np
import pytest

from kdaudit.distillation import Recovered, Services
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments

TABLE = {
    "! a": "! A",  # the symbol copied, the rest as ever: no change
    "* a": "*Besser",
    "! b": "Anders",
    "! c": "C",
    "* c": "* C",
    "! d": "",  # nothing is no translation
    "* d": "  ",
}


def segments():
    return Segments.of(
        ids=[4, 2, 9, 7, 1],
        source=["a", "b", "c", "d", "e"],
        target=["A", "B", "C", "D", "E"],
        translation=["A", "B", "C", "D", "E"],
        **{"memorized.extractive": [1.0, 1.0, 1.0, 1.0, 0.0]},
    )


def services(asked, listed=None):
    def translate(sources):
        asked.append(list(sources))
        return [TABLE[source] for source in sources]

    return Services(translate, listed)


def test_the_first_symbol_that_changes_the_translation_gives_the_target():
    asked = []
    chosen = Recovered(symbols=("!", "*")).select(segments(), services(asked))
    assert dict(zip(chosen.ids.tolist(), chosen.target, strict=True)) == {4: "Besser", 2: "Anders"}
    assert list(chosen.target_source) == ["recovered"] * 2
    assert chosen.candidates == 4
    assert asked == [["! a", "! b", "! c", "! d"], ["* a", "* c", "* d"]]


def test_listed_ids_take_the_place_of_the_detectors():
    chosen = Recovered(symbols=("!",)).select(segments(), services([], np.array([2])))
    assert chosen.ids.tolist() == [2]


def test_nothing_to_recover_is_an_error_that_says_why():
    data = segments().with_column("memorized.extractive", [0.0] * 5)
    with pytest.raises(RecipeError, match="of 5 pairs 0 are memorized by 'extractive'"):
        Recovered(symbols=("!",)).select(data, services([]))


@pytest.mark.parametrize(
    "settings",
    [{"symbols": ()}, {"symbols": ("a b",)}, {"fewest": 0}, {"epochs": 0}, {"learning_rate": 0}],
    ids=str,
)
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(RecipeError, match="recovered"):
        Recovered(**settings)
