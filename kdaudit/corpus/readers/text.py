"""Plain text, a segment a line: aligned files, and sources alone; writes nothing.

Only a line feed, or a carriage return with a line feed, ends a line: other
separators (U+2028, U+0085, vertical tab, a lone carriage return) belong to the
text. Empty lines are lines.
"""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pyarrow as pa

from kdaudit.corpus.readers.columns import check_first, segments
from kdaudit.corpus.readers.streams import blocks, lines, raw_lines, without_end
from kdaudit.errors import AlignmentError
from kdaudit.segments import Segments


def read_aligned(source: Path, target: Path, first: int | None = None) -> Segments:
    """Two files, line i of one the translation of line i of the other.

    AlignmentError, with both counts, where they differ in length, be it beyond the
    `first` lines: then these are likely not to belong together either.
    """
    sources, targets = _packed(source, first), _packed(target, first)
    counts = [len(sources), len(targets)]
    if first is not None:
        counts = [sum(1 for _ in raw_lines(path)) for path in (source, target)]
    if counts[0] != counts[1]:
        raise AlignmentError(f"has {counts[1]} lines, but {source} has {counts[0]}", path=target)
    check_first(first, len(sources), source, "lines")
    return segments(pa.table({"source": sources, "target": targets}))


def read_sources(source: Path, first: int | None = None) -> Segments:
    """One file of sources without targets: `target` is null."""
    sources = _packed(source, first)
    check_first(first, len(sources), source, "lines")
    return segments(pa.table({"source": sources}))


def read_lines(path: Path) -> list[str]:
    """The lines of one file, without their ends."""
    return [without_end(line) for line in lines(path)]


def _packed(path: Path, first: int | None) -> pa.ChunkedArray:
    texts = map(without_end, islice(lines(path), first))
    return pa.chunked_array(
        [pa.array(block, pa.string()) for block in blocks(texts, len)], pa.string()
    )
