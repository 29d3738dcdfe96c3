"""Readers of CSV, JSON lines and Parquet: columns, attributes, and what each mistake says."""

import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kdaudit.corpus import joined, read_sources, read_table
from kdaudit.errors import InputError
from tests.corpus.packing import ENDINGS, packed

WMT = {"source": "translation.en", "target": "translation.de"}


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        if isinstance(content, pa.Table):
            buffer = io.BytesIO()
            pq.write_table(content, buffer, row_group_size=3)
            content = buffer.getvalue()
        if isinstance(content, list):
            content = "".join(json.dumps(row) + "\n" for row in content)
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.write_bytes(packed(data, name))
        return path

    return write


def columns(segments, *names):
    return [segments.table[name].to_pylist() for name in names]


ROWS = [{"en": "one, two", "de": 'das "eine"', "n": "1"}, {"en": "", "de": "x\ny", "n": "2"}]
CSV = 'n,en,de\r\n1,"one, two","das ""eine"""\r\n2,,"x\ny"\r\n'


@pytest.mark.parametrize("packing", ENDINGS)
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CSV),
        ("a.jsonl", ROWS),
        ("a.ndjson", ROWS),
        ("a.parquet", pa.Table.from_pylist(ROWS)),
    ],
)
def test_every_form_gives_the_same_corpus(write, name, content, packing):
    path = write(name + packing, content)
    found = read_table(path, {"source": "en", "target": "de", "number": "n"})
    assert found.table.column_names == ["id", "source", "target", "number"]
    assert columns(found, "id", "source", "target", "number") == [
        [0, 1],
        ["one, two", ""],
        ['das "eine"', "x\ny"],
        ["1", "2"],
    ]
    first = read_table(path, {"source": "en", "target": "de"}, first=1)
    assert columns(first, "source", "target") == [["one, two"], ['das "eine"']]
    alone = read_table(path, {"source": "en"})
    assert columns(alone, "source", "target") == [["one, two", ""], [None, None]]
    assert alone.table.schema.field("target").type == pa.string()
    with pytest.raises(InputError, match="has 2 rows, 'first' asks for 3"):
        read_table(path, {"source": "en"}, first=3)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", "source,target\none,eins\n"),
        ("a.jsonl", [{"source": "one", "target": "eins"}]),
        ("a.parquet", pa.table({"source": ["one"], "target": ["eins"]})),
        ("a.tsv", "one\teins\n"),
    ],
)
def test_without_a_mapping_columns_are_called_source_and_target(write, name, content):
    assert columns(read_table(write(name, content)), "source", "target") == [["one"], ["eins"]]


def test_a_path_of_names_leads_into_nested_values(write):
    rows = [{"translation": {"en": "one", "de": "eins"}}, {"translation": {"en": "", "de": "zwei"}}]
    expected = [["one", ""], ["eins", "zwei"]]
    for path in (write("a.jsonl", rows), write("a.parquet", pa.Table.from_pylist(rows))):
        assert columns(read_table(path, WMT), "source", "target") == expected


def test_a_column_of_the_very_name_comes_before_nested_values(write):
    rows = [{"translation.en": "plain", "translation": {"en": "nested", "de": "eins"}}]
    for path in (write("a.jsonl", rows), write("a.parquet", pa.Table.from_pylist(rows))):
        assert columns(read_table(path, WMT), "source") == [["plain"]]


def test_attributes_keep_their_types_and_may_be_null(write):
    rows = [
        {"source": "a", "domain": None, "score": 1, "ok": True},
        {"source": "b", "domain": "news", "score": 0.5, "ok": None},
        {"source": "c", "score": None, "ok": False},
    ]
    asked = {"source": "source", "domain": "domain", "score": "score", "ok": "ok"}
    for path in (write("a.jsonl", rows), write("a.parquet", pa.Table.from_pylist(rows))):
        assert columns(read_table(path, asked), "domain", "score", "ok") == [
            [None, "news", None],
            [1.0, 0.5, None],
            [True, None, False],
        ]


