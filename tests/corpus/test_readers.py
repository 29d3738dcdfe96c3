"""Readers of text and TSV: what is a line, what is kept, and what each mistake says."""

import gzip
import hashlib

import pyarrow as pa
import pytest

from kdaudit.corpus import read_aligned, read_lines, read_sources, read_table, read_tsv
from kdaudit.errors import AlignmentError, InputError
from tests.corpus.packing import packed


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(packed(data, name))
        return path

    return write


def test_aligned_files_keep_order_and_count_ids_from_0(write):
    pairs = read_aligned(write("a.en", "one\ntwo\n"), write("a.de", "eins\nzwei\n"))
    assert pairs.ids.tolist() == [0, 1]
    assert pairs.texts("source") == ["one", "two"]
    assert pairs.texts("target") == ["eins", "zwei"]


def test_packed_and_plain_files_mix(write):
    pairs = read_aligned(write("a.en.gz", "one\ntwo\n"), write("a.de.zst", "eins\nzwei\n"))
    assert pairs.texts("source") == ["one", "two"]
    assert pairs.texts("target") == ["eins", "zwei"]
    assert len(read_aligned(write("b.en", "one\n"), write("b.de.gz", "eins\n"))) == 1


def test_sources_alone_have_null_targets(write):
    sources = read_sources(write("a.en", "one\n\n"))
    assert sources.texts("source") == ["one", ""]
    assert sources.table["target"].to_pylist() == [None, None]
    assert sources.table.schema.field("target").type == pa.string()


def test_the_first_lines_can_be_taken(write):
    source, target = write("a.en", "one\ntwo\nthree\n"), write("a.de", "eins\nzwei\ndrei\n")
    assert read_aligned(source, target, first=2).texts("target") == ["eins", "zwei"]
    assert read_sources(source, first=1).texts("source") == ["one"]
    assert read_tsv(write("a.tsv", "one\teins\nonly one\n"), first=1).texts("source") == ["one"]


def test_more_first_lines_than_there_are_is_an_error(write):
    source, target = write("a.en", "one\n"), write("a.de", "eins\n")
    for read in (lambda: read_aligned(source, target, 2), lambda: read_sources(source, 2)):
        with pytest.raises(InputError, match=r"a\.en: has 1 lines, 'first' asks for 2"):
            read()
    with pytest.raises(InputError, match="has 1 rows, 'first' asks for 2"):
        read_tsv(write("a.tsv", "one\teins\n"), first=2)


def test_a_last_line_without_end_counts(write):
    assert read_lines(write("a", "one\ntwo")) == ["one", "two"]


def test_empty_lines_are_lines(write):
    assert read_lines(write("a", "\none\n\n\n")) == ["", "one", "", ""]


@pytest.mark.parametrize(
    "inside", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\r", "\0"]
)
def test_only_line_feeds_end_lines(write, inside):
    assert read_lines(write("a", f"one{inside}two\nthree\n")) == [f"one{inside}two", "three"]


def test_carriage_return_and_line_feed_end_a_line(write):
    assert read_lines(write("a", "one\r\ntwo\r\r\nthree\r")) == ["one", "two\r", "three\r"]


def test_white_space_is_kept(write):
    assert read_lines(write("a", " one \t\n\u00a0two\u3000\n")) == [" one \t", "\u00a0two\u3000"]


@pytest.mark.parametrize("name", ["a", "a.gz", "a.zst"])
def test_a_byte_order_mark_goes_at_the_beginning_only(write, name):
    assert read_lines(write(name, "\ufeffone\n\ufefftwo\n")) == ["one", "\ufefftwo"]


def test_more_lines_than_a_chunk(write):
    lines = [f"line {number}" for number in range(200_001)]
    text = "\n".join(lines)
    pairs = read_aligned(write("a", text), write("b", text))
    assert pairs.texts("target") == lines
    assert len(read_tsv(write("c", text.replace(" ", "\t")))) == 200_001


def test_different_lengths_name_both_counts(write):
    source, target = write("a.en", "one\ntwo\n"), write("a.de", "eins\n")
    for first in (None, 1):
        with pytest.raises(AlignmentError, match=r"a\.de: has 1 lines, but .*a\.en has 2"):
            read_aligned(source, target, first)


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", ["a", "a.gz", "a.zst"])
def test_an_empty_file_is_an_error(write, name, content):
    with pytest.raises(InputError, match="the file is empty"):
        read_lines(write(name, content))


@pytest.mark.parametrize("name", ["nothing", "nothing.gz", "nothing.zst"])
def test_a_missing_file_is_an_error(tmp_path, name):
    with pytest.raises(InputError, match=f"{name}: there is no such file"):
        read_lines(tmp_path / name)


