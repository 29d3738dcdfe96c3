"""A user's file of ids and subgroups: every form, and every mistake with its line or row."""

from __future__ import annotations

import gzip
import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kdaudit.errors import InputError
from kdaudit.stages.users_subgroups import users_subgroups
from kdaudit.subgroups.users import UsersFile

IDS = np.array([4, 0, 7, 2])
"""Ids of a split, in the order of its rows."""

ROWS = [(7, "news"), (4, "talks"), (2, "news")]
EXPECTED = ["talks", None, "news", "news"]


def written(folder, ending, rows=ROWS, names=("id", "subgroup")):
    path = folder / f"mine{ending}"
    match ending:
        case ".tsv":
            path.write_text("".join(f"{a}\t{b}\n" for a, b in rows))
        case ".tsv.gz":
            path.write_bytes(gzip.compress("".join(f"{a}\t{b}\n" for a, b in rows).encode()))
        case ".csv":
            path.write_text(",".join(names) + "\n" + "".join(f"{a},{b}\n" for a, b in rows))
        case ".jsonl":
            lines = (json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows)
            path.write_text("".join(lines))
        case ".parquet":
            columns = zip(*rows, strict=True)
            pq.write_table(pa.table(dict(zip(names, map(list, columns), strict=True))), path)
    return path


def read(path, columns=None, ids=IDS):
    return users_subgroups(UsersFile({"train": str(path)}, columns), "train", ids)


FORMS = (".tsv", ".tsv.gz", ".csv", ".jsonl", ".parquet")


@pytest.mark.parametrize("ending", FORMS)
def test_each_form_names_the_subgroups_of_its_ids(tmp_path, ending):
    assert read(written(tmp_path, ending)).to_pylist() == EXPECTED


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_columns_of_other_names_are_mapped(tmp_path, ending):
    path = written(tmp_path, ending, names=("segment", "domain"))
    assert read(path, {"id": "segment", "subgroup": "domain"}).to_pylist() == EXPECTED
    with pytest.raises(InputError, match="'id' is no known column"):
        read(path)


def test_columns_of_a_tsv_file_are_mapped_by_number(tmp_path):
    path = tmp_path / "mine.tsv"
    path.write_text("x\tnews\t7\nx\ttalks\t4\nx\tnews\t2\n")
    assert read(path, {"id": 2, "subgroup": 1}).to_pylist() == EXPECTED


@pytest.mark.parametrize("ids", [[], [3]])
def test_a_split_of_no_or_one_segment(tmp_path, ids):
    path = written(tmp_path, ".tsv", [(3, "a")])
    if ids:
        assert read(path, ids=np.array(ids)).to_pylist() == ["a"]
    else:
        with pytest.raises(InputError, match="id 3 is not in the split 'train'"):
            read(path, ids=np.array(ids, dtype=np.int64))


def test_years_may_be_subgroups(tmp_path):
    path = written(tmp_path, ".parquet", [(0, 1999), (2, 2001)])
    assert read(path).to_pylist() == [None, "1999", None, "2001"]


WRONG = {
    "unknown id": ([(7, "a"), (5, "b")], 2, "id 5 is not in the split 'train'"),
    "doubled id": ([(7, "a"), (2, "b"), (7, "a")], 3, "id 7 is named a second time, after {} 1"),
    "no name": ([(7, "a"), (2, " ")], 2, "the subgroup has no name"),
}


@pytest.mark.parametrize("ending", FORMS)
@pytest.mark.parametrize(("rows", "row", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_row_is_named(tmp_path, ending, rows, row, message):
    path = written(tmp_path, ending, rows)
    by_line = not ending.startswith((".csv", ".parquet"))
    place = f"{path}:{row}: " if by_line else f"{path}: row {row}: "
    expected = re.escape(place + message.format("line" if by_line else "row"))
    with pytest.raises(InputError, match=f"^{expected}$"):
        read(path)


@pytest.mark.parametrize("bad", ["x", "-1", "1.5", "", "99999999999999999999"])
def test_an_id_that_is_no_whole_number_is_named(tmp_path, bad):
    path = written(tmp_path, ".tsv", [(7, "a"), (bad, "b")])
    message = re.escape(f"{path}:2: expected an id, a whole number, got '{bad}'")
    with pytest.raises(InputError, match=message):
        read(path)


def test_ids_of_another_kind_are_refused(tmp_path):
    with pytest.raises(InputError, match="ids are whole numbers, not double"):
        read(written(tmp_path, ".parquet", [(7.0, "a")]))
    with pytest.raises(InputError, match="row 2: there is no id"):
        read(written(tmp_path, ".parquet", [(7, "a"), (None, "a")]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file is empty"),
        ("7\ta\n2\n", r"mine\.tsv:2: 1 tab-separated columns, at least 2 needed"),
        ("7\ta\n2\tb\tc\n", r"mine\.tsv:2: 3 tab-separated columns, the first line has 2"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(tmp_path, content, message):
    path = tmp_path / "mine.tsv"
    path.write_text(content)
    with pytest.raises(InputError, match=message):
        read(path)
