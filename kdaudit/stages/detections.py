"""A detection as it is stored: how it is written, and what is read out of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from kdaudit.artifacts import DETECTIONS, RunDirectory, metadata, read_table
from kdaudit.detectors.base import Scored
from kdaudit.detectors.origin import Origins
from kdaudit.recorded import is_as_recorded
from kdaudit.segments import BoolArray, Segments

OF_SHARDS = "shards"
"""Where a detection's metadata holds that of the shards which it is put together of."""

ORIGINS = ("origin", "relayed_by")
"""Features that are found after the verdict: see `kdaudit.detectors.origin`."""


def to_table(segments: Segments, scored: Scored, flagged: BoolArray) -> pa.Table:
    """A detection as it is stored."""
    features = {name: pa.array(values) for name, values in scored.features.items()}
    table = {
        "id": segments.table.column("id"),
        "eligible": pa.array(scored.eligible),
        "score": pa.array(scored.score, pa.float64(), from_pandas=True),
        "flagged": pa.array(flagged),
        "evidence": as_texts(scored.evidence),
    }
    if features:
        table["features"] = pa.StructArray.from_arrays(list(features.values()), list(features))
    return pa.table(table)


def as_texts(texts: Sequence[str] | pa.ChunkedArray) -> pa.ChunkedArray:
    """Texts as Arrow has them."""
    return texts if isinstance(texts, pa.ChunkedArray) else pa.chunked_array([texts], pa.string())


def scored(table: pa.Table) -> Scored:
    """What `score` had found, out of a stored detection."""
    columns = table.column("features").combine_chunks()
    return Scored(
        np.asarray(table.column("eligible").to_numpy(), dtype=np.bool_),
        np.asarray(table.column("score").to_numpy(), dtype=np.float64),
        table.column("evidence"),
        {
            name: columns.field(name).to_numpy(zero_copy_only=False)
            for name in features(table)
            if name not in ORIGINS
        },
    )


def with_origins(table: pa.Table, found: Origins) -> pa.Table:
    """A detection with two more features: where memorized outputs are from."""
    values = pa.array(found.origin), pa.array(found.relayed_by, pa.int64())
    columns = table.column("features").combine_chunks()
    together = pa.StructArray.from_arrays(
        [*columns.flatten(), *values], [*features(table), *ORIGINS]
    )
    return table.set_column(table.column_names.index("features"), "features", together)


def described(path: Path, shard: int | None) -> Mapping[str, str]:
    """The metadata of a detection that is there, as it was of that shard; empty where there is
    none, or where it is damaged."""
    if not (path.is_file() and is_as_recorded(path)):
        return {}
    found = metadata(path)
    if shard is None:
        return found
    parts: list[dict[str, str]] = json.loads(found.get(OF_SHARDS, "[]"))
    return parts[shard] if shard < len(parts) else {}


def read(directory: RunDirectory, detector: str, model: str, split: str) -> pa.Table:
    """A stored detection."""
    return read_table(directory.detections(detector, model, split), DETECTIONS)


def signature(directory: RunDirectory, detector: str, model: str, split: str) -> str:
    """The settings that a stored detection was made with."""
    return metadata(directory.detections(detector, model, split)).get("signature", "")


def features(table: pa.Table) -> list[str]:
    """The names of a stored detection's features."""
    if "features" not in table.column_names:
        return []
    return [field.name for field in table.schema.field("features").type]


def feature(table: pa.Table, name: str) -> BoolArray:
    """A boolean feature of a stored detection."""
    column = table.column("features").combine_chunks().field(name)
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.bool_)
