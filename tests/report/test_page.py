import base64
import hashlib
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
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))
    assert "@import" not in page
    (policy,) = [m["content"] for m in outline.all("meta") if "http-equiv" in m]
    assert policy.startswith("default-src 'none'; base-uri 'none'; form-action 'none'; ")


def test_the_policy_lets_the_one_script_run_and_no_other(content, page):
    (script,) = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'\"" in page
    bare = html(replace(content, examples=()))
    assert "<script" not in bare
    assert "script-src" not in bare


def test_there_are_no_handlers_in_the_markup(outline):
    assert not [
        name for _, attributes in outline.elements for name in attributes if name[:2] == "on"
    ]


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
        "verdict", "comparison", "plots", "extraction", "planted", "examples", "subgroups",
        "training", "notes", "recipe",
    ]  # fmt: skip


def test_original_and_planted_are_shown_apart(page):
    headings = re.findall(r"<h3>(.*?)</h3>", page)
    for part in ("train, original segments", "train, planted cases"):
        assert sum(heading.startswith(part) for heading in headings) == 2  # the table, the plots
    assert not any(heading.startswith("train, all segments") for heading in headings)
    assert "all segments together" not in page


def test_a_table_says_the_beam_of_its_translations(page):
    headings = re.findall(r"<h3>(.*?)</h3>", page)
    assert "train, original segments (beam 1)" in headings
    assert "test, all segments (beam 5)" in headings


def test_machine_time_and_peak_memory_are_given_per_stage(outline):
    text = re.sub(r"\s*\n\s*", " ", outline.text)
    assert "Time and memory per stage: 2 min 19 s in all, 1,726 MB at most" in text
    assert "Linux x86_64, 2 processors, no GPU. Seconds are summed" in text
    assert "train-teacher1 min 35 s1,726 MB" in text
    assert "detect42 s–" in text


def test_how_little_of_the_source_it_took_is_said(outline):
    assert "prefix 4 of 11 words (0.36); pair occurs 4 times" in outline.text


def test_the_prefix_that_yields_the_target_is_marked(page):
    marked = '<mark data-c="prefix">Der Pförtner im Hotel</mark><span data-c="rest"> Lindenhof'
    assert marked in page


def test_what_is_not_applicable_is_said_with_the_comparison(content):
    said = {"test": "Not applicable to test.", "news": "Not applicable to news."}
    page = html(replace(content, remarks=said))
    comparison = page[page.index('id="comparison"') : page.index('id="plots"')]
    assert all(comparison.count(text) == page.count(text) == 1 for text in said.values())


def test_an_example_without_a_target_shows_none(content):
    given = Outline(html(replace(content, examples=content.examples[2:])))
    without = replace(content.examples[2], target=None)
    shown = Outline(html(replace(content, examples=[without])))
    assert "Eine Katze sitzt" in given.text
    assert "Eine Katze sitzt" not in shown.text
    columns = [attributes.get("data-c") for _, attributes in given.elements]
    assert "target" in columns
    assert "target" not in [attributes.get("data-c") for _, attributes in shown.elements]


def test_the_memorized_share_by_ratio_is_drawn_and_given_in_numbers(page, outline):
    labels = [attributes["aria-label"] for attributes in outline.all("svg")]
    place = "Extractive memorization, train, original segments"
    shares = ("of filtered pairs", "of replicated and filtered pairs")
    assert {f"{place}, {share}" for share in shares} <= set(labels)
    assert "<td>52 (0.86 / 6.34)</td>" in page
    assert "<td>0 (0 / –)</td>" in page
    assert "By their length ratio" in page
    assert "Relayed by another line" in page


def test_the_line_that_relayed_an_output_is_shown(content):
    example = replace(content.examples[0], relayed="Ein anderer Satz .")
    shown = html(replace(content, examples=[example]))
    assert '<bdi data-c="relayed">Ein anderer Satz .</bdi>' in shown


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
    given = {"examples": (), "planted_recall": (), "notes": (), "costs": (), "curves": {}}
    bare = html(replace(content, recipe="", **given))
    ids = ("examples", "planted", "notes", "training")
    for mark in ("Time and memory per stage", "<summary>Recipe", *(f'id="{name}"' for name in ids)):
        assert mark in page
        assert mark not in bare
