"""Files of a run directory: whole or not there, complete or refused."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdaudit.artifacts import (
    SUBGROUPS,
    count_rows,
    metadata,
    read_json,
    read_rows,
    read_table,
    reading,
    replacing,
    shard_name,
    shard_rows,
    write_json,
    write_parts,
    write_table,
)
from kdaudit.errors import ArtifactError
from kdaudit.recorded import record_of


def table(*ids: int) -> pa.Table:
    return pa.table({"id": pa.array(ids, pa.int64()), "subgroup": [f"g{i}" for i in ids]})


def test_a_table_comes_back_as_it_was_written_with_its_metadata(tmp_path):
    path = tmp_path / "new folder" / "t.parquet"
    write_table(path, table(3, 1), SUBGROUPS, {"signature": "x|y:1"})
    assert read_table(path, SUBGROUPS).equals(table(3, 1))
    assert metadata(path) == {"signature": "x|y:1"}


def test_a_table_of_parts_comes_back_whole_with_metadata_known_at_the_end(tmp_path):
    path, seen = tmp_path / "t.parquet", []

    def parts():
        for ids in ((3, 1), (), (2,)):
            seen.append(len(ids))
            yield table(*ids)

    write_parts(path, parts(), SUBGROUPS, lambda: {"rows": str(sum(seen))})
    assert read_table(path, SUBGROUPS).combine_chunks().equals(table(3, 1, 2))
    assert metadata(path) == {"rows": "3"}
    assert count_rows(path) == 3


def test_a_table_of_no_parts_is_a_table(tmp_path):
    path = tmp_path / "t.parquet"
    write_parts(path, [], SUBGROUPS)
    assert read_table(path, SUBGROUPS).schema == SUBGROUPS
    assert list(read_rows(path, SUBGROUPS, ["id"], range(0))) == []


def test_parts_that_break_off_leave_what_was_there(tmp_path):
    path = tmp_path / "t.parquet"
    write_table(path, table(1), SUBGROUPS)

    def parts():
        yield table(2)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        write_parts(path, parts(), SUBGROUPS)
    assert set(tmp_path.iterdir()) == {path, record_of(path)}
    assert read_table(path, SUBGROUPS).equals(table(1))


@pytest.mark.parametrize("part_rows", [1, 3, 4, 100])
def test_some_rows_are_the_same_however_they_are_cut(tmp_path, monkeypatch, part_rows):
    monkeypatch.setattr(reading, "PART_ROWS", part_rows)
    path = tmp_path / "t.parquet"
    write_parts(path, [table(*range(4)), table(*range(4, 10))], SUBGROUPS)
    for rows in (range(10), range(0), range(3, 8), range(9, 10)):
        parts = list(read_rows(path, SUBGROUPS, ["subgroup"], rows))
        found = [value for part in parts for value in part["subgroup"].to_pylist()]
        assert found == [f"g{row}" for row in rows]
        assert all(part.num_rows <= part_rows for part in parts)


def test_a_file_that_is_no_table_has_no_rows_to_count(tmp_path):
    path = tmp_path / "t.parquet"
    with pytest.raises(ArtifactError, match="no such file"):
        count_rows(path)
    path.write_text("text")
    with pytest.raises(ArtifactError, match="no whole Parquet file"):
        list(read_rows(path, SUBGROUPS, ["id"], range(1)))


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


def damaged(path, data: bytes) -> None:
    """A file without a hash beside it: as of a version that recorded none, or somebody's own."""
    path.write_bytes(data)
    record_of(path).unlink(missing_ok=True)


def test_json_that_is_nested_without_end_is_an_error(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[" * 200_000)
    with pytest.raises(ArtifactError, match=r"a\.json: is no JSON: maximum recursion depth"):
        read_json(path)


def test_names_and_metadata_that_are_no_utf8_are_an_error(tmp_path):
    path = tmp_path / "t.parquet"
    write_table(path, table(3, 1), SUBGROUPS)
    whole = path.read_bytes()
    pq.write_table(table(3, 1).replace_schema_metadata({"signature": b"\xff|y:1"}), path)
    record_of(path).unlink()
    with pytest.raises(ArtifactError, match=r"is no whole Parquet file: .*utf-8"):
        metadata(path)
    assert read_table(path, SUBGROUPS).equals(table(3, 1))
    damaged(path, whole.replace(b"subgroup", b"sub\xffroup"))
    for read in (read_table, lambda *at: list(read_rows(*at, ["id"], range(1)))):
        with pytest.raises(ArtifactError, match=r"is no whole Parquet file|has no column"):
            read(path, SUBGROUPS)


def test_no_byte_of_a_damaged_table_is_a_fault(tmp_path):
    """Whatever it breaks: Arrow says that it is invalid, or asks for what is not implemented."""
    path = tmp_path / "t.parquet"
    write_table(path, table(*range(5)), SUBGROUPS, {"signature": "x"})
    whole = path.read_bytes()
    said = set()
    for place in range(len(whole) - 700, len(whole)):
        for value in (whole[place] ^ 1, 0xFF):
            damaged(path, whole[:place] + bytes([value]) + whole[place + 1 :])
            for read in (metadata, count_rows, lambda one: read_table(one, SUBGROUPS)):
                try:
                    read(path)
                except ArtifactError as error:
                    said.add(type(error.__cause__).__name__)
    assert {"ArrowInvalid", "OSError"} <= said