@pytest.mark.parametrize("name", ["ids", "cls", "self", "table"])
def test_an_attribute_may_be_called_like_a_parameter(write, name):
    found = read_table(write("a.csv", f"source,{name}\none,x\n"), {"source": "source", name: name})
    assert columns(found, name) == [["x"]]


@pytest.mark.parametrize(
    "kind",
    [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())],
    ids=str,
)
def test_every_arrow_type_of_text_is_text(write, kind):
    table = pa.table({"source": pa.array(["one", "one", "two"]).cast(kind), "target": ["x"] * 3})
    found = read_table(write("a.parquet", table))
    assert found.texts("source") == ["one", "one", "two"]
    assert found.table.schema.field("source").type == pa.string()


def test_files_follow_each_other_and_attributes_that_one_lacks_are_null(write):
    first = read_table(write("a.jsonl", [{"source": "a", "n": 1}]), {"source": "source", "n": "n"})
    second = read_sources(write("b.en", "b\nc\n"))
    whole = joined([("a", first), ("b", second)])
    assert columns(whole, "id", "source", "n") == [[0, 1, 2], ["a", "b", "c"], [1, None, None]]
    text = read_table(write("c.csv", "source,n\nd,x\n"), {"source": "source", "n": "n"})
    with pytest.raises(InputError, match=r"c\.csv: attributes do not fit together.* n .*int64"):
        joined([("a", first), ("c.csv", text)])


def test_more_rows_than_a_part(write):
    count = 100_001
    texts = [f"{number} words" for number in range(count)]
    rows = "".join(f'{{"source": "{text}", "n": null}}\n' for text in texts[:-1])
    path = write("a.jsonl", rows + '{"source": "the end", "n": 7}\n')
    found = read_table(path, {"source": "source", "n": "n"})
    assert found.texts("source") == [*texts[:-1], "the end"]
    assert found.table["n"].null_count == count - 1
    path = write("a.parquet", pa.table({"source": texts[:30_000], "target": texts[:30_000]}))
    assert read_table(path).texts("target") == texts[:30_000]


# Mistakes: file, content, expected message, line.
MISTAKES = [
    ("a.csv", "source,traget\na,b\n", "'target' is no known column; did you mean 'traget'", 1),
    ("a.csv", "source,source,target\n", "the header has two columns 'source'", 1),
    ("a.csv", "source,target\na,b\nc\n", "1 cells, the header has 2", 3),
    ("a.csv", "source,target\na,b\n\n", "1 cells, the header has 2", 3),
    ("a.csv", 'source,target\n"a\r\n\n",b\nc,d,e\n', "3 cells, the header has 2", 5),
    ("a.csv", 'source,target\na,b\n"c,d\ne,f\n', "a quote that is opened in this row", 3),
    ("a.csv", 'source,target\n"a" ,b\n', "cell 1 has a quote inside", 2),
    ("a.csv", 'source,target\na,5" 6"\n', "cell 2 has a quote inside", 2),
    ("a.csv", "source,target\n", "there are no rows", None),
    ("a.csv", "", "the file is empty", None),
    ("a.csv", b"source,target\n\"\n\xff\",b\n", "not UTF-8: byte 0xff at column 1", 3),
    ("a.jsonl", '{"source": "a", "target": "b"}\n{"source": "a"}\n', "'target' is no known", 2),
    ("a.jsonl", '{"source": "a", "target": 3}\n', "'target' holds a number, expected text", 1),
    ("a.jsonl", '{"source": "a", "target": ["b"]}\n', "a list or an object, expected text", 1),
    ("a.jsonl", '{"source": null, "target": "b"}\n', "no value in column 'source'", 1),
    ("a.jsonl", '{"source": "a", "target": "b"}\n{"sou\n', "no JSON: .* at column", 2),
    ("a.jsonl", '{"source": "a", "target": "b"}\n\n', "no JSON: .* at column 1", 2),
    ("a.jsonl", '{"source": "a", "target": "b"} {}\n', "no JSON: Extra data at column", 1),
    ("a.jsonl", '["a", "b"]\n', "expected a JSON object in each line", 1),
    ("a.jsonl", '{"source": "a", "target": "b", "target": "c"}\n', "a key is given twice", 1),
    ("a.jsonl", '{"source": "a\\ud800", "target": "b"}\n', "half a surrogate pair", 1),
    ("a.jsonl", "[" * 100_000 + "\n", "no JSON", 1),
    ("a.jsonl", b'{"source": "\xe4", "target": "b"}\n', "not UTF-8: byte 0xe4", 1),
    ("a.jsonl", "", "the file is empty", None),
    ("a.parquet", pa.table({"source": ["a"]}), r"'target' is no known .*known: source", None),
    ("a.parquet", pa.table({"source": ["a"], "target": [3]}), "'target' holds int64, text", None),
    ("a.parquet", pa.table({"source": [b"a"], "target": ["b"]}), "'source' holds binary", None),
    (
        "a.parquet",
        pa.table({"source": ["a"] * 5, "target": ["b", "", "b", None, "b"]}),
        "row 4 has no value in column 'target'",
        None,
    ),
    ("a.parquet", pa.table({"source": ["a"], "target": pa.nulls(1)}), "row 1 has no value", None),
    ("a.parquet", pa.table({"source": [], "target": []}), "there are no rows", None),
    ("a.parquet", "no Parquet", "is no whole Parquet file", None),
    ("a.parquet", "", "is no whole Parquet file", None),
]  # fmt: skip


