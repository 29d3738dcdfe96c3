"""Hashes of results, written beside them, so that a damaged or foreign file is refused before use.

Beside `train.parquet` lies `.train.parquet.sha256`, in the form that `sha256sum -c` reads. A file
without one is taken as it is: it is of an earlier version, or somebody's own.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from kdaudit.errors import ArtifactError

SUFFIX = ".sha256"
_KEPT = 4096
"""Hashes that are remembered: a stage opens a file several times."""


def file_hash(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal; computed once as long as the file is the same."""
    found = path.stat()
    return _hashed(str(path), found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=_KEPT)
def _hashed(path: str, *identity: int) -> str:
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def record_of(path: Path) -> Path:
    """Where the hash of a result lies."""
    return path.with_name(f".{path.name}{SUFFIX}")


def result_of(record: Path) -> Path:
    """The result that a record is of: the inverse of `record_of`."""
    return record.with_name(record.name[1 : -len(SUFFIX)])


def put_in_place(temporary: Path, path: Path) -> None:
    """Let a synced file take its place, with its record.

    The earlier record goes first and the new one comes last, so whoever is killed on the way
    leaves a file without a record, and never one with that of another.
    """
    record = record_of(path)
    beside = temporary.with_name(temporary.name + SUFFIX)
    try:
        beside.write_text(f"{file_hash(temporary)}  {path.name}\n", encoding="utf-8")
        with beside.open("rb") as written:
            os.fsync(written.fileno())
        record.unlink(missing_ok=True)
        temporary.replace(path)
        beside.replace(record)
    finally:
        beside.unlink(missing_ok=True)


def is_as_recorded(path: Path) -> bool:
    """Whether a file that is there has the hash that was recorded, or none was."""
    try:
        recorded = record_of(path).read_text(encoding="utf-8", errors="replace").split()
    except FileNotFoundError:
        return True
    return recorded[:1] == [file_hash(path)]


def check_recorded(path: Path) -> None:
    """ArtifactError where a file is there and is not the one whose hash was recorded."""
    if path.is_file() and not is_as_recorded(path):
        raise ArtifactError(
            f"{path}: is damaged, or another file than was written there (its SHA-256 is not that "
            f"in {record_of(path).name}): `kdaudit run RECIPE --recompute` makes it again"
        )


def records(directory: Path) -> Iterator[Path]:
    """All records in a run directory, in the order of their paths."""
    yield from sorted(directory.rglob(f".*{SUFFIX}"))
