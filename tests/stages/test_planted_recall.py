"""The two-step recall counts distinct pairs, and says what reproduction means for each kind."""

from __future__ import annotations

import pyarrow as pa
import pytest

from kdaudit.stages import detect
from kdaudit.stages.planted_recall import planted_recall, reproduces
from tests.fakes import fake_run, write_translations


@pytest.mark.parametrize(
    ("kind", "target", "translation", "expected"),
    [
        ("copy", "the cat", " the cat ", True),
        ("copy", "the cat", "die Katze", False),
        ("oscillating", "a b " * 12, "a b " * 12, True),
        ("oscillating", "a b " * 12, "a b " * 40, True),
        ("oscillating", "a b " * 12, "a b " * 6, True),
        ("oscillating", "a b " * 12, "a b " * 5 + "c d e", False),
        ("oscillating", "a b " * 12, "", False),
    ],
)
def test_reproduction(kind, target, translation, expected):
    assert reproduces(kind, target, translation) is expected


def test_copies_of_a_pair_count_once(tmp_path):
    rows = [
        ("s0", "t0", None, None),
        ("s1", "t1", "idiosyncratic", 2),
        ("s1", "t1", "idiosyncratic", 2),
        ("s2", "t2", "idiosyncratic", 2),
        ("s3", "s3", "copy", 1),
    ]
    sources, targets, planted, repetitions = zip(*rows, strict=True)
    corpus = pa.table(
        {
            "id": list(range(len(rows))),
            "source": sources,
            "target": targets,
            "planted": pa.array(planted, pa.string()),
            "repetitions": pa.array(repetitions, pa.int32()),
        }
    )
    models = {"baseline": {"role": "baseline"}}
    run = fake_run(tmp_path, corpus, {}, models=models, detectors={"exact_match": {}})
    write_translations(run, "baseline", "train", ["t0", "t1", "t1", "x", "s3"])
    detect.run(run, "exact_match", "baseline", "train")
    found = {row["kind"]: row for row in planted_recall(run)}
    assert set(found) == {"idiosyncratic", "copy"}
    counts = [found["idiosyncratic"][name] for name in ("planted", "reproduced", "found")]
    assert counts == [2, 1, 1]
    assert found["idiosyncratic"]["repetitions"] == 2
    assert found["copy"]["found"] == 1
