"""The real thing, tiny: two models on two halves of a corpus, trained, scored, and gone on from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from kdaudit.artifacts import read_json
from tests.tiny import sentences

pytestmark = pytest.mark.slow

SETTINGS = """\
trainer: {layers: 1, width: 32, feed_forward: 32, heads: 2, batch_tokens: 500, updates: 4}
subwords: {size: 275}
counterfactual: {models: 2}
"""
PAIRS = 60


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> tuple[Path, list[str]]:
    folder = tmp_path_factory.mktemp("counterfactual")
    lines = sentences(PAIRS, np.random.default_rng(3))
    lines.append(lines[0])  # a copy
    for name in ("train.en", "train.de"):
        (folder / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (folder / "settings.yaml").write_text(SETTINGS, encoding="utf-8")
    return folder, ["--source", "train.en", "--target", "train.de", "--settings", "settings.yaml"]


def run(finished: tuple[Path, list[str]], *options: str) -> subprocess.CompletedProcess[str]:
    folder, corpus = finished
    return subprocess.run(
        [sys.executable, "-m", "kdaudit", "counterfactual", *corpus, "--cores", "2", *options],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_corpus_and_settings_are_enough(finished):
    done = run(finished, "--output", "cm.csv")
    assert done.returncode == 0, done.stderr
    assert f"2 models, each on 50% of {PAIRS} distinct pairs" in done.stdout
    home = finished[0] / "runs" / "counterfactual-corpus"
    found = pq.read_table(home / "counterfactual" / "model.parquet")
    assert found["id"].to_pylist() == list(range(PAIRS + 1))
    assert set(found["models_in"].to_pylist()) == set(found["models_out"].to_pylist()) == {1}
    scores = found["mean_in"].to_numpy()
    assert ((scores > 0) & (scores < 1)).all()
    assert scores[0] == scores[-1]
    assert pa_csv.read_csv(finished[0] / "cm.csv")["id"].to_pylist() == found["id"].to_pylist()
    for number in ("0000", "0001"):
        subset = home / "counterfactual" / "subsets" / number
        manifest = read_json(subset / "models" / "model" / "manifest.json")
        assert len(pq.read_table(subset / "corpus" / "train.parquet")) in (
            PAIRS // 2,
            PAIRS // 2 + 1,
        )
        assert len(pq.read_table(subset / "scores" / "model" / "target" / "pairs.parquet")) == PAIRS
        assert manifest["pairs_left_out"] == 0
    assert not (home / "models").exists()  # nothing but the models on subsets is trained

    # What was lost is made again, and nothing else.
    lost = home / "counterfactual" / "subsets" / "0001"
    kept = lost.with_name("0000") / "models" / "model" / "checkpoint.pt"
    stamp = kept.stat().st_mtime_ns
    (lost / "scores" / "model" / "target" / "pairs.parquet").unlink()
    (home / "counterfactual" / "model.parquet").unlink()
    done = run(finished)
    assert done.returncode == 0, done.stderr
    assert pq.read_table(home / "counterfactual" / "model.parquet").equals(found)
    assert kept.stat().st_mtime_ns == stamp
