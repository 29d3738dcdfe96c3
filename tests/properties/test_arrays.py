"""Whole columns by arrays against one text at a time in plain Python, on nasty Unicode."""

from __future__ import annotations

import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kdaudit import texts
from kdaudit.detectors import bigrams
from kdaudit.detectors.bigrams import top_bigrams
from kdaudit.detectors.exact_match import replicated
from kdaudit.detectors.sharing import sharing
from kdaudit.detectors.tokenize import BLANK, GONE_BLANK, codes_of, folded
from tests import plain

NASTY = (
    " \t\n\r\x0b\x0c\x1c\x1f\x85\xa0\u1680\u2007\u2028\u2029\u202f\u3000"  # white space
    "\0\x01\x7f\xad\u200b\u200d\ufeff\ufffd"  # removed
    ".,'-!$^|~¿—。、"  # tokens by themselves
    "\u0301\u0327\u0307\u0345\u302e\u302f\u1b44\u0bca\u0bbe\U0001d165"  # marks that combine
    "aAbBzé\u0130ıßẞΣσςΑ\u212a\u2126Åŉǰΐﬁǅ"  # letters with a case of their own
    "漢字\uf900\ufa0e㐀かガ각힣ㄱก\u0958"  # scripts
    "\U00020000\U0002f800\U0001f600\U0001d400\U0001e900\U000e0001\U0010ffff"  # other planes
)
ANY = st.characters(exclude_categories=["Cs"])
TEXT = st.text(st.sampled_from(NASTY) | ANY, max_size=25)
REPETITIVE = st.lists(
    st.sampled_from(["a", "B", "ab", "Σ", "ΑΣ", "é", "e\u0301", "각", "漢", "!", "\xad", "\u2028"]),
    max_size=40,
).flatmap(lambda words: st.sampled_from([" ", "", "\u3000", "\x1f"]).map(lambda s: s.join(words)))
OUTER = st.text(st.sampled_from(NASTY), max_size=2)
PADDED = st.tuples(OUTER, st.sampled_from(["", "a", "b c", "é", "\u200b"]), OUTER).map("".join)


@st.composite
def columns(draw, *kinds):
    """Rows of texts as lists, and as Arrow columns in uneven chunks that are parts of arrays."""
    rows = draw(st.lists(st.tuples(*kinds), max_size=12))
    lists = [[row[place] for row in rows] for place in range(len(kinds))]
    return lists, [_chunked(values, draw(st.integers(0, len(rows)))) for values in lists]


def _chunked(values, cut):
    whole = pa.array(["before", *values], pa.string())
    return pa.chunked_array([whole.slice(1, cut), whole.slice(1 + cut)])


def _counted(column):
    found = top_bigrams(column)
    return [
        (words, tokens, found.shown.get(row, ""), count)
        for row, (words, tokens, count) in enumerate(
            zip(found.words, found.tokens, found.occurrences, strict=True)
        )
    ]


def _expected(values):
    rows = [plain.top_bigram(text) for text in values]
    return [(w, t, bigram if count > 1 else "", count) for w, t, bigram, count in rows]


@given(columns(TEXT | REPETITIVE))
def test_top_bigrams_are_those_of_one_text_at_a_time(data):
    (values,), (column,) = data
    assert _counted(column) == _expected(values)


@given(columns(TEXT | REPETITIVE))
def test_top_bigrams_do_not_depend_on_the_size_of_a_batch(data):
    (values,), (column,) = data
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "TEXTS", 2)
        patch.setattr(texts, "BYTES", 30)
        assert _counted(column) == _expected(values)


@given(columns(TEXT | REPETITIVE))
def test_texts_with_equal_hashes_are_counted_token_by_token(data):
    (values,), (column,) = data
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bigrams, "polynomials", lambda codes, starts: starts.astype(np.uint64) * 0)
        assert _counted(column) == _expected(values)
        assert top_bigrams(column, show=False).shown == {}


def test_every_character_counts_as_the_tokenizer_has_it():
    """Of the many that are letters without case, or not in use, every 16th."""
    many = ("Lo", "Cn", "Co")
    codes = (code for code in range(0x110000) if not 0xD800 <= code < 0xE000)
    characters = [
        c for c in map(chr, codes) if unicodedata.category(c) not in many or not ord(c) % 16
    ]
    lines = [" a".join(characters[at : at + 64]) for at in range(0, len(characters), 64)]
    column = pa.chunked_array([pa.array(lines, pa.string())])
    assert _counted(column) == _expected(lines)


def test_white_space_is_that_of_python_for_every_character():
    white = "".join(chr(code) for code in range(0x110000) if chr(code).isspace())
    assert white == texts.WHITE_SPACE
    assert set(folded(codes_of(white)).tolist()) == {BLANK, GONE_BLANK}


@given(columns(PADDED | TEXT, PADDED | TEXT))
def test_texts_are_stripped_and_matched_as_python_does(data):
    (targets, translations), (first, second) = data
    assert texts.stripped(first).to_pylist() == [text.strip() for text in targets]
    eligible, match = replicated(first, second)
    assert (eligible.tolist(), match.tolist()) == plain.replicated(targets, translations)


@pytest.mark.parametrize("white", texts.WHITE_SPACE, ids=ascii)
def test_each_white_space_is_stripped_at_either_end(white):
    for text in (f"{white}a", f"ä{white}", f"a{white}b", white):
        column = pa.chunked_array([pa.array([text, "b", ""], pa.string())])
        assert texts.stripped(column).to_pylist() == [text.strip(), "b", ""]


@given(columns(TEXT), st.data(), st.booleans())
def test_texts_are_taken_in_any_order(data, draw, ascending):
    (values,), (column,) = data
    rows = draw.draw(st.lists(st.integers(0, len(values) - 1), max_size=20)) if values else []
    rows = sorted(rows) if ascending else rows
    for at_a_time in (3, 1 << 18):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(texts, "_MANY", at_a_time)
            found = texts.taken(column, np.array(rows, dtype=np.int64))
        assert found.to_pylist() == [values[row] for row in rows]


@given(columns(PADDED, PADDED))
@example(data=([["a", "b"], ["x", "x"]], [_chunked(["a", "b"], 1), _chunked(["x", "x"], 0)]))
def test_shared_translations_are_counted_like_sets(data):
    lists, (sources, translations) = data
    found = sharing(sources, translations)
    numbers = [None if np.isnan(number) else number for number in found.sources]
    rows = zip(found.filled, found.first, numbers, found.examples().to_pylist(), strict=True)
    assert list(rows) == plain.sharing(*lists)


@pytest.mark.parametrize("constant", [False, True])
@given(data=columns(PADDED))
def test_equal_texts_and_no_others_have_one_number(constant, data):
    (values,), (column,) = data
    with pytest.MonkeyPatch.context() as patch:
        if constant:
            patch.setattr(texts, "_hashed", lambda part: np.zeros(len(part), dtype=np.uint64))
        numbers = texts.numbered(column)
    assert len(set(zip(values, numbers, strict=True))) == len(set(values)) == len(set(numbers))
    assert sorted(set(numbers.tolist())) == list(range(len(set(values))))
