"""Bad files: of a corpus, through `prepare`, and of translations, through `compare`."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kdaudit.artifacts import RunDirectory, write_text
from kdaudit.recipe import dump, from_values
from tests.bad_input.refusals import Case, Command, check, files

SOURCES = ["a b", "c d", "e f"]
TARGETS = ["A B", "C D", "E F"]


def text(lines: list[str]) -> str:
    return "".join(line + "\n" for line in lines)


def write(name: str, content: str | bytes) -> Case:
    data = content.encode() if isinstance(content, str) else content
    return lambda folder: (folder / name).write_bytes(data)


def parquet(name: str, **columns: object) -> Case:
    return lambda folder: pq.write_table(pa.table(columns), folder / name)


WHOLE = gzip.compress(text([f"line {number} {number**3}" for number in range(5000)]).encode())
CHECKED = gzip.compress(text(SOURCES).encode())

ONE_FILE: dict[str, tuple[str, Case, str]] = {
    "empty": ("x.en", write("x.en", ""), "the file is empty"),
    "only a byte order mark": ("x.en", write("x.en", "\ufeff"), "the file is empty"),
    "missing": ("x.en", lambda folder: None, "there is no such file"),
    "a directory": ("x.en", lambda folder: (folder / "x.en").mkdir(), "is a directory, not a file"),
    "a device": (
        "x.en",
        lambda folder: (folder / "x.en").symlink_to("/dev/null"),
        "is a device or a pipe, not a file",
    ),
    "a pipe that nobody fills": (
        "x.en",
        lambda folder: os.mkfifo(folder / "x.en"),
        "is a device or a pipe, not a file",
    ),
    "a link to itself": (
        "x.en",
        lambda folder: (folder / "x.en").symlink_to("x.en"),
        "cannot be read: Too many levels of symbolic links",
    ),
    "a file as folder": (
        "f/x.en",
        write("f", "a\n"),
        "cannot be read: Not a directory",
    ),
    "not UTF-8": (
        "x.en",
        write("x.en", b"a b\nM\xe4rz\ne f\n"),
        ":2: not UTF-8: byte 0xe4 at column 2",
    ),
    "a truncated gzip file": (
        "x.en.gz",
        write("x.en.gz", WHOLE[:-100]),
        "not a whole gzip file: it breaks off after line …",
    ),
    "a gzip file with a wrong checksum": (
        "x.en.gz",
        write("x.en.gz", CHECKED[:-8] + b"1234" + CHECKED[-4:]),
        "not a whole gzip file: it breaks off after line 3 (CRC check failed …",
    ),
    "plain text that is called gzip": (
        "x.en.gz",
        write("x.en.gz", text(SOURCES)),
        "not a whole gzip file: it breaks off after line 0 …",
    ),
    "a truncated zstd file": (
        "x.en.zst",
        lambda folder: (folder / "x.en.zst").write_bytes(
            pa.compress(os.urandom(2000), "zstd", asbytes=True)[:-100]
        ),
        "not a whole zstd file: it breaks off after line …",
    ),
}
"""A file that cannot be read as lines, whatever it is for: its name, and what is said of it."""


def said(path: Path, message: str) -> str:
    return f"{path}{message}" if message.startswith(":") else f"{path}: {message}"


def prepared(kdaudit: Command, folder: Path, message: str, **train: object) -> None:
    """`prepare` on a run whose training split is `train` refuses it, and writes nothing."""
    for name, lines in (("valid.en", SOURCES), ("valid.de", TARGETS)):
        (folder / name).write_text(text(lines))
    splits = {"train": train, "valid": {"source": "valid.en", "target": "valid.de"}}
    recipe = from_values(
        {
            "name": "bad",
            "corpus": {"splits": splits},
            "subwords": {"size": 270},
            "models": {"one": {"role": "baseline", "trainer": {"epochs": 1}}},
        },
        folder,
        "recipe",
    )
    run = RunDirectory(folder / "run")
    write_text(run.recipe, dump(recipe))
    check(kdaudit("prepare", run.path), message)
    assert list(files(run.path)) == ["recipe.json"]


@pytest.mark.parametrize("side", ["source", "target"])
@pytest.mark.parametrize("case", ONE_FILE)
def test_a_bad_file_of_a_corpus(kdaudit, tmp_path, case, side):
    name, make, message = ONE_FILE[case]
    (tmp_path / "good").write_text(text(SOURCES))
    make(tmp_path)
    pair = {"source": "good", "target": "good"} | {side: name}
    prepared(kdaudit, tmp_path, said(tmp_path / name, message), **pair)


@pytest.mark.parametrize("option", ["--source", "--target", "--translations"])
@pytest.mark.parametrize("case", ONE_FILE)
def test_a_bad_file_of_a_comparison(kdaudit, tmp_path, case, option):
    name, make, message = ONE_FILE[case]
    (tmp_path / "good").write_text(text(SOURCES))
    make(tmp_path)
    paths = dict.fromkeys(("--source", "--target", "--translations"), tmp_path / "good")
    paths[option] = tmp_path / name
    paths["--translations"] = f"system={paths['--translations']}"
    output = ("--format", "json", "--output", tmp_path / "out.json")
    done = kdaudit("compare", *(part for pair in paths.items() for part in pair), *output)
    check(done, said(tmp_path / name, message))
    assert not (tmp_path / "out.json").exists()


def test_aligned_files_of_unequal_length_name_both_counts(kdaudit, tmp_path):
    write("a.en", text(SOURCES))(tmp_path)
    write("a.de", text(TARGETS[:2]))(tmp_path)
    message = f"{tmp_path}/a.de: has 2 lines, but {tmp_path}/a.en has 3"
    prepared(kdaudit, tmp_path, message, source="a.en", target="a.de")


@pytest.mark.parametrize("short", ["target", "system"])
def test_compared_files_of_unequal_length_name_both_counts(kdaudit, tmp_path, short):
    for name in ("source", "target", "system"):
        write(name, text(SOURCES[: 2 if name == short else 3]))(tmp_path)
    options = [f"--{name}={tmp_path / name}" for name in ("source", "target")]
    done = kdaudit("compare", *options, f"--translations=s={tmp_path}/system")
    check(done, f"{tmp_path / short}: has 2 lines, {tmp_path}/source has 3")


def test_what_a_shell_pipes_in_is_read(kdaudit, tmp_path):
    """`--translations s=<(zcat s.gz)`: a pipe that has been opened already."""
    write("good", text(SOURCES))(tmp_path)
    reading, writing = os.pipe()
    os.write(writing, text(SOURCES).encode())
    os.close(writing)
    options = [f"--{name}={tmp_path / 'good'}" for name in ("source", "target")]
    done = kdaudit("compare", *options, f"--translations=s=/dev/fd/{reading}")
    os.close(reading)
    assert (done.code, done.err) == (0, "")


def test_translations_that_are_the_target_itself_are_no_mistake(kdaudit, tmp_path):
    write("source", text(SOURCES))(tmp_path)
    write("target", text(TARGETS))(tmp_path)
    options = [f"--{name}={tmp_path / name}" for name in ("source", "target")]
    done = kdaudit("compare", *options, f"--translations=s={tmp_path}/target", "--format", "json")
    assert (done.code, done.err) == (0, "")
    rates = {row["measure"]: row["value"] for row in json.loads(done.out)["measurements"]}
    assert rates["exact_match"] == 1


LINES = [json.dumps({"source": source, "target": "x"}) for source in SOURCES]

TABLES: dict[str, tuple[dict[str, object], Case, str]] = {
    "TSV, a column missing": (
        {"tsv": "x.tsv"},
        write("x.tsv", "a\tA\nb\n"),
        ":2: 1 tab-separated columns, at least 2 needed",
    ),
    "TSV, a column too many": (
        {"tsv": "x.tsv"},
        write("x.tsv", "a\tA\nb\tB\nc\tC\tc\n"),
        ":3: 3 tab-separated columns, the first line has 2",
    ),
    "TSV, a column by name": (
        {"tsv": "x.tsv", "columns": {"source": "en", "target": 1}},
        write("x.tsv", "a\tA\n"),
        "columns: a TSV file has no header; expected a number from 0, not 'en'",
    ),
    "TSV, truncated gzip": (
        {"file": "x.tsv.gz"},
        write("x.tsv.gz", gzip.compress(b"a\tA\n" * 9000)[:-20]),
        "not a whole gzip file: it breaks off after line …",
    ),
    "CSV, no such column": (
        {"file": "x.csv", "columns": {"source": "en", "target": "de"}},
        write("x.csv", "en,den\na,A\n"),
        ":1: 'de' is no known column; did you mean 'den'? (known: en, den)",
    ),
    "CSV, a cell missing": (
        {"file": "x.csv"},
        write("x.csv", "source,target\na,A\nb\n"),
        ":3: 1 cells, the header has 2",
    ),
    "CSV, an open quote": (
        {"file": "x.csv"},
        write("x.csv", 'source,target\na,A\n"b,B\n'),
        ":3: a quote that is opened in this row is never closed",
    ),
    "JSON lines, no such column": (
        {"file": "x.jsonl", "columns": {"source": "sorce", "target": "target"}},
        write("x.jsonl", text(LINES)),
        ":1: 'sorce' is no known column; did you mean 'source'? (known: source, target)",
    ),
    "JSON lines, a number for text": (
        {"file": "x.jsonl"},
        write("x.jsonl", text([LINES[0], '{"source": "a", "target": 5}'])),
        ":2: column 'target' holds a number, expected text",
    ),
    "JSON lines, null for text": (
        {"file": "x.jsonl"},
        write("x.jsonl", text([LINES[0], '{"source": null, "target": "x"}'])),
        ":2: no value in column 'source'",
    ),
    "JSON lines, no JSON": (
        {"file": "x.jsonl"},
        write("x.jsonl", text([*LINES, '{"source": '])),
        ":4: no JSON: …",
    ),
    "JSON lines, a list": (
        {"file": "x.jsonl"},
        write("x.jsonl", '["a", "b"]\n'),
        ":1: expected a JSON object in each line",
    ),
    "Parquet, no such column": (
        {"file": "x.parquet", "columns": {"source": "source", "target": "tagret"}},
        parquet("x.parquet", source=SOURCES, target=TARGETS),
        "'tagret' is no known column; did you mean 'target'? (known: source, target)",
    ),
    "Parquet, numbers for text": (
        {"file": "x.parquet"},
        parquet("x.parquet", source=SOURCES, target=[1, 2, 3]),
        "column 'target' holds int64, text is needed",
    ),
    "Parquet, null for text": (
        {"file": "x.parquet"},
        parquet("x.parquet", source=["a", None, "c"], target=TARGETS),
        "row 2 has no value in column 'source'",
    ),
    "Parquet, truncated": (
        {"file": "x.parquet"},
        write("x.parquet", b"PAR1 and no more"),
        "is no whole Parquet file: …",
    ),
    "Parquet, missing": ({"file": "x.parquet"}, lambda folder: None, "there is no such file"),
    "Parquet, a pipe": (
        {"file": "x.parquet"},
        lambda folder: os.mkfifo(folder / "x.parquet"),
        "is a device or a pipe, not a file",
    ),
    "an unknown ending": (
        {"file": "x.xlsx"},
        write("x.xlsx", "a\n"),
        "unknown ending '.xlsx' (known: .csv, …",
    ),
    "fewer rows than are asked for": (
        {"file": "x.jsonl", "first": 9},
        write("x.jsonl", text(LINES)),
        "has 3 rows, 'first' asks for 9",
    ),
    "a folder without a data set": (
        {"dataset": "./x"},
        lambda folder: (folder / "x").mkdir(),
        "the data set cannot be read: …",
    ),
}
"""A table that is not what was announced: its entry in the recipe, and what is said of it."""


@pytest.mark.parametrize("case", TABLES)
def test_a_bad_table(kdaudit, tmp_path, case):
    entry, make, message = TABLES[case]
    make(tmp_path)
    (place,) = (entry[form] for form in ("tsv", "file", "dataset") if form in entry)
    prepared(kdaudit, tmp_path, said(tmp_path / str(place), message), **entry)


SIZES: dict[str, tuple[int, list[str], str]] = {
    "too large": (400, ["a b c", "b c d"], "400 is too large for this corpus: 266 at most"),
    "too small": (
        600,
        ["".join(map(chr, range(0x4E00, 0x4E00 + 900)))],
        "600 is too small for the characters of this corpus: 1160 at least, or a smaller "
        "subwords.character_coverage",
    ),
}


def vocabulary(kdaudit: Command, folder: Path, size: int, lines: list[str]):
    for name in ("a.en", "a.de"):
        write(name, text(lines))(folder)
    splits = {name: {"source": "a.en", "target": "a.de"} for name in ("train", "valid")}
    models = {"one": {"role": "baseline", "trainer": {"epochs": 1}}}
    recipe = {"name": "bad", "corpus": {"splits": splits}, "models": models}
    run = RunDirectory(folder / "run")
    write_text(run.recipe, dump(from_values(recipe | {"subwords": {"size": size}}, folder, "r")))
    return kdaudit("prepare", run.path), run


@pytest.mark.parametrize("case", SIZES)
def test_a_vocabulary_that_does_not_fit_its_corpus(kdaudit, tmp_path, case):
    size, lines, message = SIZES[case]
    done, run = vocabulary(kdaudit, tmp_path, size, lines)
    check(done, f"subwords.size: {message}")
    assert list(files(run.path)) == ["recipe.json"]


def test_the_size_that_the_message_names_does(kdaudit, tmp_path):
    done, run = vocabulary(kdaudit, tmp_path, 266, SIZES["too large"][1])
    assert done.code == 0, done.err
    assert run.subwords.is_file()


def test_a_corpus_without_text_has_no_vocabulary(kdaudit, tmp_path):
    done, run = vocabulary(kdaudit, tmp_path, 300, ["", " "])
    check(done, "the training split has no text to train subwords on")
    assert list(files(run.path)) == ["recipe.json"]
