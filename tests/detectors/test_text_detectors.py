"""The detectors that need texts alone, beyond their golden cases."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.detectors import DETECTORS, Services
from kdaudit.detectors.characters import letters
from kdaudit.detectors.copy import Copy
from kdaudit.detectors.length_ratio import LengthRatio
from kdaudit.detectors.ngrams import common, compared, repeated
from kdaudit.detectors.numbers import NUMBER, Numbers, in_text
from kdaudit.detectors.oscillatory_calibrated import OscillatoryCalibrated
from kdaudit.detectors.text import FEATURES, Text, coefficients, features
from kdaudit.detectors.untranslated import Untranslated
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments
from tests import plain

TEXT_ALONE = [
    "oscillatory_calibrated",
    "copy",
    "untranslated",
    "length_ratio",
    "numbers",
    "overlap",
    "text",
]
TEXTS = st.lists(
    st.text(st.sampled_from("abA Äß我 \t\u200b가1."), max_size=25)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    max_size=8,
)
SOURCE = "The old lighthouse keeper counts the gulls"
GOOD = "Der alte Leuchtturmwärter zählt die Möwen"


def strings(values):
    return pa.chunked_array([pa.array(values, pa.string())])


def scored(detector, source, translation, services=None):
    segments = Segments.of(source=strings(source), translation=strings(translation))
    return detector.score(segments, services or Services())


def flags(detector, source, translation, services=None):
    return detector.judge(scored(detector, source, translation, services)).tolist()


@given(TEXTS, st.integers(1, 7))
def test_repeated_n_grams_are_those_counted_one_by_one(texts, order):
    expected = []
    for text in texts:
        grams = plain.character_grams(text, order)
        expected.append(1 - len(set(grams)) / len(grams) if grams else 0)
    np.testing.assert_allclose(repeated(strings(texts), order), expected, atol=1e-12)


@given(TEXTS, st.integers(1, 6))
def test_common_n_grams_are_those_of_sets(texts, order):
    others = texts[::-1]
    found = common(strings(texts), strings(others), order)
    sets = [
        (set(plain.character_grams(one, order)), set(plain.character_grams(other, order)))
        for one, other in zip(texts, others, strict=True)
    ]
    assert found.both.tolist() == [len(one & other) for one, other in sets]
    assert found.source.tolist() == [len(one) for one, _ in sets]
    assert found.translation.tolist() == [len(other) for _, other in sets]


IDEOGRAPHS = "".join(map(chr, range(0x4E00, 0x5200)))


@given(TEXTS, st.booleans())
def test_all_orders_at_once_are_those_one_by_one(texts, many):
    # With so many different characters, a key of the longest n-gram is beyond 64 bits.
    texts = texts + [IDEOGRAPHS] * many
    sides = strings(texts), strings(texts[::-1])
    found = compared(*sides, own=(5, 4), shared=(3, 6, 5))
    for order, shares in found.repeated.items():
        for share, side in zip(shares, sides, strict=True):
            np.testing.assert_array_equal(share, repeated(side, order))
    for order, counts in found.common.items():
        np.testing.assert_array_equal(counts, common(*sides, order))


def test_n_grams_of_many_characters_are_those_of_sets():
    texts = [IDEOGRAPHS * 2, IDEOGRAPHS[::-1] + "ab ab", "", "ab"]
    others = [IDEOGRAPHS[500:], "ab ab", "ab", IDEOGRAPHS]
    found = common(strings(texts), strings(others), 6)
    sets = [[set(plain.character_grams(text, 6)) for text in side] for side in (texts, others)]
    assert found.both.tolist() == [len(one & other) for one, other in zip(*sets, strict=True)]
    grams = [plain.character_grams(text, 6) for text in texts]
    shares = [1 - len(set(of_text)) / len(of_text) if of_text else 0 for of_text in grams]
    np.testing.assert_allclose(repeated(strings(texts), 6), shares, atol=1e-12)


def test_lengths_and_scripts():
    found = letters(strings(["", "a b1", "我们", "a\u0301", "Привет w", "12"]))
    assert found.width.tolist() == [0, 3, 6, 1, 7, 2]
    assert found.letters.tolist() == [0, 2, 2, 1, 7, 0]
    script = found.script.tolist()
    assert script[0] == script[5] == 0
    assert script[1] == script[3]
    assert len({script[1], script[2], script[4]}) == 3


def test_a_batch_boundary_changes_nothing():
    texts = [f"{SOURCE} {number} {number}" for number in range(9000)] + ["", "x" * 200_000]
    whole = repeated(strings(texts), 5)
    parts = [repeated(strings(texts[start : start + 1000]), 5) for start in range(0, 9002, 1000)]
    np.testing.assert_array_equal(whole, np.concatenate(parts))


@pytest.mark.parametrize("name", TEXT_ALONE)
def test_a_translation_of_10000_tokens_has_an_answer(name):
    long = "immer wieder " * 5000 + "1914"
    found = scored(DETECTORS[name](), [SOURCE * 2, long], [long, GOOD * 2])
    assert np.isfinite(found.score[found.eligible]).all()
    assert found.eligible.any()


@pytest.mark.parametrize("name", TEXT_ALONE)
def test_rows_do_not_depend_on_other_rows_unless_translations_are_shared(name):
    detector = DETECTORS[name]()
    rows = [(SOURCE, GOOD), (SOURCE, "Geboren 1941"), ("", ""), (SOURCE, "la la " * 9)]
    together = scored(detector, *zip(*rows, strict=True)).score
    alone = [scored(detector, [one], [other]).score[0] for one, other in rows]
    np.testing.assert_array_equal(together, alone)


@given(st.integers(1, 6), st.integers(1, 30))
def test_more_copies_of_a_phrase_never_oscillate_less(words, copies):
    phrase = " ".join(GOOD.split()[:words])
    texts = [f"{GOOD} {' '.join([phrase] * number)}" for number in (copies, copies + 1)]
    less, more = scored(OscillatoryCalibrated(), [SOURCE] * 2, texts).score
    assert more > less


@pytest.mark.parametrize(
    ("source", "translation", "differ"),
    [
        ("1,000.5 euro", "1.000,5 Euro", False),
        ("1 000 000 people", "1000000 Menschen", False),
        ("on 2004-03-31", "am 31.3.2004", False),
        ("seven of 7", "sieben von sieben", False),
        ("at 15:30", "um 15.30", False),
        ("50%", "60 %", True),
        ("1995", "", True),
        ("in 20 cases 30", "in 20 Fällen", True),
        ("2 of 14", "14", False),
        ("12.345.67", "12 345 67", False),
        ("1234.567", "1234567", True),
        ("1.000,000.5", "1.000.000 5", False),
        ("1000000", "\u0661\u066000\u0660\u06600 \u0661", False),
        ("\u0661\u0662\u0663.\u0664\u0665\u0666", "123456", False),
        ("007.000 007", "7000007", False),
    ],
)
def test_which_numbers_differ(source, translation, differ):
    assert flags(Numbers(), [source], [translation]) == [differ]


@given(st.text(st.sampled_from("0179.,'’\u00a0 \u0663a-"), max_size=25))
def test_numbers_are_those_that_a_search_of_the_whole_text_finds(text):
    assert list(in_text(text)) == NUMBER.findall(text)


def test_small_numbers_are_compared_where_none_is_left_to_words():
    assert flags(Numbers(spelled=-1), ["2 of 14"], ["14"]) == [True]


def test_thresholds_are_judged_without_scoring_again():
    found = scored(LengthRatio(), [SOURCE, SOURCE], [GOOD, "Der alte"])
    assert LengthRatio().judge(found).tolist() == [False, True]
    assert LengthRatio(max_ratio=9).judge(found).tolist() == [False, False]
    assert LengthRatio(max_ratio=2, min_difference=1, usual=3).judge(found).tolist() == [True] * 2
    found = scored(Copy(), [SOURCE], [SOURCE + " am Meer bei Nacht"])
    assert not Copy(min_share=0.9).judge(found).any()
    assert Copy(min_share=0.5).judge(found).all()


def test_a_third_language_is_flagged_where_any_other_is():
    french = "Le vieux gardien du phare compte les mouettes."
    found = scored(Untranslated(), [SOURCE] * 3, [SOURCE, french, GOOD])
    assert Untranslated().judge(found).tolist() == [True, False, False]
    assert Untranslated(any_language=True).judge(found).tolist() == [True, True, False]


def test_a_language_that_the_identifier_lacks_is_refused():
    with pytest.raises(RecipeError, match="language identification knows no 'xx'"):
        scored(Untranslated(), [SOURCE], [GOOD], Services("xx", "de"))


def test_coefficients_are_monotone_and_of_the_features():
    fitted = coefficients()
    assert list(fitted["weights"]) == list(FEATURES)
    assert all(weight >= 0 for weight in fitted["weights"].values())
    assert fitted["name"] in Text().signature()


def test_features_are_nothing_where_nothing_is_suspicious_and_never_negative():
    rows = [(SOURCE, GOOD), ("", ""), ("Yes", "Ja"), (SOURCE, SOURCE), ("1", "la " * 40)]
    columns = [strings(side) for side in zip(*rows, strict=True)]
    found = features(Segments.of(source=columns[0], translation=columns[1]))
    assert list(found) == list(FEATURES)
    assert all((values >= 0).all() and np.isfinite(values).all() for values in found.values())
    quiet = {name: values[0] for name, values in found.items() if name not in ("unlike", "short")}
    assert set(quiet.values()) == {0}


def test_the_stored_recall_is_that_of_the_labels(shared_data):
    from benchmarks.labelled import read
    from benchmarks.labels import SIGNS

    labelled = read(shared_data / "hallucination" / "guerreiro2022.csv")
    path = Path(__file__).parents[2] / "kdaudit" / "report" / "recall.json"
    stored = json.loads(path.read_text("utf-8"))["detectors"]
    assert list(stored) == list(SIGNS)
    for name in set(SIGNS) - {"text"}:  # whose figures are cross-validated
        detector = DETECTORS[name]()
        found = detector.score(labelled.segments, Services(*labelled.languages))
        flagged = detector.judge(found)
        assert flagged.sum() == stored[name]["flagged"]
        for kind, labels in labelled.labels.items():
            assert stored[name]["found"][kind] == [(flagged & labels).sum(), labels.sum()]


def test_of_two_scripts_that_tie_it_is_the_same_one_in_every_process():
    """Scripts are numbered as they come up: that order must not decide."""
    program = (
        "import pyarrow as pa\n"
        "from kdaudit.detectors.characters import letters\n"
        "letters(pa.chunked_array([['{}']]))\n"
        "found = letters(pa.chunked_array([['aa', 'яя', 'aя']])).script\n"
        "print(found[2] == found[0], found[2] == found[1])"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", program.format(first)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for first in ("я", "a")
    ]
    assert said[0] == said[1] == "False True\n"  # CYRILLIC comes before LATIN
