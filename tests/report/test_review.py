"""The table of flagged segments: its rows, what they are filtered by, and its size."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kdaudit.comparison import Comparison, Measurement
from kdaudit.report import Example, Model, ReportContent, html
from kdaudit.report.page import LARGEST
from kdaudit.report.review import LONGEST, fitting, review

BARE = ReportContent("bare", Comparison([], [], {}), [])
"""Without a comparison, whose plots take time."""

MODELS = ["teacher", "student", "baseline"]


def example(
    detector: str = "extractive", model: str = "student", number: int = 1, **parts
) -> Example:
    given = {"source": "one two three", "target": "eins", "translation": "eins"} | parts
    return Example(detector, model, "train", number, **given)


def found(*examples: Example, **parts):
    return review(replace(BARE, examples=examples, **parts), MODELS)


def test_memorized_segments_come_first_and_models_in_their_order():
    every = [
        example(detector, model)
        for detector in ("exact_match", "repeated_target", "oscillatory", "extractive")
        for model in ("baseline", "teacher")
    ]
    rows = found(*every).rows
    assert [(row.example.detector, row.example.model) for row in rows] == [
        (detector, model)
        for detector in ("extractive", "oscillatory", "repeated_target", "exact_match")
        for model in ("teacher", "baseline")
    ]


def test_the_same_translation_is_said_once_and_the_target_not_again():
    others = {"teacher": "zwei", "student": "eins", "baseline": "zwei"}
    (row,) = found(example(translations=others)).rows
    told = [(list(one.names), one.text and one.text.text) for one in row.translations]
    assert told == [(["student"], None), (["teacher", "baseline"], "zwei")]
    (row,) = found(example(translations=dict.fromkeys(MODELS, "eins"))).rows
    assert [list(one.names) for one in row.translations] == [["all models"]]
    assert sorted(row.translations[0].models) == [0, 1, 2]


def test_subgroups_that_occur_can_be_chosen():
    groups = ({"length": "1-5", "planted": "none"}, {"length": "6+", "planted": "rare"})
    shown = found(*(example(number=i, subgroups=g) for i, g in enumerate(groups)))
    assert shown.subgroups == [
        ("length", [(0, "1-5"), (1, "6+")]),
        ("planted", [(2, "none"), (3, "rare")]),
    ]
    assert [row.subgroups for row in shown.rows] == [[0, 2], [1, 3]]
    assert [row.named for row in shown.rows] == [["length: 1-5"], ["length: 6+"]]


def test_how_many_there_are_in_all_is_said():
    totals = {("extractive", "student", "train"): 1234}
    page = html(replace(BARE, examples=[example()], flagged=totals))
    assert "1 of 1,234 flagged segments" in page


def test_a_long_text_is_cut_and_what_is_left_out_is_counted():
    long = "wort " * 1000
    source = "a b " * 400
    (row,) = found(example(translation=long, source=source, evidence="a b a")).rows
    assert (len(row.translations[0].text.text), row.translations[0].text.more) == (LONGEST, 4000)
    assert (row.prefix, len(row.rest.text)) == ("a b a", LONGEST - 5)
    assert "4,000 more characters" in html(replace(BARE, examples=[row.example]))


def test_what_does_not_fit_is_left_out_evenly():
    every = [example(model="teacher", number=n) for n in range(50)]
    every += [example(model="student", number=n) for n in range(3)]
    rows = found(*every).rows

    def written(row):
        return f"{row.example.model}{row.example.id:02},"

    kept = "".join(fitting(rows, written, 100)).split(",")[:-1]
    assert [one for one in kept if one.startswith("student")] == [
        "student00",
        "student01",
        "student02",
    ]
    assert [one for one in kept if one.startswith("teacher")] == [
        f"teacher{n:02}" for n in range(7)
    ]
    assert fitting(rows, written, 10_000) == [written(row) for row in rows]


@pytest.mark.parametrize("text", ["wort " * 2000, "ä" * 5000, "<&>" * 2000])
def test_a_page_can_be_mailed_however_large_the_corpus(text):
    others = {name: f"{name} {text}" for name in MODELS}
    every = [
        example(model=model, number=n, source=text, target=text[5:], translation=others[model],
                translations=others, subgroups={"name": f"{n} {text}"})
        for model in MODELS
        for n in range(200)
    ]  # fmt: skip
    page = html(replace(BARE, examples=every, flagged={("extractive", "student", "train"): 10**7}))
    assert LARGEST // 2 < len(page.encode()) <= LARGEST < 5_000_000
    assert " of 10,000,000 flagged segments" in page
    shown = page.count('<tr role="row" data-d=')
    assert f'<p class="quiet">{shown:,} of 10,000,000' in page


def test_tables_of_subgroups_that_are_too_long_are_named_and_left_out(monkeypatch):
    place = {"model": "student", "split": "train", "measure": "extractive", "interval": "wilson"}
    counts = {"n": 9, "flagged": 3, "value": 1 / 3, "ci_low": 0.1, "ci_high": 0.6}
    rows = [
        Measurement(**place, **counts, scheme=scheme, subgroup=f"{scheme} {n}")
        for scheme, names in (("short", 3), ("long", 200))
        for n in range(names)
    ]
    monkeypatch.setattr("kdaudit.report.page.SUBGROUPS_SHARE", 10_000)
    page = html(ReportContent("x", Comparison(rows, [], {}), [Model("student", "student")]))
    assert "Too long for this page: train, by long." in page
    assert "<summary>train, by short</summary>" in page
    assert "long 199" not in page
