"""Files of a run directory: whole or not there, complete or refused."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.artifacts import (
    SUBGROUPS,
    metadata,
    read_json,
    read_table,
    replacing,
    shard_name,
    shard_rows,
    write_json,
    write_table,
)
from kdaudit.errors import ArtifactError


def table(*ids: int) -> pa.Table:
    return pa.table({"id": pa.array(ids, pa.int64()), "subgroup": [f"g{i}" for i in ids]})


def test_a_table_comes_back_as_it_was_written_with_its_metadata(tmp_path):
    path = tmp_path / "new folder" / "t.parquet"
    write_table(path, table(3, 1), SUBGROUPS, {"signature": "x|y:1"})
    assert read_table(path, SUBGROUPS).equals(table(3, 1))
    assert metadata(path) == {"signature": "x|y:1"}


def test_a_failed_write_leaves_neither_the_file_nor_a_temporary_one(tmp_path):
    path = tmp_path / "t.json"
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_keeps_what_was_there(tmp_path):
    path = tmp_path / "t.json"
    write_json(path, {"old": 1})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"new": float("nan")})
    assert read_json(path) == {"old": 1}


def test_shards_come_in_the_order_of_their_numbers(tmp_path):
    for number in reversed(range(12)):
        write_table(tmp_path / shard_name(number, 12), table(number), SUBGROUPS)
    assert read_table(tmp_path, SUBGROUPS)["id"].to_pylist() == list(range(12))


def test_shards_of_two_sets_are_refused(tmp_path):
    write_table(tmp_path / shard_name(0, 1), table(0), SUBGROUPS)
    write_table(tmp_path / shard_name(1, 2), table(1), SUBGROUPS)
    with pytest.raises(ArtifactError, match="not complete"):
        read_table(tmp_path, SUBGROUPS)


@given(st.integers(0, 500), st.integers(1, 17))
def test_shards_are_a_partition_of_the_rows(rows, count):
    parts = [shard_rows(rows, number, count) for number in range(count)]
    assert [row for part in parts for row in part] == list(range(rows))
