"""Detectors that ask a model, beyond their golden cases: insertions, adjusted BLEU, settings."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.detectors import DETECTORS, Services
from kdaudit.detectors.adjusted_bleu import adjusted_bleu
from kdaudit.detectors.back_translation import BackTranslation
from kdaudit.detectors.insertion import band, counted_words, draw, insertions
from kdaudit.detectors.natural import Natural
from kdaudit.detectors.perturbation import Perturbation
from kdaudit.errors import AlignmentError, NotComputable, RecipeError
from kdaudit.segments import Segments

WORDS = st.lists(st.sampled_from("abcde"), max_size=9).map(" ".join)
COUNTS = {f"w{number}": 1000 - number for number in range(500)}


def plainly(text: str, other: str, smoothed: bool) -> float:
    """Adjusted BLEU by its definition."""
    one, two = text.split(), other.split()
    if not one or not two:
        return 0.0
    value = math.exp(min(0.0, 1 - len(two) / len(one)))
    for order, weight in ((1, 1.0), (2, 0.8)):
        mine, theirs = (
            Counter(zip(*(words[place:] for place in range(order)), strict=False))
            for words in (one, two)
        )
        if total := sum(mine.values()):
            matched = float(sum((mine & theirs).values()))
            if order == 2 and not matched and smoothed:
                matched = 0.5
            value *= (matched / total) ** weight
    return value


@given(WORDS, WORDS, st.booleans())
def test_adjusted_bleu_is_that_of_its_definition(text, other, smoothed):
    found = adjusted_bleu([text], [other], "de", "exp" if smoothed else "none")
    np.testing.assert_allclose(found, [plainly(text, other, smoothed)], rtol=1e-12)


@given(WORDS.filter(bool))
def test_a_text_shares_all_with_itself(text):
    assert adjusted_bleu([text], [text], "de") == [1.0]


def test_10000_tokens_and_their_half():
    (half,) = adjusted_bleu(["a b " * 2500], ["a b " * 5000], "de")
    assert half == pytest.approx(math.exp(-1))


@pytest.mark.parametrize(
    ("frequency", "first", "last"),
    [("common", "w0", "w99"), ("middle", "w200", "w299"), ("rare", "w400", "w499")],
)
def test_a_band_is_100_words_by_their_rank(frequency, first, last):
    found = band(COUNTS, frequency)
    assert (len(found), found[0], found[-1]) == (100, first, last)


def test_few_words_make_small_bands_that_do_not_overlap():
    few = dict(list(COUNTS.items())[:7])
    bands = [band(few, frequency) for frequency in ("common", "middle", "rare")]
    assert bands == [["w0", "w1"], ["w2", "w3"], ["w5", "w6"]]
    assert band({"a": 1}, "rare") == band({"a": 1}, "common") == ["a"]


def test_words_lose_their_punctuation_and_what_is_no_word_is_none():
    counts = counted_words(['"Der Hund," sagt der', "Hund. 42 -- § a\u0007b don't"], "de")
    assert sorted(band(counts, "common") + band(counts, "rare")) == ["Hund", "sagt"]
    bare = {"Der": 1, "Hund": 2, "der": 1, "don't": 1, "sagt": 1}
    assert band(bare, "common") == band(counts, "common") == ["Hund"]


def test_characters_are_the_words_of_a_language_without_spaces():
    counts = counted_words(["我们 我。", "我去"], "zh")
    assert counts["我"] == 3
    assert band(counts, "common") == ["我"]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), st.integers(0, 5))
def test_an_insertion_adds_one_word_and_keeps_the_others(source, seed):
    word = f"w{draw(source, seed) % 7}"
    words = source.split()
    start, middle, end = insertions(source, word, "en")
    assert start.split() == [word, *words]
    assert end.split() == [*words, word]
    assert (middle is None) == (len(words) < 2)
    if middle is not None:
        place = len(words) // 2
        assert middle.split() == [*words[:place], word, *words[place:]]


@given(st.lists(st.tuples(WORDS, WORDS), max_size=8), st.floats(0, 1), st.floats(0, 1))
def test_stricter_thresholds_never_flag_more(rows, good, detached):
    segments = Segments.of(
        source=[f"s {row[0]}" for row in rows],
        translation=[row[1] for row in rows],
        target=["a b c"] * len(rows),
    )
    services = Services(translate=lambda texts: [text[3:] for text in texts], words=COUNTS)
    scored = Perturbation().score(segments, services)
    some = Perturbation(good=good, detached=detached).judge(scored)
    stricter = Perturbation(good=(1 + good) / 2, detached=detached / 2).judge(scored)
    assert not (stricter & ~some).any()


def test_without_a_model_or_a_word_there_is_no_perturbation():
    segments = Segments.of(source=["a b"], translation=["x"], target=["x"])
    with pytest.raises(NotComputable, match="needs the audited model"):
        Perturbation().score(segments, Services(words=COUNTS))
    with pytest.raises(NotComputable, match="the training sources have none"):
        Perturbation().score(segments, Services(translate=list, words={"42": 3}))


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("perturbation", {"good": 1.5}, "good is an adjusted BLEU, from 0 to 1"),
        ("perturbation", {"detached": -0.1}, "detached is an adjusted BLEU"),
        ("perturbation", {"sample": 0}, "sample is 1 or more"),
        ("perturbation", {"seed": -1}, "seed is 0 or more"),
        ("sequence_log_probability", {"threshold": 0.1}, "0 or less"),
        ("cross_model", {"threshold": 0.1}, "0 or less"),
        ("back_translation", {"threshold": 101.0}, "threshold is a chrF, from 0 to 100"),
        ("natural", {"gate": "teacher_log_probability"}, "gate teacher_log_probability: thresh"),
    ],
)
def test_settings_out_of_range_are_refused(kind, settings, message):
    with pytest.raises(RecipeError, match=message):
        DETECTORS[kind](**settings)


@pytest.mark.parametrize(
    ("kind", "column"),
    [
        ("sequence_log_probability", "log_probability"),
        ("cross_model", "score.teacher"),
        ("back_translation", "quality.back_translation"),
    ],
)
def test_a_column_that_is_missing_is_named(kind, column):
    segments = Segments.of(source=["a"], translation=["x"])
    with pytest.raises(AlignmentError, match=column):
        DETECTORS[kind]().score(segments, Services())


def test_the_teachers_gate_says_that_it_excuses_what_is_inherited():
    natural = Natural(gate="teacher_log_probability", threshold=-1.0)
    assert natural.needs.columns == ("source", "translation", "score.teacher")
    assert natural.signature().endswith("|inherited:excused")
    assert "inherited" not in Natural().signature()


def test_thresholds_of_scores_are_judged_without_scoring_again():
    segments = Segments.of(
        source=["a", "b"], translation=["x", "y"], **{"quality.back_translation": [40.0, 20.0]}
    )
    scored = BackTranslation().score(segments, Services())
    assert BackTranslation().judge(scored).tolist() == [False, True]
    assert BackTranslation(threshold=50.0).judge(scored).tolist() == [True, True]
