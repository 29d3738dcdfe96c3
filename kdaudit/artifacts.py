"""Names and schemas of a run directory, and the only way files in it are read and written.

A file is written beside its place, synced and renamed, so that a killed stage
leaves nothing that looks finished; the hash of a result is recorded with it, and looked at
before it is read (`kdaudit.recorded`). A split of translations is a directory of
shards `part-<number>-of-<count>.parquet`: the reader refuses an incomplete set.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kdaudit.errors import ArtifactError, first_line
from kdaudit.recorded import check_recorded, put_in_place, record_of
from kdaudit.recorded import file_hash as file_hash

NAME = re.compile(r"[A-Za-z0-9_-]+")
"""What a model, split, detector or scheme may be called: it becomes part of a path."""

PART_ROWS = 65_536
"""Rows of a part of a table that is not held as a whole."""

_SHARD = re.compile(r"part-(\d{5})-of-(\d{5})\.parquet")

HYPOTHESES = "hypotheses"
"""A further column of translations with several hypotheses: texts of each source, best first."""

CORPUS = pa.schema([("id", pa.int64()), ("source", pa.string()), ("target", pa.string())])
DISTILLED = pa.schema([*CORPUS, ("target_source", pa.string())])
SELECTED = pa.schema([*DISTILLED, ("replicated", pa.bool_()), ("planted", pa.string())])
SCORES = pa.schema([("id", pa.int64()), ("log_probability", pa.float64()), ("tokens", pa.int32())])
TRANSLATIONS = pa.schema(
    [
        ("id", pa.int64()),
        ("translation", pa.string()),
        ("log_probability", pa.float64()),
        ("tokens", pa.int32()),
    ]
)
SEVERAL = pa.schema([*TRANSLATIONS, (HYPOTHESES, pa.list_(pa.string()))])
DETECTIONS = pa.schema(
    [
        ("id", pa.int64()),
        ("eligible", pa.bool_()),
        ("score", pa.float64()),
        ("flagged", pa.bool_()),
        ("evidence", pa.string()),
    ]
)
QUALITY = pa.schema(
    [("id", pa.int64()), ("score", pa.float64()), ("statistics", pa.list_(pa.float64()))]
)
SUBGROUPS = pa.schema([("id", pa.int64()), ("subgroup", pa.string())])
COUNTERFACTUAL = pa.schema(
    [
        ("id", pa.int64()),
        *(
            (name, pa.float64())
            for name in ("mean_in", "mean_out", "memorization", "standard_error")
        ),
        ("models_in", pa.int32()),
        ("models_out", pa.int32()),
    ]
)


@dataclass(frozen=True)
class RunDirectory:
    """Where each artifact of a run lies."""

    path: Path

    @property
    def manifest(self) -> Path:
        return self.path / "manifest.json"

    @property
    def recipe(self) -> Path:
        return self.path / "recipe.json"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def subwords(self) -> Path:
        return self.path / "corpus" / "subword.model"

    @property
    def corpus_manifest(self) -> Path:
        return self.path / "corpus" / "manifest.json"

    @property
    def comparison(self) -> Path:
        return self.path / "comparison" / "comparison.json"

    @property
    def report(self) -> Path:
        return self.path / "report"

    def corpus(self, split: str) -> Path:
        return self.path / "corpus" / f"{split}.parquet"

    def model(self, model: str) -> Path:
        return self.path / "models" / model

    def model_manifest(self, model: str) -> Path:
        return self.model(model) / "manifest.json"

    def curve(self, model: str) -> Path:
        return self.model(model) / "training.jsonl"

    def distilled(self, model: str) -> Path:
        return self.path / "distilled" / f"{model}.parquet"

    def selected(self, model: str) -> Path:
        return self.path / "selected" / f"{model}.parquet"

    def translations(self, model: str, split: str) -> Path:
        return self.path / "translations" / model / split

    def scores(self, model: str, text: str, split: str) -> Path:
        return self.path / "scores" / model / text / f"{split}.parquet"

    def detections(self, detector: str, model: str, split: str) -> Path:
        return self.path / "detections" / detector / model / f"{split}.parquet"

    def quality(self, metric: str, model: str, split: str) -> Path:
        return self.path / "quality" / metric / model / f"{split}.parquet"

    def subgroups(self, scheme: str, split: str) -> Path:
        return self.path / "subgroups" / scheme / f"{split}.parquet"

    def counterfactual(self, model: str) -> Path:
        return self.path / "counterfactual" / f"{model}.parquet"

    @property
    def counterfactual_summary(self) -> Path:
        return self.path / "counterfactual" / "summary.json"

    def counterfactual_round(self, number: int | str) -> Path:
        return self.path / "counterfactual" / "rounds" / f"{number}.json"

    def subset(self, number: int | str) -> RunDirectory:
        """The run directory of the models on one subset of the training pairs."""
        return RunDirectory(self.path / "counterfactual" / "subsets" / str(number))


def shard_name(number: int, count: int) -> str:
    """The file of shard `number` (from 0) of `count`."""
    return f"part-{number:05d}-of-{count:05d}.parquet"


def shard_rows(rows: int, number: int, count: int) -> range:
    """The rows, out of `rows`, that shard `number` of `count` holds."""
    return range(rows * number // count, rows * (number + 1) // count)


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
        temporary.chmod(0o644)
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


def read_json(path: Path) -> Any:
    """A JSON file; ArtifactError where it is missing or broken."""
    check_recorded(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtifactError(f"{path}: no such file: `kdaudit run` makes it") from error
    except OSError as error:
        raise ArtifactError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ArtifactError(f"{path}: is no JSON: {error}") from error


def read_object(path: Path, *keys: str) -> dict[str, Any]:
    """A JSON object that has these keys; ArtifactError where it is none or lacks one."""
    found = read_json(path)
    if not isinstance(found, dict):
        raise ArtifactError(f"{path}: expected a JSON object, found a {type(found).__name__}")
    for key in keys:
        if key not in found:
            raise ArtifactError(f"{path}: has no '{key}'")
    return found


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


def read_table(path: Path, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
    """A table, or all shards of one in order; ArtifactError names what is wrong with it."""
    return pa.concat_tables(list(read_parts(path, schema, columns)))


def read_parts(
    path: Path, schema: pa.Schema, columns: list[str] | None = None
) -> Iterator[pa.Table]:
    """The same piece by piece, for what need not be held as a whole."""
    for file in shards(path) if path.is_dir() else [path]:
        yield from _parts_of_file(file, schema, columns)


def count_rows(path: Path) -> int:
    """The rows of one file; ArtifactError where it is missing or no whole table."""
    with _opened(path) as file:
        rows: int = file.metadata.num_rows
    return rows


def read_rows(path: Path, schema: pa.Schema, columns: list[str], rows: range) -> Iterator[pa.Table]:
    """Some rows of one file in order, at most `PART_ROWS` at a time, read as they are asked for."""
    with _opened(path) as file:
        _check_columns(path, file.schema_arrow, schema, columns)
        start = 0
        for batch in file.iter_batches(PART_ROWS, columns=columns):
            own = range(max(rows.start - start, 0), min(rows.stop - start, batch.num_rows))
            if own:
                yield pa.table(batch.slice(own.start, len(own)))
            start += batch.num_rows
            if start >= rows.stop:
                return


def shards(directory: Path) -> list[Path]:
    """The shards in a directory, by number; ArtifactError where the set is not complete."""
    found = sorted(directory.glob("*.parquet"))  # numbers have leading zeros
    for path in found:
        if _SHARD.fullmatch(path.name) is None:
            raise ArtifactError(f"{path}: is no shard of a split")
    names = [path.name for path in found]
    if not found or names != [shard_name(n, len(found)) for n in range(len(found))]:
        shown = ", ".join(names) or "none"
        raise ArtifactError(f"{directory}: the set of shards is not complete (found: {shown})")
    return found


def _parts_of_file(path: Path, schema: pa.Schema, columns: list[str] | None) -> Iterator[pa.Table]:
    with _opened(path) as file:  # whole columns at once take twice their memory
        _check_columns(path, file.schema_arrow, schema, columns)
        for number in range(file.num_row_groups):
            yield file.read_row_group(number, columns=columns)
        if not file.num_row_groups:
            yield file.read(columns=columns)


@contextmanager
def _opened(path: Path) -> Iterator[pq.ParquetFile]:
    """A Parquet file; ArtifactError where it is missing, is not the one that was written there, or
    breaks off while it is read."""
    check_recorded(path)
    try:
        with pq.ParquetFile(path) as file:
            yield file
    except FileNotFoundError as error:
        raise ArtifactError(f"{path}: no such file: `kdaudit run` makes it") from error
    except (pa.ArrowInvalid, OSError) as error:
        raise ArtifactError(f"{path}: is no whole Parquet file: {first_line(error)}") from error


def _check_columns(
    path: Path, found: pa.Schema, schema: pa.Schema, columns: list[str] | None
) -> None:
    for field in schema:
        if columns is not None and field.name not in columns:
            continue
        if field.name not in found.names:
            raise ArtifactError(f"{path}: has no column '{field.name}'")
        kind = found.field(field.name).type
        if kind != field.type:
            raise ArtifactError(f"{path}: column '{field.name}' is {kind}, not {field.type}")


def metadata(path: Path) -> dict[str, str]:
    """What was stored beside a table by `write_table`."""
    first = shards(path)[0] if path.is_dir() else path
    check_recorded(first)
    try:
        stored = pq.read_schema(first).metadata or {}
    except (pa.ArrowInvalid, OSError) as error:
        raise ArtifactError(f"{first}: is no whole Parquet file: {first_line(error)}") from error
    return {key.decode(): value.decode() for key, value in stored.items() if key != b"ARROW:schema"}
