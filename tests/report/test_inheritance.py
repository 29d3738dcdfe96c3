"""The report's sections on inheritance, denoising and several runs."""

from __future__ import annotations

import json
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
from kdaudit.comparison.seed_tables import combined_tables
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
        "Denoising, bleu on train: student is better than its teacher on h = even (+"
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


def test_inheritance_over_seeds_has_the_shares_of_every_seed():
    runs = {f"runs/{seed}": found(seed) for seed in (1, 2, 3)}
    seeds = together("r", runs, {name: int(name[-1]) for name in runs}, same_segments=False)
    of_first = runs["runs/1"].about["inheritance"]
    assert len(seeds.inheritance) == len(of_first) > 0
    for row, first in zip(seeds.inheritance, of_first, strict=True):
        for given in ("teacher_flagged", "teacher_not_flagged"):
            told = getattr(row, given)
            assert told.student.values[0] == first[given]["student_value"]
            assert told.baseline.values[0] == first[given]["baseline_value"]
            assert told.against.difference.values[0] == first[given]["difference"]
            assert told.n[0] == first[given]["n"]
    whole = next(row for row in seeds.inheritance if row.scheme == "all")
    assert whole.teacher_flagged.against.verdict == "higher"
    low, high = whole.teacher_flagged.student.ci
    assert low < whole.teacher_flagged.student.mean < high
    titles = [one.title for one in combined_tables(Combined([seeds]), runs["runs/1"])]
    assert "r, 3 seeds: train: student by what teacher flags" in titles
    json.dumps(Combined([seeds]).to_json_dict(), allow_nan=False)
