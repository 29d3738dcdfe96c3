"""What one detector has extracted, for another one; reads detections."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.artifacts import DETECTIONS
from kdaudit.detectors.base import EXTRACTED
from kdaudit.segments import Segments
from kdaudit.stages.base import Context

FILE_COLUMNS = ["id", "eligible", "flagged", "evidence"]


def extracted_by(columns: Sequence[str]) -> list[str]:
    """The detectors whose extractions a detector needs."""
    return [name.removeprefix(EXTRACTED) for name in columns if name.startswith(EXTRACTED)]


def with_extracted(
    context: Context, segments: Segments, column: str, detection: str, model: str, split: str
) -> Segments:
    """Segments with a column of the prefixes that a detection has found (see `Needs`)."""
    path = context.directory.detections(detection, model, split)
    table = context.table(path, DETECTIONS, FILE_COLUMNS)
    prefix = pc.if_else(table["flagged"], table["evidence"], "")
    found = pc.if_else(table["eligible"], prefix, pa.scalar(None, pa.string()))
    prefixes = pa.table({"id": table["id"], "prefix": found})
    return segments.join(prefixes, {"prefix": column}, f"{detection} of {model}, {split}")
