"""Properties of the detectors that hold for any text."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.detectors import Services
from kdaudit.detectors.extractive import Extractive
from kdaudit.detectors.oscillatory import Oscillatory
from kdaudit.detectors.repeated_target import RepeatedTarget
from kdaudit.detectors.tokenize import basic_tokenize
from kdaudit.segments import Segments
from tests import plain

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
WORDS = st.lists(st.sampled_from(["a", "b", "c", "ja"]), max_size=12).map(" ".join)


def strings(values):
    return pa.array(values, pa.string())


@given(TEXT)
def test_the_tokenizer_follows_the_rules_on_any_text(text):
    assert basic_tokenize(text) == plain.tokens(text)


@given(st.text(st.sampled_from("Aa1 .,-_\t\x01"), max_size=30))
def test_the_tokenizer_follows_the_rules_on_ascii(text):
    assert basic_tokenize(text) == plain.tokens(text)


@given(st.lists(st.tuples(WORDS, WORDS), max_size=10), st.integers(0, 12), st.integers(-3, 6))
def test_higher_thresholds_never_flag_more(rows, count, difference):
    segments = Segments.of(
        source=strings([row[0] for row in rows]),
        translation=strings([row[1] for row in rows]),
    )
    scored = Oscillatory().score(segments, Services())
    some = Oscillatory(count, difference).judge(scored)
    for stricter in (Oscillatory(count + 1, difference), Oscillatory(count, difference + 1)):
        assert not (stricter.judge(scored) & ~some).any()


@given(st.lists(st.sampled_from(["a", "b", "c", "d", "e", "f"]), max_size=30))
def test_repeated_targets_do_not_change_when_every_row_occurs_twice(sources):
    once = Segments.of(source=strings(sources), translation=strings(["x"] * len(sources)))
    rows = np.repeat(np.arange(len(sources)), 2)
    twice = Segments.of(
        source=strings([sources[row] for row in rows]),
        translation=strings(["x"] * len(rows)),
    )
    detector = RepeatedTarget()
    flags = detector.judge(detector.score(once, Services()))
    np.testing.assert_array_equal(detector.judge(detector.score(twice, Services())), flags[rows])


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 99))
def test_a_pair_is_flagged_just_when_its_trigger_lies_within_the_share(words, trigger, hundredths):
    share = hundredths / 100
    source = " ".join(f"s{word}" for word in range(words))
    target = " ".join(f"t{word}" for word in range(words))
    segments = Segments.of(source=[source], target=[target], translation=[target])
    detector = Extractive(share=share, min_source_words=1, identify_language=False)

    def translate(prefixes):
        return [target if len(prefix.split()) >= trigger else "" for prefix in prefixes]

    scored = detector.score(segments, Services(translate=translate))
    within = trigger * 100 <= hundredths * words
    assert detector.judge(scored).tolist() == [within]
    assert scored.score[0] == (trigger / words if within else 1.0)
