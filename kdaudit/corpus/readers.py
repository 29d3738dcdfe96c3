"""Readers of parallel text; read plain and gzip files (`.gz` by name), write nothing.

Text is UTF-8, strictly. Only a line feed, or a carriage return with a line feed,
ends a line: other separators (U+2028, U+0085, vertical tab, a lone carriage
return) belong to the text. Empty lines are kept, a byte order mark at the
beginning of a file is not. Ids count from 0 in input order. Every mistake of the
input is an InputError with the path, and the line where there is one.
"""

from __future__ import annotations

import gzip
import zlib
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import pyarrow as pa

from kdaudit.errors import AlignmentError, InputError
from kdaudit.segments import Segments

_CHUNK = 100_000  # lines that are Python strings at a time; the rest is packed in Arrow


@dataclass(frozen=True)
class AlignedFiles:
    """Two files: line i of one is the translation of line i of the other."""

    source: Path
    target: Path


@dataclass(frozen=True)
class TsvFile:
    """A file of tab-separated columns without header or quoting; columns count from 0."""

    path: Path
    source_column: int = 0
    target_column: int = 1


def read(spec: AlignedFiles | TsvFile) -> Segments:
    """The corpus that `spec` describes: columns `source` and `target`."""
    match spec:
        case AlignedFiles():
            return read_aligned(spec.source, spec.target)
        case TsvFile():
            return read_tsv(spec.path, spec.source_column, spec.target_column)


def read_aligned(source: Path, target: Path) -> Segments:
    """Two aligned files; AlignmentError, with both counts, where they differ in length."""
    sources, targets = _packed(_lines(source)), _packed(_lines(target))
    if len(sources) != len(targets):
        raise AlignmentError(
            f"has {len(targets)} lines, but {source} has {len(sources)}", path=target
        )
    return Segments.of(source=sources, target=targets)


def read_tsv(path: Path, source_column: int = 0, target_column: int = 1) -> Segments:
    """Two columns of a TSV file; every line has as many columns as the first one."""
    needed = max(source_column, target_column) + 1
    rows = _cells(path, needed)
    source: list[pa.Array] = []
    target: list[pa.Array] = []
    while chunk := list(islice(rows, _CHUNK)):
        source.append(pa.array([cells[source_column] for cells in chunk], pa.string()))
        target.append(pa.array([cells[target_column] for cells in chunk], pa.string()))
    return Segments.of(source=pa.chunked_array(source), target=pa.chunked_array(target))


def read_lines(path: Path) -> list[str]:
    """The lines of one file, without their ends."""
    return list(_lines(path))


def _cells(path: Path, needed: int) -> Iterator[list[str]]:
    expected = 0
    for number, line in enumerate(_lines(path), start=1):
        cells = line.split("\t")
        if len(cells) < needed:
            raise InputError(
                f"{len(cells)} tab-separated columns, at least {needed} needed",
                path=path,
                line=number,
            )
        expected = expected or len(cells)
        if len(cells) != expected:
            raise InputError(
                f"{len(cells)} tab-separated columns, the first line has {expected}",
                path=path,
                line=number,
            )
        yield cells


def _packed(lines: Iterable[str]) -> pa.ChunkedArray:
    lines, chunks = iter(lines), []
    while chunk := list(islice(lines, _CHUNK)):
        chunks.append(pa.array(chunk, pa.string()))
    return pa.chunked_array(chunks)


def _lines(path: Path) -> Iterator[str]:
    """Decoded lines; InputError where there is none."""
    number = 0
    for number, raw in enumerate(_raw_lines(path), start=1):
        try:
            yield raw.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = raw[error.start]
            raise InputError(
                f"not UTF-8: byte 0x{byte:02x} at column {error.start + 1}", path=path, line=number
            ) from error
    if not number:
        raise InputError("the file is empty", path=path)


def _raw_lines(path: Path) -> Iterator[bytes]:
    number = 0
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                line = raw.removeprefix(BOM_UTF8) if number == 1 else raw
                if line:  # nothing but a byte order mark is no line
                    yield _without_end(line)
    except FileNotFoundError as error:
        raise InputError("there is no such file", path=path) from error
    except IsADirectoryError as error:
        raise InputError("is a directory, not a file", path=path) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(
            f"not a whole gzip file: it breaks off after line {number} ({error})", path=path
        ) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error


def _without_end(line: bytes) -> bytes:
    return line[:-2] if line.endswith(b"\r\n") else line.removesuffix(b"\n")
