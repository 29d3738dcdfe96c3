"""The report's sections on inheritance, denoising and several runs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kdaudit.comparison import (
    Comparison,
    Denoising,
    Flags,
    Lineage,
    Quality,
    Split,
    compare,
    denoised,
    inheritance,
)
from kdaudit.comparison.directions import Combined
from kdaudit.comparison.seeds import together
from kdaudit.report import Model, ReportContent, html, markdown
from tests.comparison.comparison_data import Mean

N = 120
MODELS = ("teacher", "student", "baseline")


def found(seed: int = 1, *, planted: bool = False) -> Comparison:
    """A student that has half of what its teacher has, and is better in every second row."""
    rng = np.random.default_rng(seed)
    origin = ["planted" if planted and row % 6 == 0 else "original" for row in range(N)]
    halves = ["even" if row % 2 == 0 else "odd" for row in range(N)]
    split = Split.of("train", np.arange(N), {"all": ["all"] * N, "provenance": origin, "h": halves})
    draws = rng.random(N)
    teacher = draws < 0.5
    flagged = {"teacher": teacher, "student": teacher & (draws < 0.3), "baseline": draws < 0.05}
    everyone = np.ones(N, dtype=np.bool_)
    flags = [Flags("extractive", name, "train", everyone, flagged[name]) for name in MODELS]
    better = np.where(np.arange(N) % 2 == 0, 8.0, -8.0)
    values = {name: rng.normal(50, 2, N) + better * (name == "student") for name in MODELS}
    quality = [
        Quality("bleu", name, "train", Mean(), list(np.stack([values[name], np.ones(N)], axis=1)))
        for name in MODELS
    ]
    asked = [Denoising("bleu", "student", "teacher", higher_is_better=True)]
    made = compare(
        [split], flags, quality, "baseline", bootstrap=100, quality_bootstrap=100, denoising=asked
    )
    rows = inheritance([split], flags, [Lineage(*MODELS[1::-1], "baseline")], bootstrap=100)
    return replace(made, about=made.about | {"inheritance": [row.to_json_dict() for row in rows]})


def content(comparison: Comparison, combined: Combined | None = None) -> ReportContent:
    models = [Model(name, name) for name in MODELS]
    return ReportContent("r", comparison, models, combined=combined)


def test_page_and_markdown_have_the_table_and_how_to_read_it():
    shown = content(found())
    page, text = html(shown), markdown(shown)
    assert '<section id="inheritance">' in page
    assert "Inheritance: of the segments that the teacher flags" in page
    for written in (page, text):
        assert "train: student by what teacher flags" in written
        assert "ratio, of flagged" in written
        assert "0 corpus, 0 own" in written
        for word in ("nan ", "nan]", "None"):
            assert word not in written
    (line,) = (
        line
        for line in text.splitlines()
        if line.startswith("| Extractive") and "inherited" in line
    )
    assert line.count(" | ") == 8


def test_planted_segments_have_a_table_of_their_own():
    text = markdown(content(found(planted=True)))
    assert "train, original segments: student by what teacher flags" in text
    assert "train, planted cases: student by what teacher flags" in text


def test_where_the_student_is_better_is_said_with_its_subgroup():
    (sentence,) = denoised.said(found())
    assert sentence.startswith(
        "Denoising, bleu on train: student is better than its teacher teacher on h = even (+"
    )
    assert "worse on 1" in sentence
    assert sentence.rstrip(".") in markdown(content(found())).replace("\\", "")
    nowhere = found()
    nowhere.about["denoising"] = [
        {**row, "higher_is_better": False} for row in nowhere.about["denoising"]
    ]
    assert "h = odd (-" in denoised.said(nowhere)[0]


@pytest.mark.parametrize("planted", [False, True])
def test_planted_rows_are_not_mixed_with_others_in_what_is_said(planted):
    (rows,) = denoised.subgroups(found(planted=planted)).values()
    names = [row.name for row in rows]
    assert ("all segments" in names) != planted
    assert ("provenance = planted" in names) == planted


def test_without_students_there_is_no_section():
    bare = replace(found(), about={})
    assert 'id="inheritance"' not in html(content(bare))
    assert "by what" not in markdown(content(bare))


def test_several_runs_have_a_section():
    runs = {f"runs/{seed}": found(seed) for seed in (1, 2, 3)}
    seeds = together("r", runs, dict.fromkeys(runs, 1), same_segments=False)
    shown = content(runs["runs/1"], Combined([seeds]))
    for written in (html(shown), markdown(shown)):
        assert "r, 3 seeds: train" in written
        assert "seeds, each on segments of its own." in written
    assert '<section id="seeds">' in html(shown)
    assert 'id="seeds"' not in html(content(runs["runs/1"]))
