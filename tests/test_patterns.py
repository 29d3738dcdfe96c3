"""A user's regular expressions: those of `re`, stopped where they would not end."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit import patterns
from kdaudit.errors import RecipeError
from kdaudit.patterns import Pattern

NEVER_ENDING = [(r"(?:a|aa)+$", "a" * 60 + "!"), (r"(x+x+)+y", "x" * 5000)]


@pytest.mark.parametrize(("expression", "text"), NEVER_ENDING)
def test_an_expression_that_would_not_end_is_stopped(monkeypatch, expression, text):
    monkeypatch.setattr(patterns, "SECONDS", 0.2)
    told = f"the pattern 'slow' takes longer than 0.2 s on a text of {len(text):,} characters"
    with pytest.raises(RecipeError, match=re.escape(told)):
        list(Pattern("slow", expression).spans(text))


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (r"\b(19|20)\d\d\b", "1999, 2100 and 2020"),
        (r"a{e}|b{2}|c{1,}|d{,2}e", "a{e} bb bbb ccc de dde ae"),
        (r"{name}", "a {name} name"),
        (r"x{i<=1}", "x{i<=1} x y"),
        (r"[{]e}|[]}]|\{s\}", "{e} ] } {s}"),
        (r"(?i)straße|K-\d+", "STRASSE Straße k-7"),
        (r"(?x) a  # { comment", "a"),
        (r"(?<=a)b|(?P<q>['\"])x(?P=q)", "ab 'x' \"x'"),
    ],
)
def test_it_fits_what_it_fits_in_re(expression, text):
    expected = [match.span() for match in re.finditer(expression, text)]
    assert expected
    assert list(Pattern("k", expression).spans(text)) == expected


PIECES = st.sampled_from(
    ["a", "b", ".", "|", "(", ")", "[", "]", "{", "}", "{2}", "{,1}", "{e}", "{i<2}", "*", "?", "+",
     "^", "$", "-", "\\", "\\d", "\\b", "(?:", "1", ","]
)  # fmt: skip


@given(st.lists(PIECES, max_size=8).map("".join), st.text("ab{}e1i<2 ,-", max_size=12))
def test_any_expression_fits_as_in_re_or_is_refused(expression, text):
    try:
        pattern = Pattern("k", expression)
    except RecipeError:
        return
    expected = [match.span() for match in re.finditer(expression, text)]
    assert list(pattern.spans(text)) == expected


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("(", "no regular expression: missing ), unterminated subpattern"),
        ("[[a]", "is ambiguous: Possible nested set at position 1"),
        ("[a--b]", "is ambiguous: Possible set difference"),
        (r"\p{L}", "no regular expression: bad escape"),
        ("x*", "fits the empty text: it would be found everywhere"),
        ("a{99999999999999999999}", "no regular expression: the repetition number is too large"),
        ("(" * 5000 + "a" + ")" * 5000, "no regular expression"),
        ("((a{1000}){1000}){1000}", "too large: 1,000,000,000 parts"),
        ("(?:[a)]{300}|bc){1000}", "too large: 305,000 parts"),
    ],
)
def test_what_cannot_be_used_is_refused(expression, message):
    with pytest.raises(RecipeError) as raised:
        Pattern("k", expression)
    assert message in str(raised.value)


def test_a_large_expression_that_is_not_too_large_is_taken():
    pattern = Pattern("k", r"(?:\d{4} ){1,200}\w{1,64}@(?:[a-z]{1,63}\.){1,8}")
    assert list(pattern.spans("1234 5678 a@b.c.")) == [(0, 16)]
