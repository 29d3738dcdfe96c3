"""Readers: what is a line, what is kept, and what each mistake says."""

import gzip
import hashlib

import pytest

from kdaudit.corpus import AlignedFiles, TsvFile, read, read_aligned, read_lines, read_tsv
from kdaudit.errors import AlignmentError, InputError


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write


def test_aligned_files_keep_order_and_count_ids_from_0(write):
    pairs = read_aligned(write("a.en", "one\ntwo\n"), write("a.de", "eins\nzwei\n"))
    assert pairs.ids.tolist() == [0, 1]
    assert pairs.texts("source") == ["one", "two"]
    assert pairs.texts("target") == ["eins", "zwei"]


def test_gzip_and_plain_files_mix(write):
    pairs = read_aligned(write("a.en.gz", "one\ntwo\n"), write("a.de", "eins\nzwei\n"))
    assert pairs.texts("source") == ["one", "two"]


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


def test_a_byte_order_mark_goes_at_the_beginning_only(write):
    text = "\ufeffone\n\ufefftwo\n"
    assert read_lines(write("a", text)) == ["one", "\ufefftwo"]
    assert read_lines(write("a.gz", text)) == ["one", "\ufefftwo"]


def test_more_lines_than_a_chunk(write):
    lines = [f"line {number}" for number in range(200_001)]
    text = "\n".join(lines)
    pairs = read_aligned(write("a", text), write("b", text))
    assert pairs.texts("target") == lines
    assert len(read_tsv(write("c", text.replace(" ", "\t")))) == 200_001


def test_different_lengths_name_both_counts(write):
    with pytest.raises(AlignmentError, match=r"a\.de: has 1 lines, but .*a\.en has 2"):
        read_aligned(write("a.en", "one\ntwo\n"), write("a.de", "eins\n"))


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_an_empty_file_is_an_error(write, name, content):
    with pytest.raises(InputError, match="the file is empty"):
        read_lines(write(name, content))


@pytest.mark.parametrize("name", ["nothing", "nothing.gz"])
def test_a_missing_file_is_an_error(tmp_path, name):
    with pytest.raises(InputError, match=f"{name}: there is no such file"):
        read_lines(tmp_path / name)


@pytest.mark.parametrize("name", ["folder", "folder.gz"])
def test_a_directory_is_an_error(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="is a directory"):
        read_lines(tmp_path / name)


@pytest.mark.parametrize("name", ["a", "a.gz"])
def test_invalid_utf8_names_line_and_column(write, name):
    with pytest.raises(InputError, match="not UTF-8: byte 0xe4 at column 2") as caught:
        read_lines(write(name, b"one\nM\xe4rz\n"))
    assert caught.value.line == 2
    assert str(caught.value).startswith(f"{caught.value.path}:2: ")


def test_surrogates_are_not_utf8(write):
    with pytest.raises(InputError, match="not UTF-8"):
        read_lines(write("a", b"\xed\xa0\x80\n"))


def test_a_truncated_gzip_file_is_an_error(tmp_path):
    text = "".join(f"line {number} {number**3}\n" for number in range(5000)).encode()
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(text)[:-100])
    with pytest.raises(InputError, match=r"not a whole gzip file: it breaks off after line [1-9]"):
        read_lines(path)


def test_a_damaged_gzip_file_is_an_error(tmp_path):
    data = bytearray(gzip.compress(b"one\n" * 100))
    data[-6] ^= 0xFF  # the checksum
    path = tmp_path / "a.gz"
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="CRC check failed"):
        read_lines(path)


def test_a_plain_file_with_a_gzip_name_is_an_error(tmp_path):
    path = tmp_path / "a.gz"
    path.write_text("one\n")
    with pytest.raises(InputError, match="not a whole gzip file"):
        read_lines(path)


def test_tsv_takes_the_columns_that_are_asked_for(write):
    path = write("a.tsv", "0.9\teins\tone\n0.8\tzwei \ttwo\n")
    pairs = read_tsv(path, source_column=2, target_column=1)
    assert pairs.texts("source") == ["one", "two"]
    assert pairs.texts("target") == ["eins", "zwei "]


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


def test_one_entry_reads_either_form(write):
    source, target = write("a.en", "one\n"), write("a.de", "eins\n")
    tsv = write("a.tsv", "eins\tone\n")
    expected = read_aligned(source, target).table
    assert read(AlignedFiles(source, target)).table.equals(expected)
    assert read(TsvFile(tsv, source_column=1, target_column=0)).table.equals(expected)


def test_real_captions_are_read_whole(shared_data):
    folder = shared_data / "multi30k"
    pairs = read_aligned(folder / "train.en.gz", folder / "train.de.gz")
    assert len(pairs) == 29_000
    # The text is not ours: it is known here by its hash.
    first = hashlib.sha256(pairs.texts("target")[0].encode("utf-8")).hexdigest()
    assert first.startswith("959d04244933d8bf")
