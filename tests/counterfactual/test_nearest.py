"""Nearest neighbours against brute force with sacreBLEU's own sentence chrF."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.chrf import CHRF

from kdaudit.corpus import embedded_splits
from kdaudit.counterfactual import nearest, nearest_pairs
from kdaudit.errors import AlignmentError

TEXT = st.text(alphabet="ab cäß", max_size=14)


def chrf(hypothesis: str, reference: str) -> float:
    return float(CHRF().sentence_score(hypothesis, [reference]).score)


def check(sides: dict[str, list[str]]) -> None:
    """Each score is the highest of all others, and that of the place beside it."""
    rows = range(len(next(iter(sides.values()))))
    tables = {
        name: [[chrf(other, own) for other in texts] for own in texts]
        for name, texts in sides.items()
    }
    tables["pair"] = np.mean([tables[name] for name in sides], axis=0).tolist()
    for name, found in nearest_pairs(sides).items():
        for row in rows:
            best = max(tables[name][row][other] for other in rows if other != row)
            assert found.score[row] == pytest.approx(best, abs=1e-3)
            assert found.place[row] != row
            assert tables[name][row][found.place[row]] == pytest.approx(best, abs=1e-3)


@settings(max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=2, max_size=7))
def test_short_and_empty_texts(pairs):
    check({"source": [one for one, _ in pairs], "target": [two for _, two in pairs]})


def test_sentences_in_blocks(monkeypatch):
    monkeypatch.setattr(nearest, "CELLS", 100)  # two rows at a time
    monkeypatch.setattr(nearest, "_DENSE", 400)
    pairs = embedded_splits(2, train=45, valid=1, test=1)["train"]
    check({"source": pairs.texts("source"), "target": pairs.texts("target")})


def test_one_pair_has_no_other():
    found = nearest_pairs({"target": ["allein"]})["target"]
    assert np.isnan(found.score[0])
    assert found.place[0] == -1


def test_sides_are_of_one_length():
    with pytest.raises(AlignmentError, match="differ in length"):
        nearest_pairs({"source": ["a", "b"], "target": ["a"]})
