import re
from dataclasses import replace

import pytest

from kdaudit.comparison import Comparison
from kdaudit.report import Model
from kdaudit.report.tables import Lookup
from kdaudit.report.verdict import verdicts

MODELS = [Model("teacher", "teacher"), Model("student", "student"), Model("baseline", "baseline")]


def judged(content, **outcomes):
    """The content's comparison with other verdicts for some measures."""
    contrasts = [
        replace(c, verdict=outcomes.get(c.measure, c.verdict)) for c in content.comparison.contrasts
    ]
    return Lookup(Comparison(content.comparison.measurements, contrasts, {}), ["student"])


def test_only_students_are_judged_and_the_measures_that_differ_are_named(content):
    (verdict,) = verdicts(judged(content), MODELS)
    assert verdict.headline == (
        "Compared with the baseline, the student replicates training targets and hallucinates "
        "without a difference that this corpus can show; it memorizes more (extractive "
        "memorization)."
    )


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        (
            {"natural": "higher", "oscillatory": "lower"},
            "memorizes more (extractive memorization), hallucinates more (natural hallucination) "
            "and hallucinates less (oscillatory hallucination).",
        ),
        (
            dict.fromkeys(("natural", "oscillatory"), "too_few"),
            "it hallucinates too rarely to tell",
        ),
        ({"natural": "indistinguishable"}, "targets and hallucinates without a difference"),
        ({"repeated_target": "higher"}, "targets and hallucinates without a difference"),
        (
            {"exact_match": "lower", "extractive": "indistinguishable"},
            "the student replicates fewer training targets (exact match); it memorizes and "
            "hallucinates without",
        ),
        (
            {"exact_match": "higher"},
            "replicates more training targets (exact match) and memorizes more (extractive",
        ),
        ({"extractive": "lower"}, "memorizes less (extractive memorization)"),
    ],
)
def test_the_headline_says_no_more_than_the_verdicts(content, outcomes, expected):
    (verdict,) = verdicts(judged(content, **outcomes), MODELS)
    assert expected in verdict.headline


def test_replicating_targets_is_no_memorizing_by_itself(content):
    (verdict,) = verdicts(judged(content, exact_match="higher", extractive="too_few"), MODELS)
    assert "replicates more training targets (exact match)" in verdict.headline
    assert "memorizes too rarely to tell a difference" in verdict.headline


def test_models_that_do_the_same_are_not_said_to_do_it_too_rarely(content):
    contrasts = [
        replace(c, verdict="too_few", difference=0.0, relative_change=0.0, discordant=0)
        for c in content.comparison.contrasts
    ]
    lookup = Lookup(Comparison(content.comparison.measurements, contrasts, {}), ["student"])
    (verdict,) = verdicts(lookup, MODELS)
    assert "replicates training targets, memorizes and hallucinates without" in verdict.headline
    assert any(
        finding.startswith("Exact match on original segments of train: no difference: identical ")
        for finding in verdict.findings
    )


def test_findings_speak_of_original_segments_with_values_and_certainty(content):
    (verdict,) = verdicts(judged(content), MODELS)
    extractive = next(f for f in verdict.findings if f.startswith("Extractive memorization"))
    assert "original segments of train: 0.63% (0.46 to 0.86), higher than" in extractive
    assert "baseline's 0.41%" in extractive
    assert extractive.endswith("p = 0.042.")


def test_too_few_events_give_counts_and_no_comparison(content):
    (verdict,) = verdicts(judged(content), MODELS)
    oscillatory = next(f for f in verdict.findings if f.startswith("Oscillatory"))
    assert oscillatory.endswith(
        "too few events: 4 independent units differ (3 of 7,990 against 1 of 7,990)."
    )


def test_without_students_all_but_teachers_are_judged(content):
    models = [Model("teacher", "teacher"), Model("student", "int8"), Model("baseline", "")]
    (verdict,) = verdicts(judged(content), models)
    assert verdict.headline.startswith("Compared with baseline, student replicates")


def test_nothing_compared_gives_no_verdict(content):
    assert verdicts(Lookup(Comparison([], [], {})), MODELS) == []
    values_only = Comparison(content.comparison.measurements, [], {})
    assert verdicts(Lookup(values_only), MODELS) == []


def with_forms(content, role="other", **forms):
    """The content's comparison with deployed forms, each with the numbers of the student, compared
    with the baseline and with every model that has a form. `forms`: whose they are, by names."""
    rows, contrasts = list(content.comparison.measurements), list(content.comparison.contrasts)
    of_student = [c for c in contrasts if c.model == "student"]
    for name in forms:
        rows += [replace(m, model=name) for m in rows if m.model == "student"]
        for reference in ("baseline", "student", "teacher"):
            contrasts += [replace(c, model=name, reference=reference) for c in of_student]
    models = [*MODELS, *(Model(name, role, form_of=whose) for name, whose in forms.items())]
    return Lookup(Comparison(rows, contrasts, {}), [model.name for model in models]), models


def headlines(lookup, models):
    """Whom each headline is about: model and reference."""
    said = re.compile(r"Compared with (?:the )?(\S+), (?:the )?(\S+) ")
    found = [said.match(one.headline) for one in verdicts(lookup, models)]
    return [(one[2], one[1]) for one in found]


@pytest.mark.parametrize("role", ["other", "teacher"])
def test_every_deployed_form_is_judged_against_the_model_itself(content, role):
    forms = {"student-int8": "student", "teacher-int8": "teacher"}
    lookup, models = with_forms(content, role, **forms)
    assert headlines(lookup, models) == [
        ("student", "baseline"),
        ("student-int8", "student"),
        ("teacher-int8", "teacher"),
    ]


def test_without_students_a_form_is_judged_once(content):
    lookup, models = with_forms(content, fast="student")
    others = [replace(model, role="other") for model in models]
    told = headlines(lookup, others)
    assert ("fast", "student") in told
    assert len(told) == len(set(told))
