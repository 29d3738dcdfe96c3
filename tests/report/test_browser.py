"""The page in a real browser, where one is installed (Debian's chromium)."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from kdaudit.report import Example, html

from .browser import BROWSER, Page
from .made_up import MODELS

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no chromium here")

EVIL = '=HYPERLINK("https://evil.example";"x")'

CONTRAST = """
(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => { v /= 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > 0) return c; }
    return [255, 255, 255]; };
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = {};
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !e.checkVisibility() || e.closest("script")) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(rgb(e.closest("svg") ? style.fill : style.color)), light(behind(e))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found[`${e.tagName}.${e.className.baseVal ?? e.className}`] = ratio;
  }
  return found;
})()
"""
"""Elements whose text has a contrast below WCAG 2.1's 4.5 to 1 with what is behind it."""


def examples() -> list[Example]:
    """Sixty segments: three detectors by two models by ten lines."""
    return [
        Example(
            detector, model, "train", number, f"source {number} of {detector}",
            EVIL if number == 3 else f'target "{number}"', f"translation {number} of {model}",
            f"source {number}" if detector == "extractive" else "", score=number / 10,
            translations={"teacher": "ein Haus", model: f"translation {number} of {model}"},
            subgroups={"length": "odd" if number % 2 else "even"}, detail="pair occurs 2 times",
        )
        for detector in ("extractive", "oscillatory", "exact_match")
        for model in ("student", "baseline")
        for number in range(10)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def file(content, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("page") / "index.html"
    given = [*content.examples, *examples()]
    totals = {("extractive", "student", "train"): 500}
    notes = [*content.notes, "signature|" + 300 * "x"]
    page = html(replace(content, examples=given, flagged=totals, notes=notes))
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture
def page(file, tmp_path):
    with Page(file, tmp_path / "profile") as opened:
        yield opened


def told(page: Page) -> str:
    return str(page.run("document.querySelector('output').textContent"))


def chosen(page: Page, name: str, text: str) -> None:
    """Choose an option by its text, as a reader does."""
    page.run(
        f"""(() => {{ const one = document.querySelector('form').elements['{name}'];
        one.value = Array.from(one.options).find((o) => o.text === '{text}').value;
        one.dispatchEvent(new Event('input', {{bubbles: true}})); }})()"""
    )


def ids(page: Page) -> list[str]:
    rows = "Array.from(document.querySelectorAll('.review tbody tr'), (row) => row.dataset.id)"
    return list(page.run(rows))


def test_the_page_opens_without_a_complaint_or_a_request_and_with_all_its_plots(page, file):
    assert page.complaints() == []
    assert page.requests() == [file.as_uri()]
    text = file.read_text(encoding="utf-8")
    assert page.run("document.querySelectorAll('svg').length") == text.count("<svg") > 10
    assert page.run("document.body.innerText.includes('Repeated target')")


def test_what_would_be_fetched_or_run_is_refused(file, tmp_path):
    added = "<main><img src='https://example.org/x.png'><script>document.title = 'run'</script>"
    other = tmp_path / "other.html"
    other.write_text(file.read_text("utf-8").replace("<main>", added), encoding="utf-8")
    with Page(other, tmp_path / "profile") as page:
        assert sum("Content Security Policy" in line for line in page.complaints()) == 2
        assert page.run("document.title") == "demo: distillation audit"


def test_rows_are_filtered_counted_and_sorted(page):
    assert told(page) == "63 of 63 rows match, 40 shown"
    assert len(ids(page)) == 40
    chosen(page, "detector", "Oscillatory hallucination")
    assert told(page) == "21 of 63 rows match"
    chosen(page, "model", "baseline")
    assert told(page) == "10 of 63 rows match"
    chosen(page, "subgroup", "odd")
    assert ids(page) == ["1", "3", "5", "7", "9"]
    chosen(page, "sort", "score, highest first")
    assert ids(page) == ["9", "7", "5", "3", "1"]
    page.run("document.querySelector('[name=text]').focus()")
    page.write("SOURCE 5")
    assert ids(page) == ["5"]
    page.run("document.querySelector('[type=reset]').click()")
    page.run("new Promise((done) => setTimeout(done, 50))")
    assert told(page) == "63 of 63 rows match, 40 shown"
    page.run("document.querySelector('[name=more]').click()")
    assert len(ids(page)) == 63
    assert page.complaints() == []


def test_all_of_it_is_there_for_the_keyboard(page):
    page.run("document.querySelector('nav a:last-child').focus()")
    seen = []
    for _ in range(40):
        page.press("Tab", 9)
        seen.append(page.run("document.activeElement.name || document.activeElement.type || ''"))
        if seen[-1] == "more":
            break
        assert page.run("document.activeElement.matches(':focus-visible')")
    assert [one for one in seen if one in ("detector", "model", "subgroup", "text", "sort",
            "reset", "download", "more")] == [
        "detector", "model", "subgroup", "text", "sort", "reset", "download", "more",
    ]  # fmt: skip
    page.press("Enter", 13, "\r")
    assert len(ids(page)) == 63
    # The button is gone, and the reader goes on at the first row that it has shown.
    assert page.run("document.activeElement === document.querySelectorAll('.review tbody tr')[40]")
    page.run("document.querySelector('[name=model]').focus()")
    page.press("ArrowDown", 40)
    assert page.run("document.activeElement.selectedOptions[0].text") == "teacher"
    assert told(page) == "1 of 63 rows match"
    labels = page.run(
        "Array.from(document.querySelectorAll('select, input'), (e) => e.labels.length)"
    )
    assert set(labels) == {1}


def test_what_matches_is_downloaded_as_a_table_that_runs_nothing(page, tmp_path):
    chosen(page, "detector", "Extractive memorization")
    chosen(page, "model", "baseline")
    rows = downloaded(page, tmp_path)
    assert [path.name for path in tmp_path.glob("*.tsv")] == ["demo-flagged.tsv"]
    assert [row["id"] for row in rows] == [str(number) for number in range(10)]
    assert rows[3]["target"] == f"'{EVIL}"
    assert rows[4]["target"] == 'target "4"'
    assert rows[4] | {
        "detector": "Extractive memorization", "model": "baseline", "split": "train",
        "score": "0.4", "subgroups": "length: even", "source": "source 4 of extractive",
        "prefix": "source 4", "translation of teacher": "ein Haus",
        "translation of baseline": "translation 4 of baseline", "translation of student": "",
    } == rows[4]  # fmt: skip
    assert list(rows[0])[-3:] == [f"translation of {name}" for name in MODELS]
    assert page.complaints() == []


def test_a_downloaded_text_says_what_it_is_without(content, tmp_path):
    source, long = "wort" * 500, "Ziel" * 750
    cut = Example(
        "extractive", "student", "train", 1, source, long, "other " * 300, source[:1100],
        relayed="x" * 1001, translations={"teacher": long, "student": "other " * 300},
    )  # fmt: skip
    whole = replace(cut, detector="natural", evidence="y" * 1000, source="a b", target="c")
    file = tmp_path / "index.html"
    file.write_text(html(replace(content, examples=[cut, whole])), encoding="utf-8")
    with Page(file, tmp_path / "profile") as page:
        first, second = downloaded(page, tmp_path)
    assert first["source"] == f"{source[:1000]} … [1,000 more characters]"
    assert first["prefix"] == f"{source[:1000]} … [100 more characters]"
    assert first["target"] == f"{long[:1000]} … [2,000 more characters]"
    assert first["translation of teacher"] == first["target"]
    assert first["translation of student"] == f"{'other ' * 166}othe … [800 more characters]"
    assert first["relayed"] == "x" * 1000 + " … [1 more characters]"
    assert (second["source"], second["evidence"]) == ("a b", "y" * 1000)


def downloaded(page: Page, folder: Path) -> list[dict[str, str]]:
    """The rows of the file that the page's button gives."""
    settings = {"behavior": "allow", "downloadPath": str(folder)}
    page.send("Browser.setDownloadBehavior", **settings, eventsEnabled=True)
    page.run("document.querySelector('[name=download]').click()")
    while page.wait("Browser.downloadProgress")["state"] == "inProgress":
        page.forget("Browser.downloadProgress")
    (found,) = folder.glob("*.tsv")
    return list(csv.DictReader(io.StringIO(found.read_text("utf-8")), delimiter="\t"))


def test_without_scripts_the_table_is_all_there(file, tmp_path):
    still = tmp_path / "still.html"
    text = file.read_text(encoding="utf-8").replace("script-src", "x-src")
    still.write_text(text, encoding="utf-8")
    with Page(still, tmp_path / "profile") as page:
        assert len(ids(page)) == 63
        assert not page.run("document.querySelector('form').checkVisibility()")


@pytest.mark.parametrize("width", [375, 1280])
def test_nothing_but_wide_tables_reaches_beyond_the_screen(file, tmp_path, width):
    with Page(file, tmp_path / "profile", width) as page:
        assert page.run("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True])
def test_all_text_can_be_read(file, tmp_path, dark):
    with Page(file, tmp_path / "profile", dark=dark) as page:
        background = page.run("getComputedStyle(document.documentElement).backgroundColor")
        assert (background == "rgb(22, 24, 26)") == dark
        assert page.run(CONTRAST) == {}
