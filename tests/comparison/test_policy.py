"""Limits of a release: what holds, what does not, and what the data cannot decide."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.comparison.changes import from_reference
from kdaudit.comparison.intervals import wilson
from kdaudit.comparison.policy import Policy, judge
from kdaudit.comparison.results import Comparison
from kdaudit.errors import RecipeError
from kdaudit.settings import parse
from tests.comparison.comparison_data import AGAINST, RATE, comparison


def outcome(found=None, previous=None, **limit):
    policy = parse(Policy, {"limits": [{"measure": "extractive", "model": "student", **limit}]}, "")
    (judged,) = judge(policy, found or comparison(), previous)
    return judged


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ({"at_most": 0.02}, "pass"),
        ({"at_most": 0.019}, "fail"),
        ({"at_most": 0.031, "on": "ci_high"}, "pass"),
        ({"at_most": 0.025, "on": "ci_high"}, "undecided"),
        ({"at_most": 0.019, "on": "ci_high"}, "fail"),
        ({"at_most": 0.015, "on": "ci_low"}, "undecided"),
        ({"at_most": 0.011, "on": "ci_low"}, "fail"),
        ({"at_least": 0.02}, "pass"),
        ({"at_least": 0.021}, "fail"),
        ({"at_least": 0.012, "on": "ci_low"}, "pass"),
        ({"at_least": 0.015, "on": "ci_low"}, "undecided"),
        ({"relative_change_at_most": 1.0}, "pass"),
        ({"relative_change_at_most": 0.9, "reference": "baseline"}, "fail"),
        ({"relative_change_at_most": 2.0, "on": "ci_high"}, "undecided"),
        ({"relative_change_at_most": 2.5, "on": "ci_high"}, "pass"),
    ],
)
def test_a_limit_holds_where_value_and_bound_agree(limit, expected):
    assert outcome(**limit).outcome == expected


def test_models_that_are_identical_have_not_changed():
    same = replace(
        AGAINST, verdict="too_few", discordant=0, relative_change=0.0, relative_change_ci=None
    )
    found = outcome(comparison(contrast=same), relative_change_at_most=0.1)
    assert (found.outcome, found.value) == ("pass", 0.0)
    assert found.reason == "no difference: identical on every unit"


def test_few_events_decide_nothing_unless_the_interval_does():
    few = replace(AGAINST, verdict="too_few", discordant=3)
    undecided = outcome(comparison(contrast=few), relative_change_at_most=0.1)
    assert undecided.outcome == "undecided"
    assert undecided.reason == "too few events: 3 independent units differ"
    sure = outcome(comparison(contrast=few), relative_change_at_most=3, on="ci_high")
    assert sure.outcome == "pass"


@pytest.mark.parametrize(
    ("found", "limit", "reason"),
    [
        (
            comparison(replace(RATE, n=0, flagged=0, value=None, ci_low=None, ci_high=None)),
            {"at_most": 0.1},
            "nothing is eligible",
        ),
        (
            comparison(contrast=replace(AGAINST, relative_change=None, relative_change_ci=None)),
            {"relative_change_at_most": 0.1},
            "this measure has no relative change, or nothing to compare",
        ),
        (
            comparison(contrast=replace(AGAINST, relative_change_ci=(0.1, None))),
            {"relative_change_at_most": 3, "on": "ci_high"},
            "ci_high is not bounded",
        ),
    ],
)
def test_what_is_not_there_is_undecided(found, limit, reason):
    judged = outcome(found, **limit)
    assert (judged.outcome, judged.reason) == ("undecided", reason)


def test_the_last_release_is_compared_by_value():
    before = comparison(replace(RATE, flagged=10, value=0.01))
    limit = {"relative_change_at_most": 0.5, "reference": "previous"}
    assert outcome(previous=before, **limit).outcome == "fail"
    assert outcome(previous=comparison(), **limit).outcome == "pass"
    few, fewer = (comparison(replace(RATE, flagged=n, value=n / 1000)) for n in (2, 1))
    assert outcome(few, previous=fewer, **limit).outcome == "undecided"


@pytest.mark.parametrize("flagged", [1, 20])
def test_a_release_is_as_good_as_itself(flagged):
    one = comparison(replace(RATE, flagged=flagged, value=flagged / 1000))
    found = outcome(one, previous=one, relative_change_at_most=0, reference="previous")
    assert (found.outcome, found.value) == ("pass", 0.0)
    assert found.reason == f"as many events as before: {flagged}"


def from_nothing(flagged, verdict="higher"):
    """A rate of 1,000 segments beside a baseline without an event."""
    rows = []
    for model, events in (("student", flagged), ("baseline", 0)):
        low, high = wilson(events, 1000, 0.95)
        values = {"flagged": events, "value": events / 1000, "ci_low": low, "ci_high": high}
        rows.append(replace(RATE, model=model, **values))
    gone = {"relative_change": None, "relative_change_ci": None, "verdict": verdict}
    return Comparison(rows, [replace(AGAINST, **gone, discordant=flagged)])


@pytest.mark.parametrize(
    ("flagged", "verdict", "limit", "expected", "told"),
    [
        (20, "higher", {}, "fail", "without bound: 20 of 1,000 here, none of baseline"),
        (20, "higher", {"on": "ci_high"}, "fail", "without bound"),
        (20, "higher", {"on": "ci_low"}, "fail", "without bound"),
        (7, "higher", {"on": "ci_low"}, "undecided", "too little data: the value alone would fail"),
        (7, "higher", {"relative_change_at_most": 1e9}, "fail", "7 of 1,000 here"),
        (20, "indistinguishable", {}, "undecided", "too few to tell: 20 of 1,000 here"),
        (3, "too_few", {}, "undecided", "too few to tell: 3 of 1,000 here, none of baseline"),
        (0, "too_few", {}, "pass", "no event here, and none of baseline"),
        (0, "too_few", {"on": "ci_low"}, "pass", "no event here, and none of baseline"),
        (0, "too_few", {"on": "ci_high"}, "undecided", "ci_high is not bounded"),
    ],
)
def test_more_than_nothing_is_beyond_any_limit_where_the_test_says_more(
    flagged, verdict, limit, expected, told
):
    judged = outcome(from_nothing(flagged, verdict), **({"relative_change_at_most": 1} | limit))
    assert judged.outcome == expected
    assert told in judged.reason


@pytest.mark.parametrize(
    ("flagged", "expected", "told"),
    [
        (20, "fail", "without bound: 20 of 1,000 here, none of the last release"),
        (3, "undecided", "too few to tell: 3 of 1,000 here, none of the last release"),
        (0, "pass", "no event here, and none of the last release"),
    ],
)
def test_the_last_release_may_have_had_no_event(flagged, expected, told):
    limit = {"relative_change_at_most": 0.5, "reference": "previous"}
    judged = outcome(from_nothing(flagged), previous=from_nothing(0), **limit)
    assert (judged.outcome, judged.reason) == (expected, told)


def test_the_lower_bound_from_nothing_holds_the_truth():
    """Of models of which one has as few events as it takes to have none in most samples."""
    rng = np.random.default_rng(5)
    size, rates, held, seen = 1000, (0.0005, 0.01), 0, 0
    for _ in range(3000):
        before, after = (int(rng.binomial(size, rate)) for rate in rates)
        if before == 0 and after:
            rows = from_nothing(after).measurements
            low = from_reference(rows[0], rows[1], AGAINST).bounds[0]
            seen += 1
            held += low <= rates[1] / rates[0] - 1
    assert seen > 1000
    assert held / seen > 0.975


def test_what_may_be_negative_or_is_no_rate_has_no_change_from_nothing():
    score = replace(RATE, flagged=None, value=2.0)
    limit = {"relative_change_at_most": 0.5, "reference": "previous"}
    for before in (0.0, -1.0):
        previous = comparison(replace(score, value=before))
        judged = outcome(comparison(score), previous=previous, **limit)
        assert judged.outcome == "undecided"
        assert "no relative change" in judged.reason


def test_the_last_release_must_have_had_the_same_detector_and_level():
    limit = {"relative_change_at_most": 0.5, "reference": "previous"}
    mine, other = (
        replace(comparison(), signature={"detectors": {"extractive": f"extractive|a:{value}"}})
        for value in (1, 2)
    )
    assert outcome(mine, previous=mine, **limit).outcome == "pass"
    with pytest.raises(RecipeError, match=r"another detector 'extractive': 'extractive\|a:1'"):
        outcome(mine, previous=other, **limit)
    wide = replace(comparison(), signature={"confidence": 0.9})
    with pytest.raises(RecipeError, match=r"intervals of level 0\.1, this one of 0\.05"):
        outcome(previous=wide, **limit)


@pytest.mark.parametrize("bound", ["at_most", "at_least", "relative_change_at_most"])
@pytest.mark.parametrize("value", [True, False])
def test_a_switch_is_no_number(bound, value):
    told = rf"limits\.0\.{bound}: a limit is a number, not {str(value).lower()}"
    with pytest.raises(RecipeError, match=told):
        outcome(**{bound: value})


def test_the_last_release_must_have_been_audited_on_the_same_segments():
    other = comparison(replace(RATE, n=900))
    with pytest.raises(RecipeError, match="on other segments: extractive on train is of 900 there"):
        outcome(previous=other, relative_change_at_most=0.5, reference="previous")
    with pytest.raises(RecipeError, match="needs the comparison of the last release"):
        outcome(relative_change_at_most=0.5, reference="previous")


def test_a_measure_that_the_reference_has_not_got_has_no_change():
    without = Comparison([RATE], [replace(AGAINST, measure="exact_match")])
    with pytest.raises(RecipeError, match=r"limits\.0\.reference: extractive on train is not meas"):
        outcome(without, relative_change_at_most=0.5)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([("provenance", "planted", 0.9)], [("1", "pass"), ("2+", "fail")]),
        ([], [("1", "pass"), ("2+", "fail"), ("planted", "fail")]),
    ],
)
def test_each_subgroup_has_a_limit_of_its_own_and_planted_cases_none(others, expected):
    places = [("frequency", "1", 0.01), ("frequency", "2+", 0.03), ("frequency", "planted", 0.9)]
    rows = [
        replace(RATE, scheme=scheme, subgroup=name, value=value)
        for scheme, name, value in [*places, *others]
    ]
    limit = {"measure": "extractive", "model": "student", "at_most": 0.02}
    limits = [{**limit, "scheme": "frequency", "subgroup": "each"}]
    found = judge(parse(Policy, {"limits": limits}, ""), Comparison(rows, []))
    assert [(one.subgroup, one.outcome) for one in found] == expected


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ({"measure": "extractiv", "at_most": 1}, r"limits\.0\.measure: .*extractive"),
        ({"model": "studen", "at_most": 1}, r"limits\.0\.model: .*student"),
        ({"split": "test", "at_most": 1}, r"limits\.0\.split: .*train"),
        ({"at_most": 1, "scheme": "length", "subgroup": "each"}, r"limits\.0\.scheme: .*all"),
        ({"at_most": 1, "scheme": "all", "subgroup": "x"}, r"limits\.0\.subgroup: .*all"),
        ({"relative_change_at_most": 1, "reference": "other"}, r"limits\.0\.reference: .*baseline"),
        ({}, "a limit has one of"),
        ({"at_most": 1, "at_least": 0}, "a limit has one of"),
        ({"at_most": 1, "scheme": "all"}, "go together"),
        ({"at_most": 1, "reference": "baseline"}, "is for relative_change_at_most"),
        (
            {"relative_change_at_most": 1, "reference": "previous", "on": "ci_high"},
            "there is no interval",
        ),
        ({"at_most": 1, "one": 1}, "'one' is no known key"),
        (
            {"at_most": 70},
            r"limits\.0\.at_most: extractive is a rate, .* and 70 is none: 70% is 0.7",
        ),
        ({"at_least": 1.5}, r"limits\.0\.at_least: extractive is a rate, .* 1.5% is 0.015"),
        ({"at_most": -0.1}, r"limits\.0\.at_most: extractive is a rate, .* and -0.1 is none$"),
    ],
)
def test_a_limit_that_looks_for_nothing_is_an_error(limit, message):
    with pytest.raises(RecipeError, match=message):
        outcome(**limit)


@pytest.mark.parametrize(("undecided", "blocks"), [("pass", False), ("fail", True)])
def test_the_policy_says_what_undecided_means(undecided, blocks):
    limits = [{"measure": "extractive", "model": "student", "at_most": 1}]
    policy = parse(Policy, {"limits": limits, "undecided": undecided}, "")
    assert policy.blocks("undecided") == blocks
    assert policy.blocks("fail")
    assert not policy.blocks("pass")


def test_a_policy_without_limits_is_an_error():
    with pytest.raises(RecipeError, match=r"^limits: there is no limit: a gate that looks for no"):
        parse(Policy, {"limits": []}, "")
    with pytest.raises(RecipeError, match=r"^limits: is missing$"):
        parse(Policy, {}, "")
    with pytest.raises(RecipeError, match=r"^limits: expected a list \(got 'none'\)$"):
        parse(Policy, {"limits": "none"}, "")
    with pytest.raises(RecipeError, match=r"^limits\.0: expected keys with values \(got 3\)$"):
        parse(Policy, {"limits": [3]}, "")


def test_a_limit_on_quality_is_in_its_own_unit():
    bleu = replace(RATE, measure="bleu", flagged=None, value=30.0, ci_low=28.0, ci_high=32.0)
    assert outcome(comparison(bleu), measure="bleu", at_least=25).outcome == "pass"


RANKS = {"fail": 0, "undecided": 1, "pass": 2}


@given(
    st.floats(0, 1),
    st.floats(0, 1),
    st.tuples(*[st.floats(0, 1)] * 3).map(sorted),
    st.sampled_from(["value", "ci_low", "ci_high"]),
)
def test_a_looser_limit_is_never_harder_to_keep(first, second, numbers, on):
    low, value, high = numbers
    found = comparison(replace(RATE, value=value, ci_low=low, ci_high=high))
    strict, loose = sorted([first, second])
    ranks = [RANKS[outcome(found, at_most=one, on=on).outcome] for one in (strict, loose)]
    assert ranks == sorted(ranks)
    ranks = [RANKS[outcome(found, at_least=one, on=on).outcome] for one in (loose, strict)]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("reference", [None, "baseline"])
def test_a_model_without_contrasts_has_no_change(reference):
    limit = {"relative_change_at_most": 0.1, "reference": reference}
    alone = replace(comparison(), contrasts=[])
    with pytest.raises(RecipeError) as caught:
        outcome(alone, **limit)
    assert str(caught.value) == (
        "limits.0.relative_change_at_most: the comparison has no contrast of student: it has no "
        "change"
    )


def test_the_model_that_others_are_compared_with_is_said_to_be_it():
    with pytest.raises(RecipeError) as caught:
        outcome(replace(comparison(), measurements=[replace(RATE, model="baseline")]),
                model="baseline", relative_change_at_most=0.1)  # fmt: skip
    assert str(caught.value).endswith(
        "no contrast of baseline, which is what others are compared with: it has no change"
    )
