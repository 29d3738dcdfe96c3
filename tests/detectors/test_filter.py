"""The filter of extractive memorization, beyond the golden cases of `extractive`."""

import pytest

from kdaudit.detectors import PairFilter, passes_filter
from kdaudit.errors import AlignmentError, RecipeError

SOURCE, TARGET = "The children sleep quietly in the garden", "Die Kinder schlafen ruhig im Garten"


def test_a_translated_pair_passes():
    assert passes_filter(SOURCE, TARGET, "en", "de")


@pytest.mark.parametrize(
    ("source", "target", "languages"),
    [
        ("The children", "Die Kinder", ("en", "de")),
        (SOURCE, "Sie schlafen", ("en", "de")),
        (SOURCE, SOURCE, ("en", "en")),
        (SOURCE, TARGET, ("de", "de")),
        (SOURCE, TARGET, ("en", "fr")),
    ],
)
def test_a_pair_that_breaks_one_condition_does_not_pass(source, target, languages):
    assert not passes_filter(source, target, *languages)


def test_settings_reach_the_filter():
    assert passes_filter("The children sleep", "Die Kinder schlafen", "en", "de", PairFilter(3))
    assert passes_filter(SOURCE, TARGET, "en", "fr", PairFilter(identify_language=False))
    assert not passes_filter(SOURCE, TARGET, "en", "de", PairFilter(max_length_ratio=1.1))


def test_a_blank_source_never_passes():
    settings = PairFilter(min_source_words=0, identify_language=False)
    assert settings.reasons(["", "Ja"], ["Ja", "Yes"], "de", "en") == ["too_short", ""]


def test_an_unknown_language_is_an_error_only_where_languages_are_identified():
    with pytest.raises(RecipeError, match="tlh"):
        passes_filter(SOURCE, TARGET, "en", "tlh")
    assert passes_filter(SOURCE, TARGET, "en", "tlh", PairFilter(identify_language=False))


def test_sides_of_different_lengths_are_an_error():
    with pytest.raises(AlignmentError, match="source has 2, target has 1"):
        PairFilter().reasons([SOURCE, SOURCE], [TARGET], "en", "de")


def test_two_sides_in_characters_are_compared():
    chinese, japanese = "我们明天去山上旅行", "行く"
    settings = PairFilter(identify_language=False)
    assert settings.reasons([chinese], [japanese], "zh", "ja") == ["length_ratio"]
    assert settings.reasons([chinese], [japanese], "zh", "de") == [""]
