"""The bytes and lines of a file, plain or packed; reads `.gz` and `.zst` by name, writes nothing.

Every mistake is an InputError with the path, and the line where there is one.
"""

from __future__ import annotations

import gzip
import stat
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import IO, TypeVar, cast

import pyarrow as pa

from kdaudit.errors import InputError

T = TypeVar("T")

PACKED = {".gz": "gzip", ".zst": "zstd"}
"""The endings of packed files."""

# What is Python objects at a time; the rest is in Arrow, whose arrays hold 2 GB of text at most.
_ITEMS, _CHARACTERS = 100_000, 1 << 26


def lines(path: Path) -> Iterator[str]:
    """The lines, with their ends, which are line feeds only; InputError where there is none.

    A byte order mark at the beginning of the file is left out.
    """
    number = 0
    for number, raw in enumerate(raw_lines(path), start=1):
        try:
            yield raw.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = raw[error.start]
            raise InputError(
                f"not UTF-8: byte 0x{byte:02x} at column {error.start + 1}", path=path, line=number
            ) from error
    if not number:
        raise InputError("the file is empty", path=path)


def raw_lines(path: Path) -> Iterator[bytes]:
    """The lines as bytes, with their ends; none in a file of a byte order mark alone."""
    number = 0
    try:
        with _opened(path) as file:
            for number, raw in enumerate(file, start=1):
                line = raw.removeprefix(BOM_UTF8) if number == 1 else raw
                if line:
                    yield line
    except (OSError, EOFError, zlib.error) as error:
        raise explained(error, path, f" after line {number}") from error


def content(path: Path) -> bytes:
    """All bytes of a file, unpacked."""
    try:
        with _opened(path) as file:
            return file.read()
    except (OSError, EOFError, zlib.error) as error:
        raise explained(error, path, "") from error


def packing(path: Path) -> str | None:
    """How a file is packed, by its name: `gzip`, `zstd`, or None."""
    return PACKED.get(path.suffix)


def without_end(line: str) -> str:
    """A line without its line feed, or its carriage return and line feed."""
    return line[:-2] if line.endswith("\r\n") else line.removesuffix("\n")


def blocks(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """The items in lists that are small enough for memory; `size`: characters of an item."""
    block: list[T] = []
    characters = 0
    for item in items:
        block.append(item)
        characters += size(item)
        if len(block) >= _ITEMS or characters >= _CHARACTERS:
            yield block
            block, characters = [], 0
    if block:
        yield block


def check_kind(path: Path) -> None:
    """InputError for a device or a pipe, which may have no end; a shell's `<(…)` is welcome."""
    mode = path.stat().st_mode
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return
    if not (stat.S_ISFIFO(mode) and path.is_relative_to("/dev")):
        raise InputError("is a device or a pipe, not a file", path=path)


def _opened(path: Path) -> IO[bytes]:
    check_kind(path)
    match packing(path):
        case "gzip":
            return cast(IO[bytes], gzip.open(path, "rb"))
        case "zstd":
            stream = pa.CompressedInputStream(path.open("rb"), "zstd")
            return cast(IO[bytes], BufferedReader(stream, 1 << 18))
        case _:
            return path.open("rb")


def explained(error: Exception, path: Path, where: str) -> InputError:
    """`where`: how far the file was read, for one that breaks off."""
    # What Arrow says about packed bytes is an OSError too, but without a number.
    if packing(path) and getattr(error, "errno", None) is None:
        return InputError(
            f"not a whole {packing(path)} file: it breaks off{where} ({error})", path=path
        )
    if isinstance(error, FileNotFoundError):
        return InputError("there is no such file", path=path)
    if isinstance(error, IsADirectoryError):
        return InputError("is a directory, not a file", path=path)
    return InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", path=path)
