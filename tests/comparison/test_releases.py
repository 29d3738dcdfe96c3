"""Two releases: what is refused, what is paired, and the intervals where nothing can be."""

from dataclasses import replace

import numpy as np
import pytest

from kdaudit.comparison import (
    Comparison,
    Flags,
    Measurement,
    Quality,
    Split,
    compare,
    from_json_dict,
    releases,
)
from kdaudit.comparison.intervals import wilson
from kdaudit.comparison.unpaired import unpaired_effect
from kdaudit.errors import ArtifactError
from tests.comparison.comparison_data import data


def rate(flagged: int, n: int, subgroup: str = "all", **place: str) -> Measurement:
    """A rate with Wilson's interval."""
    low, high = wilson(flagged, n, 0.95)
    where = {"measure": "natural", "model": "m", "split": "train", "scheme": "all"} | place
    return Measurement(
        **where,
        subgroup=subgroup,
        n=n,
        flagged=flagged,
        value=flagged / n,
        ci_low=low,
        ci_high=high,
        interval="wilson",
    )


def stored(*rows: Measurement, **signature) -> Comparison:
    return Comparison(list(rows), [], signature)


@pytest.mark.parametrize(
    ("after", "other", "low", "high"),
    [  # Newcombe 1998, table II, method 10, without continuity correction
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_the_interval_of_a_difference_is_newcombes(after, other, low, high):
    effect = unpaired_effect(rate(*after), rate(*other), 0.95)
    assert effect.difference_ci == pytest.approx((low, high), abs=5e-5)
    assert effect.interval == "newcombe"


@pytest.mark.parametrize("events", [(56, 48), (50, 50), (20, 40), (30, 31), (12, 0), (0, 12)])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_the_test_agrees_with_the_interval(events, confidence):
    rows = [
        replace(
            rate(x, 100),
            ci_low=wilson(x, 100, confidence)[0],
            ci_high=wilson(x, 100, confidence)[1],
        )
        for x in events
    ]
    effect = unpaired_effect(*rows, confidence)
    low, high = effect.difference_ci
    assert (effect.p_value < 1 - confidence) == (low > 0 or high < 0)
    assert low <= effect.difference <= high
    back = unpaired_effect(*reversed(rows), confidence)
    assert back.difference_ci == pytest.approx((-high, -low))
    assert back.p_value == pytest.approx(effect.p_value)


@pytest.mark.parametrize("events", [(56, 48), (5, 9), (1, 99), (99, 2), (30, 30), (0, 8)])
def test_the_interval_of_a_relative_change_holds_it_and_agrees_on_its_side(events):
    effect = unpaired_effect(rate(events[0], 100), rate(events[1], 100), 0.95)
    low, high = effect.relative_change_ci
    assert effect.relative_change == pytest.approx(events[0] / events[1] - 1)
    assert low <= effect.relative_change + 1e-12
    assert high >= effect.relative_change
    assert (low > 0) == (effect.difference_ci[0] > 0)
    assert (high < 0) == (effect.difference_ci[1] < 0)
    assert low >= -1


def test_a_ratio_whose_reference_may_be_twice_as_large_is_the_limit():
    middle = replace(rate(20, 100), ci_high=0.4)
    near = replace(rate(20, 100), ci_high=0.4 - 1e-7)
    ends = [
        unpaired_effect(rate(10, 100), row, 0.95).relative_change_ci[0] for row in (middle, near)
    ]
    assert ends[0] == pytest.approx(ends[1], abs=1e-4)


def test_without_an_event_before_there_is_no_relative_change_and_no_bound_none_at_all():
    effect = unpaired_effect(rate(5, 100), rate(0, 100), 0.95)
    assert (effect.relative_change, effect.relative_change_ci) == (None, None)
    empty = replace(rate(1, 100), value=None, ci_low=None, ci_high=None)
    assert unpaired_effect(empty, rate(1, 100), 0.95).difference is None
    negative = replace(rate(0, 10), flagged=None, value=-1.0, ci_low=-2.0, ci_high=0.5)
    scores = unpaired_effect(negative, replace(negative, value=-0.5), 0.95)
    assert scores.difference == -0.5
    assert scores.relative_change is None


def test_the_unpaired_test_keeps_its_level_and_its_interval_the_truth():
    rng = np.random.default_rng(3)
    held, wrong, repeats = 0, 0, 2000
    for _ in range(repeats):
        events = rng.binomial(300, 0.06, 2)
        effect = unpaired_effect(*(rate(int(x), 300) for x in events), 0.95)
        wrong += effect.p_value < 0.05
        held += effect.difference_ci[0] <= 0 <= effect.difference_ci[1]
    assert wrong / repeats < 0.065
    assert held / repeats > 0.935


def test_words_are_those_of_any_contrast_and_a_family_is_corrected_together():
    old = stored(rate(2, 100), rate(40, 100, "a", scheme="s"), rate(40, 100, "b", scheme="s"))
    new = stored(rate(3, 100), rate(56, 100, "a", scheme="s"), rate(41, 100, "b", scheme="s"))
    few, first, second = releases.from_values(old, new).contrasts
    assert (few.verdict, few.discordant, few.needed) == ("too_few", 3, 6)
    assert first.p_adjusted == pytest.approx(2 * first.p_value)
    assert (first.verdict, second.verdict, second.needed) == ("higher", "indistinguishable", None)
    assert (first.model, first.reference) == ("m", "m (previous)")


def test_rows_of_one_release_alone_are_listed_once_and_not_compared():
    old = stored(rate(5, 9), rate(5, 9, model="gone"), rate(5, 9, split="old"))
    new = stored(rate(5, 9), rate(5, 9, model="new", measure="copy"), rate(5, 9, measure="copy"))
    found = releases.from_values(old, new)
    assert [row.model for row in found.measurements] == ["m (previous)", "m"]
    assert releases.alone(old, new) == {
        "previous": {"model": ["gone"], "split": ["old"]},
        "candidate": {"model": ["new"], "measure": ["copy"]},
    }


@pytest.mark.parametrize(
    ("ours", "theirs", "told"),
    [
        (
            {"corpus": {"train": "a"}},
            {"corpus": {"train": "b"}},
            "the split 'train' has other segments (b, there a)",
        ),
        (
            {"detectors": {"copy": "x|1"}},
            {"detectors": {"copy": "x|2"}},
            "another detector 'copy': 'x|2', there 'x|1'",
        ),
        ({"confidence": 0.9}, {"confidence": 0.95}, "has intervals of level 0.05, there 0.1"),
    ],
)
def test_what_cannot_be_compared_is_told_with_what_differs(ours, theirs, told):
    found = releases.difference(stored(**ours), stored(**theirs))
    assert told in found
    assert releases.difference(stored(**ours), stored(**ours)) is None
    assert releases.difference(stored(**ours), stored()) is None or "confidence" in ours


def test_corpora_without_a_hash_are_told_apart_by_their_counts():
    sides = [Comparison([], [], {}, {"corpus": {"train": {"pairs": pairs}}}) for pairs in (5, 6)]
    assert "the split 'train' has 6 segments, there 5" in releases.difference(*sides)


def test_metrics_that_were_computed_in_other_ways_are_named():
    old, new = (stored(quality={"bleu": version, "ter": "t"}) for version in ("1", "2"))
    assert releases.other_metrics(old, new) == {"bleu": "'2', there '1'"}


DRAWN = {"seed": 1, "bootstrap": 200, "quality_bootstrap": 100, "confidence": 0.95}


def test_segments_are_compared_as_two_models_of_one_run_are():
    found = data()
    items = [*found.flags, *found.quality]
    old = [replace(one, model="m") for one in items if one.model == "baseline"]
    new = [replace(one, model="m") for one in items if one.model == "student"]
    told = []
    paired = releases.from_segments(found.splits, old, new, DRAWN, lambda *at: told.append(at))
    plain = compare(
        found.splits,
        [replace(o, model="m (previous)") for o in old if isinstance(o, Flags)]
        + [o for o in new if isinstance(o, Flags)],
        [replace(o, model="m (previous)") for o in old if isinstance(o, Quality)]
        + [o for o in new if isinstance(o, Quality)],
        "m (previous)",
        **DRAWN,
    )
    assert paired.contrasts == plain.contrasts
    assert {row.model for row in paired.measurements} == {"m", "m (previous)"}
    assert told == [(0, 1, "m")]


def test_pairing_sees_what_two_rates_cannot():
    size = 400
    rng = np.random.default_rng(1)
    everyone = np.ones(size, dtype=np.bool_)
    base = rng.random(size) < 0.3
    more = base.copy()
    more[np.flatnonzero(~base)[:9]] = True
    split = Split.of("train", np.arange(size), {"all": ["all"] * size})
    old, new = (Flags("copy", "m", "train", everyone, flags) for flags in (base, more))
    paired = releases.from_segments([split], [old], [new], DRAWN, lambda *at: None)
    assert paired.contrasts[0].verdict == "higher"
    rates = [compare([split], [one], **DRAWN) for one in (old, new)]
    assert releases.from_values(*rates).contrasts[0].verdict == "indistinguishable"


def test_a_comparison_of_releases_survives_being_stored():
    about = {
        "previous": "a",
        "candidate": "b",
        "paired": False,
        "why": "x",
        "alone": {"previous": {}, "candidate": {"model": ["n"]}},
        "remarks": ["And more."],
    }
    found = replace(
        releases.from_values(stored(rate(2, 100)), stored(rate(3, 100))), about={"releases": about}
    )
    assert from_json_dict(found.to_json_dict()) == found
    said = releases.said(found.about)
    assert said[0] == "Candidate: b; last release, `(previous)`: a."
    assert said[1].startswith("Not paired (x): ")
    assert said[2:] == ["In the candidate alone (model): n.", "And more."]
    assert releases.said({}) == []
    assert "Paired: " in releases.said({"releases": about | {"paired": True}})[1]


@pytest.mark.parametrize("key", ["previous", "paired", "alone", "remarks"])
def test_a_stored_comparison_whose_releases_are_damaged_is_refused(key):
    about = {"previous": "a", "candidate": "b", "paired": True, "why": "", "alone": {}}
    content = {"schema": "kdaudit.comparison/1", "measurements": [], "contrasts": []}
    content["releases"] = about | {"remarks": [], key: 3}
    with pytest.raises(ArtifactError, match=f"comparison: releases lacks '{key}', or it is wrong"):
        from_json_dict(content)
