"""Names and schemas of a run directory, and the only way files in it are read and written.

A file is written beside its place, synced and renamed, so that a killed stage
leaves nothing that looks finished; the hash of a result is recorded with it, and looked at
before it is read (`kdaudit.recorded`). A split of translations is a directory of
shards `part-<number>-of-<count>.parquet`: the reader refuses an incomplete set.
"""

from kdaudit.artifacts.layout import NAME, RunDirectory, Shard, shard_name, shard_rows
from kdaudit.artifacts.reading import (
    PART_ROWS,
    count_rows,
    metadata,
    read_json,
    read_object,
    read_parts,
    read_rows,
    read_shard,
    read_table,
    shards,
)
from kdaudit.artifacts.schemas import (
    CORPUS,
    COUNTERFACTUAL,
    DETECTIONS,
    DISTILLED,
    HYPOTHESES,
    QUALITY,
    SCORES,
    SELECTED,
    SEVERAL,
    SUBGROUPS,
    TRANSLATIONS,
)
from kdaudit.artifacts.writing import (
    replacing,
    write_bytes,
    write_json,
    write_parts,
    write_table,
    write_text,
)
from kdaudit.recorded import file_hash

__all__ = [
    "CORPUS",
    "COUNTERFACTUAL",
    "DETECTIONS",
    "DISTILLED",
    "HYPOTHESES",
    "NAME",
    "PART_ROWS",
    "QUALITY",
    "SCORES",
    "SELECTED",
    "SEVERAL",
    "SUBGROUPS",
    "TRANSLATIONS",
    "RunDirectory",
    "Shard",
    "count_rows",
    "file_hash",
    "metadata",
    "read_json",
    "read_object",
    "read_parts",
    "read_rows",
    "read_shard",
    "read_table",
    "replacing",
    "shard_name",
    "shard_rows",
    "shards",
    "write_bytes",
    "write_json",
    "write_parts",
    "write_table",
    "write_text",
]
