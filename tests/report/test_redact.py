"""Redacted examples in the page, its Markdown form and the table that is downloaded."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kdaudit.comparison import Comparison
from kdaudit.personal import Finder
from kdaudit.report import Example, ReportContent, html, markdown
from kdaudit.report.redact import redacted
from kdaudit.report.views import marked_source

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


def test_an_example_without_a_target_or_evidence_stays_so(example):
    bare = replace(example, target=None, evidence="", score=None)
    assert (redacted(bare, Finder()).target, redacted(bare, Finder()).evidence) == (None, "")


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
