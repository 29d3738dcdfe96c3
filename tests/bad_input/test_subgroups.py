"""Bad subgroups at the command line: files of a user, and columns that nobody has computed."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from tests.bad_input.refusals import check, files
from tests.fakes import fake_run

SCHEMES = {
    "mine": {"kind": "file", "files": {"train": "mine.tsv"}},
    "quality": {"splits": ["train"]},
    "corners": {},
    "extremes": {"size": 2, "column": "kiwi"},
    "text": {"kind": "quality", "column": "note"},
}
COLUMNS = {"source": "s", "target": "t", "kiwi": "kiwi", "note": "note"}


@pytest.fixture
def run_dir(tmp_path) -> Path:
    corpus = pa.table(
        {
            "id": [0, 1, 2],
            "source": ["a", "b", "c"],
            "target": ["A", "B", "C"],
            "kiwi": [0.1, 0.2, 0.3],
            "note": ["0.5", "good", "0.7"],
        }
    )
    splits = {"train": {"file": "a.csv", "columns": COLUMNS}, "valid": {"tsv": "v.tsv"}}
    asked = {"model": "teacher", "models": 4}
    fake_run(
        tmp_path, corpus, {}, corpus={"splits": splits}, subgroups=SCHEMES, counterfactual=asked
    )
    return tmp_path


def refused(kdaudit, run_dir: Path, scheme: str, message: str) -> None:
    before = files(run_dir)
    check(kdaudit("group", run_dir, "--scheme", scheme, "--split", "train"), message)
    assert files(run_dir) == before


FILES = {
    "unknown id": ("0\ta\n3\tb\n", ":2: id 3 is not in the split 'train'"),
    "doubled id": ("0\ta\n1\tb\n0\tc\n", ":3: id 0 is named a second time, after line 1"),
    "no id": ("0\ta\nb\tb\n", ":2: expected an id, a whole number, got 'b'"),
    "no name": ("0\ta\n1\t\n", ":2: the subgroup has no name"),
    "one column": ("0\n", ":1: 1 tab-separated columns, at least 2 needed"),
    "nothing": ("", ": the file is empty"),
}


@pytest.mark.parametrize(("content", "message"), FILES.values(), ids=FILES)
def test_a_users_file(kdaudit, run_dir, content, message):
    (run_dir / "mine.tsv").write_text(content)
    refused(kdaudit, run_dir, "mine", f"{run_dir}/mine.tsv{message}")


def test_a_users_file_that_is_not_there(kdaudit, run_dir):
    refused(kdaudit, run_dir, "mine", f"{run_dir}/mine.tsv: there is no such file")


def test_segments_that_the_file_does_not_name_are_told(kdaudit, run_dir):
    (run_dir / "mine.tsv").write_text("2\ta\n")
    done = kdaudit("group", run_dir, "--scheme", "mine", "--split", "train")
    assert done.code == 0
    assert "kdaudit: warning: mine, train: segments_not_named: 2" in done.err


@pytest.mark.parametrize(
    ("scheme", "message"),
    [
        ("quality", "…/quality/back_translation/corpus/train.parquet: no such file: …"),
        ("corners", "…/counterfactual/teacher.parquet: no such file: …"),
        ("extremes", "subgroups.extremes, split 'train': …: size can be 1 at most"),
        ("text", "subgroups.text, split 'train': column 'note' of id 1 is no number: 'good'"),
        ("qualty", "'qualty' is no known subgroup scheme of this recipe; did you mean 'quality'?…"),
    ],
)
def test_a_scheme_without_its_numbers(kdaudit, run_dir, scheme, message):
    refused(kdaudit, run_dir, scheme, message)
