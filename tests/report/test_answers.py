"""Five lines for the reader who decides."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kdaudit.comparison import Comparison, Flags, Lineage, Split, compare, inheritance
from kdaudit.report import Model, ReportContent, html, markdown
from kdaudit.report.tables import Lookup
from kdaudit.report.verdict import verdicts

TERMS = ["Memorizes", "Hallucinates", "Where", "How sure", "Inherited"]
MODELS = [Model("teacher", "teacher"), Model("student", "student"), Model("baseline", "baseline")]
N = 400


def lines(comparison: Comparison, models=MODELS, **parts) -> dict[str, str]:
    (verdict,) = verdicts(Lookup(comparison, [model.name for model in models]), models, **parts)
    assert [one.term for one in verdict.answers] == TERMS
    return {one.term: one.text for one in verdict.answers}


@pytest.fixture(scope="module")
def inherited() -> Comparison:
    """The student has most of what its teacher has, nearly all of it in rows of the half `rare`."""
    rare = np.arange(N) % 2 == 0
    split = Split.of("train", np.arange(N), {
        "all": ["all"] * N, "kind": ["rare" if one else "usual" for one in rare],
    })  # fmt: skip
    teacher = rare & (np.arange(N) < 100)
    flagged = {"teacher": teacher, "student": teacher & (np.arange(N) >= 20)}
    flagged["baseline"] = np.arange(N) == 21
    every = np.ones(N, dtype=bool)
    flags = [Flags("extractive", name, "train", every, some) for name, some in flagged.items()]
    found = compare([split], flags, (), ("baseline",), seed=1, bootstrap=200)
    rows = inheritance([split], flags, [Lineage("student", "teacher", "baseline")], bootstrap=200)
    return replace(found, about={"inheritance": [row.to_json_dict() for row in rows]})


def test_what_where_how_sure_and_what_is_inherited(inherited):
    told = lines(inherited)
    assert told["Memorizes"].startswith(
        "Extractive memorization: 40 of 400 segments (10.0%), the baseline 1 (0.25%): more than "
        "the baseline, "
    )
    assert told["Hallucinates"] == "Not measured."
    assert told["Where"] == "More extractive memorization where kind is rare (p < 0.001)."
    assert told["How sure"] == (
        "A difference is told where chance makes one as large in less than 5% of cases (extractive "
        "memorization: p < 0.001). One seed speaks of these models, not of the method."
    )
    assert told["Inherited"] == (
        "Of 50 segments that the teacher memorizes it has 40 (80.0%), the baseline without that "
        "teacher 0 (0%): more, p < 0.001. 0 that it memorizes are neither the teacher's nor the "
        "baseline's."
    )


def test_two_kinds_of_hallucination_stand_in_one_line(content):
    told = lines(content.comparison)
    assert told["Hallucinates"] == (
        "Oscillatory hallucination: 3 of 7,990 segments (0.038%), the baseline 1 (0.013%): too few "
        "cases to compare with the baseline; natural hallucination: 52 of 7,950 segments (0.65%), "
        "the baseline 44 (0.55%): no difference from the baseline can be shown."
    )
    assert "oscillatory hallucination: 4 independent segments differ" in told["How sure"]


def test_planted_cases_are_no_place(content):
    where = lines(content.comparison)["Where"]
    assert "frequency is 1 (p = 0.042)" in where
    assert "planted" not in where


def test_without_subgroups_nothing_is_said_to_be_nowhere(inherited):
    rows = [row for row in inherited.measurements if row.scheme == "all"]
    told = lines(replace(inherited, measurements=rows))
    assert told["Where"] == "Not known: no subgroups of the training data were compared."


def test_a_random_sample_is_no_place(inherited):
    rows = [replace(m, scheme=m.scheme.replace("kind", "random")) for m in inherited.measurements]
    contrasts = [replace(c, scheme=c.scheme.replace("kind", "random")) for c in inherited.contrasts]
    told = lines(replace(inherited, measurements=rows, contrasts=contrasts))
    assert told["Where"] == "Not known: no subgroups of the training data were compared."


def test_where_no_subgroup_differs_their_number_is_said(inherited):
    same = [replace(c, verdict="indistinguishable") for c in inherited.contrasts]
    assert lines(replace(inherited, contrasts=same))["Where"] == (
        "In none of 2 subgroups of train (kind) can a difference from the baseline be shown."
    )


def test_a_model_without_a_teacher_has_inherited_nothing_that_is_known(inherited):
    told = lines(replace(inherited, about={}))
    assert told["Inherited"] == "Not known: no model was named as its teacher."


def test_several_trainings_are_pointed_at(inherited):
    told = lines(inherited, several=True)
    assert told["How sure"].endswith("Several trainings are compared below.")


def test_the_lines_stand_right_after_the_title_and_lead_to_their_sections(inherited):
    page = html(ReportContent("x", inherited, MODELS))
    start = page.index('<section id="verdict"')
    assert (
        start < page.index('<a href="#inheritance">Inherited</a>') < page.index('id="comparison"')
    )
    assert page.index("<h1>") < start
    shown = markdown(ReportContent("x", inherited, MODELS))
    assert "- **Where:** More extractive memorization where kind is rare" in shown


def test_several_students_can_be_opened_one_by_one(inherited):
    models = [*MODELS[:2], Model("baseline", ""), Model("other", "student")]
    rows = [replace(c, model="other") for c in inherited.contrasts if c.model == "student"] + list(
        inherited.contrasts
    )
    values = [replace(m, model="other") for m in inherited.measurements if m.model == "student"]
    more = replace(inherited, contrasts=rows, measurements=[*inherited.measurements, *values])
    page = html(ReportContent("x", more, models))
    part = page[page.index('<section id="verdict"') : page.index('<section id="comparison"')]
    assert part.count('<summary class="headline">') == 2
    assert part.count("<details open>") == 1


def against_teacher(comparison: Comparison) -> Comparison:
    """With the student compared with its teacher, too, as where that has a deployed form."""
    more = [replace(c, reference="teacher") for c in comparison.contrasts if c.model == "student"]
    return replace(comparison, contrasts=[*comparison.contrasts, *more])


def told_against(comparison: Comparison) -> dict[str, str]:
    """What is said of the student's inheritance, by the reference."""
    lookup = Lookup(comparison, [model.name for model in MODELS])
    found = verdicts(lookup, MODELS)
    assert len(found) == len([pair for pair in lookup.contrasts if pair[0] == "student"])
    return {
        one.headline.split(",")[0]: one.answers[-1].text
        for one in found
        if one.answers[-1].term == "Inherited"
    }


def test_against_its_own_teacher_what_is_inherited_is_not_said_to_be_unknown(inherited):
    told = told_against(against_teacher(inherited))
    assert told["Compared with the baseline"].startswith("Of 50 segments that the teacher memor")
    assert told["Compared with the teacher"] == (
        "Told where it is compared with the baseline: this is against its own teacher."
    )


def test_against_another_model_the_baseline_is_pointed_at(inherited):
    other = [replace(c, reference="teacher") for c in inherited.contrasts if c.model == "student"]
    rows = [{**row, "teacher": "elder"} for row in inherited.about["inheritance"]]
    told = told_against(replace(inherited, contrasts=other, about={"inheritance": rows}))
    assert told == {
        "Compared with the teacher": (
            "Told in the tables of inheritance, against the baseline: the teacher is no baseline."
        )
    }