@pytest.mark.parametrize("packing", ENDINGS)
@pytest.mark.parametrize(("name", "content", "message", "line"), MISTAKES)
def test_a_mistake_is_one_line_with_file_and_line(write, name, content, message, line, packing):
    path = write(name + packing, content)
    with pytest.raises(InputError, match=message) as caught:
        read_table(path)
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "source,n\na,1\n", "'m' is no known column; did you mean"),
        ("a.jsonl", '{"source": "a", "n": 1}\n', r"'m' is no known column.*\(known: source, n\)"),
        ("a.parquet", pa.table({"source": ["a"], "n": [1]}), "'m' is no known column"),
    ],
)
def test_an_attribute_that_is_nowhere_is_an_error(write, name, content, message):
    with pytest.raises(InputError, match=message.replace("; did you mean", "")):
        read_table(write(name, content), {"source": "source", "x": "m"})


def test_a_header_that_is_none_is_still_one_short_line(write):
    path = write("a.csv", "one\reins\rtwo\rzwei\r" * 1000)  # lines that end in carriage returns
    with pytest.raises(InputError, match=r"a\.csv:1: 'source' is no known column") as caught:
        read_table(path)
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


def test_a_wrong_step_of_a_path_names_the_steps_there_are(write):
    rows = [{"source": "a", "translation": {"en": "one", "de": "eins"}}]
    asked = {"source": "translation.fr"}
    with pytest.raises(InputError, match=r"did you mean .*known: translation\.en, translation\.de"):
        read_table(write("a.parquet", pa.Table.from_pylist(rows)), asked)
    with pytest.raises(InputError, match=r"a\.jsonl:1: 'translation.fr' is no known column"):
        read_table(write("a.jsonl", rows), asked)
    with pytest.raises(InputError, match=r"'source.en' is no known .*known: source\)"):
        read_table(write("a.parquet", pa.Table.from_pylist(rows)), {"source": "source.en"})


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([1, "x"], ":2: column 'x' holds text, expected a number"),
        ([True, 1], ":2: column 'x' holds a number, expected a truth value"),
        ([["a"]], ":1: column 'x' holds a list or an object, expected a single value"),
        ([None, {"a": 1}], ":2: column 'x' holds a list or an object"),
        ([2**70], "column 'x' cannot be kept"),
        ([2**60 + 1, 0.5], "column 'x' cannot be kept"),
    ],
)
def test_an_attribute_of_json_lines_has_one_kind_of_value(write, rows, message):
    path = write("a.jsonl", [{"source": "a", "x": value} for value in rows])
    with pytest.raises(InputError, match=message):
        read_table(path, {"source": "source", "x": "x"})


