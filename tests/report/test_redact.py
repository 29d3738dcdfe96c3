"""Redacted examples in the page, its Markdown form and the table that is downloaded."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from kdaudit import patterns
from kdaudit.comparison import Comparison
from kdaudit.detectors import DETECTORS, Services
from kdaudit.errors import RecipeError
from kdaudit.personal import Finder
from kdaudit.report import Example, ReportContent, html, markdown
from kdaudit.report.redact import SubgroupNames, redacted
from kdaudit.report.views import marked_source
from kdaudit.segments import Segments
from tests.comparison.comparison_data import AGAINST, RATE
from tests.plain import evidence

SECRETS = ("anna@example.org", "030 1234567", "https://a.example/x", "DE89 3704 0044 0532 0130 00")
SECRET = " and ".join(SECRETS)


@pytest.fixture(scope="module")
def example() -> Example:
    return Example(
        "extractive", "student", "train", 3, f"Write {SECRET} now", f"Schreib {SECRET}",
        f"Schreib {SECRET}", "Write anna@exa", relayed=f"The line {SECRET}",
        features={"word": SECRETS[0], "count": 2}, translations={"teacher": f"Sag {SECRET}"},
        subgroups={"length": "4+"},
    )  # fmt: skip


def test_no_text_of_an_example_keeps_a_secret(example):
    shown = redacted(example, Finder())
    for secret in SECRETS:
        assert secret in repr(example)
        assert secret not in repr(shown)
    assert shown.source == "Write ⟨email⟩ and ⟨phone⟩ and ⟨url⟩ and ⟨iban⟩ now"
    assert shown.features == {"word": "⟨email⟩", "count": 2}
    assert (shown.id, shown.subgroups) == (3, {"length": "4+"})


def test_a_prefix_that_ends_within_a_secret_is_still_marked_and_does_not_tell_it(example):
    marked = marked_source(redacted(example, Finder()))
    assert marked.prefix == "Write ⟨email⟩"
    assert marked.rest.startswith(" and ⟨phone⟩")


@pytest.mark.parametrize(
    ("evidence", "shown"),
    [
        ("+89 +3704 +44 +532; Preis 17", "+⟨iban⟩ +⟨iban⟩ +⟨iban⟩ +⟨iban⟩; Preis 17"),
        ("schreib de89 anna @", "schreib ⟨iban⟩ ⟨email⟩ @"),
        ("email: anna@example.org; url", "email: ⟨email⟩; url"),
        ("sieh https a.example 1234567 x", "sieh ⟨url⟩ a.⟨email⟩ ⟨number⟩ x"),
        ("Wort und Wort", "Wort und Wort"),
    ],
)
def test_evidence_that_was_made_of_texts_does_not_tell_parts_of_a_secret(example, evidence, shown):
    made = replace(example, evidence=evidence, features={"word": evidence})
    found = redacted(made, Finder())
    assert (found.evidence, found.features) == (shown, {"word": shown})


def test_a_number_that_lost_its_first_digits_is_masked_beside_the_whole_one(example):
    made = replace(example, source="Call 030 123456 now", target="Ruf 30 123456 jetzt, 17 mal",
                   translation="Ruf ٣٠ ١٢٣٤٥٦", evidence="Call 030", features={})  # fmt: skip
    found = redacted(made, Finder())
    assert found.source == "Call ⟨phone⟩ now"
    assert found.target == "Ruf 30 ⟨phone⟩ jetzt, 17 mal"
    assert found.translation == "Ruf ٣٠ ⟨phone⟩"
    assert found.evidence == "Call ⟨phone⟩"


def test_the_detectors_own_evidence_tells_nothing(example):
    """Numbers and word pairs, found by the detectors themselves."""
    texts = {"source": ["Konto 12"], "translation": [f"Konto {SECRETS[3]} , " * 12]}
    for name in ("numbers", "oscillatory", "overlap", "copy"):
        scored = DETECTORS[name]().score(Segments.of(**texts), Services())
        made = replace(
            example, source="Konto 12", target=None, relayed="", translations={},
            translation=texts["translation"][0], evidence=evidence(scored)[0], features={},
        )  # fmt: skip
        found = redacted(made, Finder()).evidence
        assert not {"3704", "0044", "44", "de89", "532", "0532"} & set(re.findall(r"\w+", found))


def test_an_example_without_a_target_or_evidence_stays_so(example):
    bare = replace(example, target=None, evidence="", score=None)
    assert (redacted(bare, Finder()).target, redacted(bare, Finder()).evidence) == (None, "")


def test_a_pattern_that_takes_too_long_names_the_segment(example, monkeypatch):
    monkeypatch.setattr(patterns, "SECONDS", 0.1)
    long = replace(example, target="a" * 60 + "!")
    with pytest.raises(RecipeError, match=r"train, id 3: the pattern 'slow' takes longer than 0.1"):
        redacted(long, Finder({"slow": "(?:a|aa)+$"}))


def test_neither_page_nor_markdown_has_a_secret(example):
    content = ReportContent("x", Comparison([], [], {}), [], examples=[example])
    shown = [redacted(example, Finder({"verb": "Schreib|Sag"}))]
    given = replace(content, examples=shown, redacted=True)
    for text in (html(given), markdown(given)):
        assert not [secret for secret in (*SECRETS, "Schreib") if secret in text]
        assert "⟨email⟩" in text
        assert "⟨verb⟩" in text
    assert "are masked" in html(given)
    assert "are masked" not in html(content)


def subgroup_rows(names, scheme="customer"):
    """A comparison with a row, and all that stands beside it, for each subgroup."""
    place = [{"scheme": scheme, "subgroup": name} for name in names]
    counts = {name: {"segments": 1, "full": 2} for name in names}
    return Comparison(
        [replace(RATE, scheme=scheme, subgroup=name) for name in names],
        [replace(AGAINST, scheme=scheme, subgroup=name) for name in names],
        {},
        {"inheritance": place, "denoising": place, "capped": {"train": {scheme: counts}}},
    )


def test_names_of_subgroups_are_masked_alike_everywhere_and_kept_apart(example):
    names = ["anna@example.org", "b@example.org", "private", "⟨email⟩ (2)"]
    shown = SubgroupNames(Finder(), {"customer"})
    found = shown.comparison(subgroup_rows(names))
    expected = ["⟨email⟩", "⟨email⟩ (2)", "private", "⟨email⟩ (2) (2)"]
    assert [row.subgroup for row in found.measurements] == expected
    assert [row.subgroup for row in found.contrasts] == expected
    for key in ("inheritance", "denoising"):
        assert [row["subgroup"] for row in found.about[key]] == expected
    assert list(found.about["capped"]["train"]["customer"]) == expected
    one = shown.example(replace(example, subgroups={"customer": names[1], "length": "4+"}))
    assert one.subgroups == {"customer": "⟨email⟩ (2)", "length": "4+"}
    assert "example.org" not in repr(found)


def test_words_of_this_project_are_no_names_of_users():
    finder = Finder({"word": r"\w+"})
    for scheme, names in (("frequency", ["10000000+"]), ("provenance", ["original", "planted"])):
        rows = subgroup_rows(names, scheme)
        assert SubgroupNames(finder, {"provenance"}).comparison(rows) == rows
