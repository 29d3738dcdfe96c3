"""How a file of a run directory is written: beside its place, synced, renamed, with its hash.

A killed stage leaves nothing that looks finished.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from kdaudit.errors import ArtifactError
from kdaudit.recorded import put_in_place, record_of


@contextmanager
def replacing(path: Path, recorded: bool = False) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place, synced, when the block ends well.

    `recorded`: its hash is written beside it. ArtifactError where it cannot be written: read-only,
    full, a file where a folder should be.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(_usual_mode())
        if recorded:
            put_in_place(temporary, path)
        else:
            record_of(path).unlink(missing_ok=True)  # of an earlier file
            temporary.replace(path)
    except OSError as error:
        raise ArtifactError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _usual_mode() -> int:
    """The rights of a new file, as the user's mask has them: a temporary one is its owner's."""
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def write_bytes(path: Path, content: bytes, recorded: bool = False) -> None:
    """Write a whole file, atomically; with its hash beside it where it is `recorded`."""
    with replacing(path, recorded) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str, recorded: bool = False) -> None:
    """Write a whole UTF-8 file, atomically."""
    write_bytes(path, content.encode("utf-8"), recorded)


def write_json(path: Path, content: object) -> None:
    """Write JSON for people and programs, recorded: sorted as given, no NaN."""
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n", recorded=True)


def write_table(
    path: Path, table: pa.Table, schema: pa.Schema, metadata: Mapping[str, str] | None = None
) -> None:
    """Write a table, atomically and recorded; it must begin with the columns of `schema`."""
    assert table.column_names[: len(schema)] == schema.names, (table.column_names, schema.names)
    columns = [table.column(field.name).cast(field.type) for field in schema]
    extra = table.column_names[len(schema) :]
    named = dict(zip(schema.names, columns, strict=True))
    named |= {name: table.column(name) for name in extra}
    whole = pa.table(named).replace_schema_metadata(dict(metadata or {}))
    with replacing(path, recorded=True) as temporary:
        pq.write_table(whole, temporary, compression="zstd")


def write_parts(
    path: Path,
    parts: Iterable[pa.Table],
    schema: pa.Schema,
    metadata: Callable[[], Mapping[str, str]] = dict,
) -> None:
    """Write a table part by part, atomically and recorded: a part is forgotten when it is written.

    Every part has the columns of `schema` and no others. `metadata` is asked after the last one.
    """
    with (
        replacing(path, recorded=True) as temporary,
        # With Arrow's own schema stored, readers would not see metadata that is added later.
        pq.ParquetWriter(temporary, schema, compression="zstd", store_schema=False) as writer,
    ):
        for part in parts:
            writer.write_table(part.cast(schema))
        writer.add_key_value_metadata(dict(metadata()))
