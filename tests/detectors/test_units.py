"""Words, characters and prefixes."""

import pytest

from kdaudit.detectors.units import by_characters, count_units, longest_prefix, prefixes


@pytest.mark.parametrize("language", ["zh", "ja", "ko", "th", "zh-Hant", "KO"])
def test_these_languages_are_counted_by_characters(language):
    assert by_characters(language)
    assert count_units(" 한국 어 ", language) == 3
    assert prefixes(" 한국  어 ", language, 3) == ["한", "한국", "한국 어"]


@pytest.mark.parametrize("language", ["en", "de", "vi"])
def test_all_others_are_counted_by_words(language):
    assert not by_characters(language)
    assert count_units(" one\u3000two\tthree ", language) == 3
    assert prefixes(" one  two\tthree ", language, 2) == ["one", "one two"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_blank_text_has_no_units_and_no_prefixes(language):
    assert count_units(" \n", language) == 0
    assert prefixes(" \n", language, 5) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_there_are_no_more_prefixes_than_units(language):
    assert prefixes("甲 乙", language, 9) == ["甲", "甲 乙"]


@pytest.mark.parametrize(
    ("units", "share", "longest"),
    [
        (4, 0.75, 3),
        (5, 0.75, 3),
        (8, 0.75, 6),
        (10, 0.7, 7),
        (10, 0.3, 3),
        (1, 0.75, 0),
        (0, 0.5, 0),
    ],
)
def test_the_longest_prefix_is_exact(units, share, longest):
    assert longest_prefix(units, share) == longest


@pytest.mark.parametrize("hundredths", range(1, 100))
def test_the_longest_prefix_is_the_last_whose_ratio_is_within_the_share(hundredths):
    share = hundredths / 100
    for units in range(1, 120):
        within = [length for length in range(units) if length / units <= share]
        assert longest_prefix(units, share) == within[-1]
