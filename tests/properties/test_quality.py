"""Properties of the quality metrics that hold for any counts and any texts."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sacrebleu.metrics import BLEU, CHRF

from kdaudit.quality.bleu import Bleu
from kdaudit.quality.chrf import Chrf
from kdaudit.quality.diversity import Diversity
from kdaudit.segments import Segments

TEXT = st.lists(st.sampled_from(["a", "b", "cd", "e,", "我"]), max_size=8).map(" ".join)
ROWS = st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=5)


@given(ROWS)
@pytest.mark.parametrize(("ours", "theirs"), [(Bleu(), BLEU()), (Chrf(), CHRF())])
def test_corpus_values_are_sacrebleus_on_any_text(ours, theirs, rows):
    translations, targets = [row[0] for row in rows], [row[1] for row in rows]
    segments = Segments.of(translation=translations, target=targets)
    value = ours.aggregate(ours.units(ours.score(segments).statistics).sum(axis=0))
    expected = theirs.corpus_score(translations, [targets]).score
    # Where there is nothing to count, we say so and sacreBLEU says 0.
    assert abs(value - expected) < 1e-9 or (np.isnan(value) and expected == 0 and not any(targets))


@given(st.lists(TEXT, max_size=12), st.integers(1, 6))
def test_diversity_is_the_mean_share_of_distinct_tokens_in_full_windows(translations, window):
    metric = Diversity(window, tokenize="none")
    segments = Segments.of(translation=pa.array(translations, pa.string()))
    tokens = " ".join(translations).split()
    windows = [tokens[start : start + window] for start in range(0, len(tokens), window)]
    shares = [len(set(part)) / window for part in windows if len(part) == window]
    value = metric.aggregate(metric.units(metric.score(segments).statistics).sum(axis=0))
    assert value == pytest.approx(np.mean(shares) if shares else np.nan, nan_ok=True)
