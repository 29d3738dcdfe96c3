"""Packs bytes as the name of a file says; reads and writes no file."""

from __future__ import annotations

import gzip

import pyarrow as pa

ENDINGS = ("", ".gz", ".zst")


def packed(data: bytes, name: str) -> bytes:
    """The bytes as they belong into a file of that name."""
    if name.endswith(".zst"):
        sink = pa.BufferOutputStream()
        with pa.CompressedOutputStream(sink, "zstd") as stream:
            stream.write(data)
        whole: bytes = sink.getvalue().to_pybytes()
        return whole
    return gzip.compress(data) if name.endswith(".gz") else data
