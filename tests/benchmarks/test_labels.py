"""How scores and flags are held against people's labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.labelled import KINDS, at_recall, auroc, cross_validated, folds, read
from benchmarks.labels import lowest, table

ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 4)), min_size=1, max_size=20)
HEAD = ",".join(["src", "mt", *KINDS.values()])


@given(ROWS)
def test_auroc_is_the_share_of_pairs_in_order(rows):
    labels, scores = (np.array(column) for column in zip(*rows, strict=True))
    positive, negative = scores[labels], scores[~labels]
    pairs = [(one > other) + (one == other) / 2 for one in positive for other in negative]
    found = auroc(labels, scores.astype(float))
    np.testing.assert_allclose(found, np.mean(pairs) if pairs else np.nan)


@given(ROWS)
def test_a_row_of_weight_2_is_a_row_twice(rows):
    labels, scores = (np.array(column) for column in zip(*rows, strict=True))
    weights = 1.0 + (np.arange(len(rows)) % 2)
    twice = np.repeat(np.arange(len(rows)), weights.astype(int))
    weighed = auroc(labels, scores.astype(float), weights)
    np.testing.assert_allclose(weighed, auroc(labels[twice], scores[twice].astype(float)))


def test_precision_and_false_positives_at_a_recall():
    labels = np.array([True, False, True, False, False])
    scores = np.array([5.0, 4.0, 3.0, 2.0, -np.inf])
    assert at_recall(labels, scores, 0.5) == (1.0, 0.0)
    assert at_recall(labels, scores, 0.9) == pytest.approx((2 / 3, 1 / 3))
    assert lowest(labels, scores, 0.5) == 5.0
    assert lowest(labels, scores, 0.51) == 3.0


def test_copies_of_a_translation_are_held_out_together():
    group = np.array([0, 1, 0, 2, 3, 4, 2])
    held_out = np.array(list(folds(group, seed=1)))
    assert (held_out.sum(axis=0) == 1).all()
    np.testing.assert_array_equal(held_out[:, 0], held_out[:, 2])
    rows = cross_validated(group, lambda _: lambda others: np.flatnonzero(others), seed=1)
    assert rows.tolist() == list(range(7))


def test_another_corpus_of_the_same_columns_will_do(tmp_path):
    path = tmp_path / "labels.csv"
    good = "\n".join(
        f"Haus Nummer {n} steht dort,House number {n} is there,0,0,0" for n in "123456"
    )
    bad = "\n".join(f"Er kam {word},the the the the the the the the,1,0,0" for word in "abc")
    path.write_text(f"{HEAD}\n{good}\n{bad}\n", "utf-8")
    made = table(path)
    assert "9 translations, de to en; oscillatory 3" in made
    assert "| `oscillatory_calibrated` | 1.000 (1.000 to 1.000) |" in made


@pytest.mark.parametrize(
    ("content", "message"),
    [("src,mt\na,b\n", "no column 'repetitions'"), (f"{HEAD}\na,b,2,0,0\n", "row 2.*not 0 or 1")],
)
def test_a_foreign_file_is_refused(tmp_path, content, message):
    path = tmp_path / "labels.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(ValueError, match=message):
        read(path)


def test_without_labels_it_says_so(tmp_path, capsys):
    assert "Skipped" in table(tmp_path / "none.csv")
    assert "skipped: no labelled translations at" in capsys.readouterr().err
