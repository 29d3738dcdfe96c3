"""Strings of personal form, and what only looks like one."""

from __future__ import annotations

import re

import pytest

from kdaudit.errors import RecipeError
from kdaudit.personal import Finder

FOUND = {
    "email": [
        "anna@example.org",
        "a.b+c_d@mail.example.co.uk",
        "info @ example.org",
        "é.ö@ü.de",
        "anna\uff20example.org",
        "max [at] web.de",
        "max(at)web(dot)de",
        "max [ at ] web [ Punkt ] de",
        "anna@firma .de",
        "anna @ firma . de",
        "jane . doe @ corp . example . com",
    ],
    "phone": [
        "+49 (0)30 1234567",
        "030/123 45 67",
        "(040) 123-4567",
        "555-123-4567",
        "00 49 30 1234",
        "1-800-555-0199",
        "1 800 555 0199",
        "1 (800) 555-0199",
        "030\u202f123\u202f456",
        "030\u2009123456",
        "+ 49 30 123456",
        "0171.2345678",
        "０９０-１２３４-５６７８",
    ],
    "url": [
        "https://a.example/x?y=1#z",
        "http://127.0.0.1:80/",
        "www.example.de",
        "FTP://a.example/b",
        "example.com/x?user=1",
        "bit.ly/abc",
        "t.me/joe",
        "news.example.co.uk/2020/11/~anna",
        "Example.com/x",
        "EXAMPLE.COM/path",
        "example.com:8080/path",
        "example.com?x=1",
    ],
    "iban": [
        "DE89 3704 0044 0532 0130 00",
        "GB29NWBK60161331926819",
        "nl91 abna 0417 1643 00",
        "DE89\u202f3704\u202f0044\u202f0532\u202f0130\u202f00",
        "DE 89 3704 0044 0532 0130 00",
    ],
    "number": ["12345678", "4111 1111 1111 1111", "4111-1111-1111-1111", "١٢٣٤٥٦٧٨", "123-45-6789"],
}
NOTHING = [
    "on 12.05.2019 or 2019-05-12, in 1939-1945",
    "1 000 000 people and 12.345.678 EUR, 0.1234567 of them",
    "AB12 with that from here",
    "at home @ nine; see example, dot, com",
    "Room 101, 10 115 Berlin",
    "on 2020-11-22 and 22-11-2020, 2020/11/22, 1.000.000 or 1,000,000 or 1 000 000",
    "3-2, 10-12-8, 6-4 6-3 7-5; 1-800 pieces, 12-34-5678",
    "and/or, km/h, his/her, file.txt, file.txt/other, a.m./p.m., e.g./i.e., U.S./EU",
    "Das ist gut.Er/sie geht. It ends.So/then it goes; setup.py/setup.cfg, ASP.NET/C#, 5.0/6.0",
    "example.com or Amazon.com, a tie at 3.de, v1.2/3",
    "arrived (at) nine . They look [at] it",
    "1-800-555 and 1 800 555 people, 555 0199",
    "01.01.2020–31.12.2020, 01.01.2020 - 31.12.2020, 05.06.2019 08.30, 09.00-17.00",
    "(0.5) 0.25 0.125, 0.125-0.250 or 08.30.00, from 2010-2011, 2010 2011 2012",
    "+ 1 000 000 people, amazon.com?das, in 12 days 2020 then 1999",
    "Am 04.05.2021 10:30 Uhr, 05/04/2021 9:05 PM, 04.05.2021 – 10:30 (01.02.2021 10:30)",
    "05.04.2021 08 Uhr, 05.04.2021 100 EUR, 01.01.-31.12.2020, 01/2020-02/2021, 01.2020 - 02.2021",
    "01.02.2020 08.30-10.30, Smith (2008) 123-130, (1998) 2000-2004",
    "1066 1215 1492, 2090 2100 2110",
    "+1.500.000 EUR, +1.234.567,89, + 1.500.000 und + 1 000 000",
    "Schreib an die Firma . Das ist gut; anna at firma . de",
    "123 456 789 people",  # what no form tells from a number: methods.md says so
    "",
]
FINDER = Finder()


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in FOUND.items() for t in texts])
def test_every_form_is_found_as_a_whole(kind, text):
    for before, after in (("", ""), ("see ", "."), ("(", ")"), ("«", "» now")):
        assert FINDER.masked(f"{before}{text}{after}") == f"{before}⟨{kind}⟩{after}"


@pytest.mark.parametrize("text", NOTHING)
def test_dates_amounts_and_words_are_left_alone(text):
    assert FINDER.pieces(text) == []
    assert FINDER.masked(text) == text


def test_several_strings_are_masked_one_by_one():
    text = "a@b.example, 030 1234567 and https://x.example/a@b.example ."
    assert FINDER.masked(text) == "⟨email⟩, ⟨phone⟩ and ⟨url⟩ ."


def test_invisible_characters_do_not_hide_a_string():
    assert FINDER.masked("to an\u200bna@exa\u202emple.org !") == "to ⟨email⟩ !"


def test_the_beginning_of_a_text_is_masked_as_the_text_is():
    text = "ring 030 1234567 tonight , please"
    whole = FINDER.masked(text)
    for length in range(1, len(text) + 1):
        assert whole.startswith(FINDER.masked(text, length))
    assert FINDER.masked(text, 8) == "ring ⟨phone⟩"


def test_new_strings_are_those_that_another_text_lacks():
    text = "030 1234567 or anna@example.org"
    assert [one.kind for one in FINDER.new(text, "Ring 030/1234567")] == ["email"]
    assert [one.kind for one in FINDER.new(text, "Ring 030 123")] == ["phone", "email"]
    assert FINDER.new(text, f"x {text}") == []


def test_a_number_beside_a_date_is_found():
    assert FINDER.masked("04.05.2021 030 1234567") == "04.05.2021 ⟨phone⟩"
    assert FINDER.masked("030 1234567 (2008) 10.30") == "⟨phone⟩ (2008) 10.30"


def test_digits_of_other_scripts_are_those_of_ascii():
    assert FINDER.letters("４１１１ １２２２ １３３３ １４４４") == [("number", "4111122213331444")]
    assert FINDER.new("+٤٩ ١٧٠ ١٢٣٤٥٦٧", "+49 170 1234567") == []


def test_a_users_patterns_come_first():
    finder = Finder({"customer": r"K-\d+"})
    assert finder.kinds[0] == "customer"
    assert finder.masked("K-12345678 , 12345678") == "⟨customer⟩ , ⟨number⟩"


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        ({"a b": "x"}, "'a b' cannot name a pattern"),
        ({"email": "x"}, "none of url, email"),
        ({"open": "("}, "the pattern 'open' is no regular expression: missing )"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused(patterns, message):
    with pytest.raises(RecipeError, match=re.escape(message)):
        Finder(patterns)


def test_a_very_long_text_is_searched_in_a_moment():
    assert FINDER.pieces("a" * 200_000) == []
    assert FINDER.pieces("1 " * 50_000) == []
    assert FINDER.pieces("a." * 100_000) == []
    assert FINDER.pieces("a (at) " * 30_000) == []