def test_an_attribute_of_parquet_is_a_single_value(write):
    path = write("a.parquet", pa.table({"source": ["a"], "x": [[1, 2]]}))
    with pytest.raises(InputError, match=r"'x' holds list<.*>, single values are needed"):
        read_table(path, {"source": "source", "x": "x"})


def test_text_in_parquet_that_is_no_utf8_is_an_error(write):
    offsets, data = pa.array([0, 1, 3], pa.int32()).buffers()[1], pa.py_buffer(b"a\xc3\x28")
    lying = pa.Array.from_buffers(pa.string(), 2, [None, offsets, data])
    path = write("a.parquet", pa.table({"source": lying, "target": ["x", "y"]}))
    with pytest.raises(InputError, match="row 2 is not UTF-8 in column 'source'"):
        read_table(path)


@pytest.mark.parametrize("name", ["a.parquet", "a.parquet.zst", "a.parquet.gz"])
def test_a_truncated_parquet_file_is_an_error(write, tmp_path, name):
    whole = write(name, pa.table({"source": [f"text {n}" for n in range(1000)]})).read_bytes()
    (tmp_path / name).write_bytes(whole[:-50])
    with pytest.raises(InputError, match=r"no whole Parquet file|not a whole (gzip|zstd) file"):
        read_table(tmp_path / name, {"source": "source"})


def test_a_damaged_parquet_file_is_an_error(write, tmp_path):
    data = bytearray(write("a.parquet", pa.table({"source": ["text"] * 99})).read_bytes())
    data[8:40] = b"\xff" * 32
    (tmp_path / "a.parquet").write_bytes(bytes(data))
    with pytest.raises(InputError, match="is no whole Parquet file") as caught:
        read_table(tmp_path / "a.parquet", {"source": "source"})
    assert "\n" not in str(caught.value)


def test_a_name_of_a_column_that_is_no_utf8_is_an_error(write, tmp_path):
    data = write("a.parquet", pa.table({"source": ["a"], "xyzzy": ["b"]})).read_bytes()
    (tmp_path / "a.parquet").write_bytes(data.replace(b"xyzzy", b"\xffyzzy"))
    with pytest.raises(InputError, match=r"is no whole Parquet file: .*utf-8"):
        read_table(tmp_path / "a.parquet", {"source": "source"})


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet", ".tsv"])
@pytest.mark.parametrize("packing", ENDINGS)
def test_a_missing_file_and_a_directory_are_errors(tmp_path, ending, packing):
    path = tmp_path / f"a{ending}{packing}"
    with pytest.raises(InputError, match="there is no such file"):
        read_table(path)
    path.mkdir()
    with pytest.raises(InputError, match="is a directory, not a file"):
        read_table(path)


@pytest.mark.parametrize("name", ["a.xlsx", "a", "a.json.gz", "a.gz"])
def test_an_unknown_ending_names_the_known_ones(tmp_path, name):
    known = r"known: \.csv, \.jsonl, \.ndjson, \.parquet, \.tsv; each also with \.gz or \.zst"
    with pytest.raises(InputError, match=f"unknown ending '.*' .{known}"):
        read_table(tmp_path / name)


@pytest.mark.parametrize("ending", ["csv", "jsonl", "parquet"])
def test_columns_with_names_are_not_asked_for_by_number(tmp_path, ending):
    with pytest.raises(InputError, match="expected the name of a column, not 0"):
        read_table(tmp_path / f"a.{ending}", {"source": 0})


def test_csv_keeps_carriage_returns_and_very_long_cells(write):
    long = "word " * 40_000
    path = write("a.csv", f'source,target\nx\ry,"p\r\nq\r"\n{long},z\r\r\n')
    assert columns(read_table(path), "source", "target") == [["x\ry", long], ["p\r\nq\r", "z\r"]]
