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
        "Compared with the baseline, the student memorizes more (extractive memorization); "
        "it hallucinates without a difference that this corpus can show."
    )


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ({"natural": "higher", "oscillatory": "lower"}, "more (natural hallucination) and less"),
        (dict.fromkeys(("natural", "oscillatory"), "too_few"), "too rarely to tell"),
        ({"natural": "indistinguishable"}, "without a difference"),
    ],
)
def test_the_headline_says_no_more_than_the_verdicts(content, outcomes, expected):
    (verdict,) = verdicts(judged(content, **outcomes), MODELS)
    assert f"hallucinates {expected}" in verdict.headline


def test_findings_speak_of_original_segments_with_values_and_certainty(content):
    (verdict,) = verdicts(judged(content), MODELS)
    extractive = next(f for f in verdict.findings if f.startswith("Extractive memorization"))
    assert "original segments of train: 0.63% (0.46 to 0.86), higher than" in extractive
    assert "baseline's 0.41%" in extractive
    assert extractive.endswith("p = 0.042.")


def test_too_few_events_give_counts_and_no_comparison(content):
    (verdict,) = verdicts(judged(content), MODELS)
    oscillatory = next(f for f in verdict.findings if f.startswith("Oscillatory"))
    assert oscillatory.endswith("too few events to compare (3 of 7,990 against 1 of 7,990).")


def test_without_students_all_but_teachers_are_judged(content):
    models = [Model("teacher", "teacher"), Model("student", "int8"), Model("baseline", "")]
    (verdict,) = verdicts(judged(content), models)
    assert verdict.headline.startswith("Compared with baseline, student memorizes")


def test_nothing_compared_gives_no_verdict(content):
    assert verdicts(Lookup(Comparison([], [], {})), MODELS) == []
    values_only = Comparison(content.comparison.measurements, [], {})
    assert verdicts(Lookup(values_only), MODELS) == []
