import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from kdaudit.comparison import Comparison
from kdaudit.report import ReportContent, html

from .made_up import HOSTILE

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """Elements with their attributes and all text; fails where tags do not match."""

    def __init__(self, page):
        super().__init__()
        self.elements, self.open, self.text = [], [], ""
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def page(content):
    return html(content)


@pytest.fixture(scope="module")
def outline(page):
    return Outline(page)


def test_the_same_content_gives_the_same_page(content, page):
    assert html(content) == page


def test_the_page_is_small(page):
    assert len(page.encode()) < 500_000


def test_nothing_is_fetched_from_anywhere(page, outline):
    for _, attributes in outline.elements:
        for name in ("src", "href", "xlink:href", "srcset", "data", "action", "poster"):
            assert (attributes.get(name) or "#").startswith(("#", "data:,"))
    assert outline.all("script") == []
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))
    assert "@import" not in page
    (policy,) = [m["content"] for m in outline.all("meta") if "http-equiv" in m]
    assert policy.startswith("default-src 'none'")


def test_corpus_text_stays_text_and_its_controls_are_visible(page, outline):
    assert "<script>alert" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page
    shown = HOSTILE.replace("\x1b", "⟨U+001B⟩").replace("\u202e", "⟨U+202E⟩")
    assert shown in outline.text


def test_names_from_a_recipe_stay_text(content):
    page = html(replace(content, name="<b>bold</b>", notes=["<i>note</i>"]))
    assert "<b>bold" not in page
    assert "<i>note" not in page
    assert "&lt;b&gt;bold" in page


def test_ids_are_unique_and_every_inner_link_has_a_target(outline):
    ids = [attributes["id"] for _, attributes in outline.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {attributes["href"][1:] for attributes in outline.all("a")}
    assert links
    assert links <= set(ids)


def test_the_page_has_a_title_a_language_and_a_caption_per_table(outline):
    assert outline.all("html") == [{"lang": "en"}]
    assert len(outline.all("title")) == 1
    assert len(outline.all("h1")) == 1
    assert len(outline.all("caption")) == len(outline.all("table")) > 3
    assert all("scope" in attributes for attributes in outline.all("th"))
    assert all("aria-label" in attributes for attributes in outline.all("svg"))


def test_the_verdict_comes_first_and_the_recipe_last(outline):
    sections = [attributes["id"] for attributes in outline.all("section")]
    assert sections == [
        "verdict", "comparison", "plots", "planted", "examples", "subgroups", "training",
        "notes", "recipe",
    ]  # fmt: skip


def test_original_and_planted_are_shown_apart(page):
    headings = re.findall(r"<h3>(.*?)</h3>", page)
    assert headings.count("train, original segments") == 2  # the table and the plots
    assert headings.count("train, planted cases") == 2
    assert "train, all segments" not in headings


def test_the_prefix_that_yields_the_target_is_marked(page):
    assert "<mark>Der Pförtner im Hotel</mark> Lindenhof" in page


def test_the_two_steps_of_recall_are_given_for_each_model(outline):
    assert "4 of 20found 1 of 4" in re.sub(r"\s*\n\s*", "", outline.text)


def test_the_confidence_of_the_intervals_is_that_of_the_comparison(content, outline):
    assert "value, 95% confidence interval," in outline.text
    signature = {**content.comparison.signature, "confidence": 0.9}
    other = html(replace(content, comparison=replace(content.comparison, signature=signature)))
    assert "value, 90% confidence interval," in other


def test_one_seed_is_said_to_be_one_seed(outline):
    assert "One seed speaks of these models, not of the method." in outline.text


def test_an_empty_comparison_has_a_page_that_says_so():
    empty = ReportContent(name="nothing", comparison=Comparison([], [], {}), models=[])
    outline = Outline(html(empty))
    assert "No model is compared with a reference here." in outline.text
    assert outline.all("table") == []
    assert "examples" not in {a.get("id") for a in outline.all("section")}


def test_what_is_not_given_has_no_section(content, page):
    given = {"examples": (), "planted_recall": (), "notes": (), "timings": (), "curves": {}}
    bare = html(replace(content, recipe="", **given))
    ids = ("examples", "planted", "notes", "training")
    for mark in ("Time per stage", "<summary>Recipe", *(f'id="{name}"' for name in ids)):
        assert mark in page
        assert mark not in bare