@pytest.mark.parametrize("name", ["folder", "folder.gz", "folder.zst"])
def test_a_directory_is_an_error(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="is a directory"):
        read_lines(tmp_path / name)


@pytest.mark.parametrize("name", ["a", "a.gz", "a.zst"])
def test_invalid_utf8_names_line_and_column(write, name):
    with pytest.raises(InputError, match="not UTF-8: byte 0xe4 at column 2") as caught:
        read_lines(write(name, b"one\nM\xe4rz\n"))
    assert caught.value.line == 2
    assert str(caught.value).startswith(f"{caught.value.path}:2: ")


def test_surrogates_are_not_utf8(write):
    with pytest.raises(InputError, match="not UTF-8"):
        read_lines(write("a", b"\xed\xa0\x80\n"))


LONG = "".join(f"line {number} {number**3}\n" for number in range(50_000)).encode()


@pytest.mark.parametrize(("name", "kind"), [("a.gz", "gzip"), ("a.zst", "zstd")])
@pytest.mark.parametrize("cut", [1, 100, 20_000])
def test_a_truncated_packed_file_is_an_error(tmp_path, name, kind, cut):
    path = tmp_path / name
    path.write_bytes(packed(LONG, name)[:-cut])
    with pytest.raises(
        InputError, match=f"not a whole {kind} file: it breaks off after line [1-9]"
    ):
        read_lines(path)


@pytest.mark.parametrize("name", ["a.gz", "a.zst"])
def test_packed_files_that_were_joined_are_read_whole(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(packed(LONG, name) + packed(b"the end\n", name))
    lines = read_lines(path)
    assert (len(lines), lines[-1]) == (50_001, "the end")


def test_a_damaged_gzip_file_is_an_error(tmp_path):
    data = bytearray(gzip.compress(b"one\n" * 100))
    data[-6] ^= 0xFF  # the checksum
    path = tmp_path / "a.gz"
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="CRC check failed"):
        read_lines(path)


@pytest.mark.parametrize(("name", "kind"), [("a.gz", "gzip"), ("a.zst", "zstd")])
def test_a_plain_file_with_the_name_of_a_packed_one_is_an_error(tmp_path, name, kind):
    path = tmp_path / name
    path.write_text("one\n")
    with pytest.raises(InputError, match=f"not a whole {kind} file"):
        read_lines(path)


def test_tsv_takes_the_columns_that_are_asked_for(write):
    path = write("a.tsv", "0.9\teins\tone\n0.8\tzwei \ttwo\n")
    pairs = read_tsv(path, {"source": 2, "target": 1, "score": 0})
    assert pairs.texts("source") == ["one", "two"]
    assert pairs.texts("target") == ["eins", "zwei "]
    assert pairs.texts("score") == ["0.9", "0.8"]
    assert read_tsv(path, {"source": 2}).table["target"].to_pylist() == [None, None]


def test_tsv_has_no_quoting(write):
    pairs = read_tsv(write("a.tsv", '"one\teins"\n'))
    assert pairs.texts("source") == ['"one']


def test_tsv_cells_may_be_empty(write):
    assert read_tsv(write("a.tsv", "one\t\n\tzwei\n")).texts("target") == ["", "zwei"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("one\teins\ntwo\n", 2, "1 tab-separated columns, at least 2 needed"),
        ("one\teins\n\n", 2, "1 tab-separated columns, at least 2 needed"),
        ("one\teins\ntwo\tzwei\tdrei\n", 2, "3 tab-separated columns, the first line has 2"),
    ],
)
def test_tsv_with_a_wrong_number_of_columns_names_the_line(write, text, line, message):
    with pytest.raises(InputError, match=message) as caught:
        read_tsv(write("a.tsv", text))
    assert caught.value.line == line


@pytest.mark.parametrize("column", ["en", -1])
def test_columns_of_tsv_are_numbers(write, column):
    with pytest.raises(InputError, match=f"expected a number from 0, not '{column}'"):
        read_tsv(write("a.tsv", "one\teins\n"), {"source": column})


def test_tsv_and_aligned_files_are_the_same_corpus(write):
    expected = read_aligned(write("a.en", "one\n"), write("a.de", "eins\n")).table
    table = read_table(write("a.tsv", "eins\tone\n"), {"source": 1, "target": 0}).table
    assert table.equals(expected)


def test_real_captions_are_read_whole(shared_data):
    folder = shared_data / "multi30k"
    pairs = read_aligned(folder / "train.en.gz", folder / "train.de.gz")
    assert len(pairs) == 29_000
    # The text is not ours: it is known here by its hash.
    first = hashlib.sha256(pairs.texts("target")[0].encode("utf-8")).hexdigest()
    assert first.startswith("959d04244933d8bf")
