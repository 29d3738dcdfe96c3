"""What went wrong in a workflow, in the words of the stages; reads their logs."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import NoReturn

from kdaudit.artifacts import RunDirectory
from kdaudit.errors import FAULT, PREFIX, KdauditError

FULL = 1_000_000
"""Bytes that are left where a stage may have had no room for its last words."""

_FAILED = re.compile(
    r"^Error in rule \w+:\n(?:    .*\n|For further error .*\n)*?"
    r"    log: ([^,\n]+)(?:, .+)? \(check.*\n"
    r"(?:    .*\n)*+(?!Trying to restart)",
    re.MULTILINE,
)
"""Snakemake's words on a job that failed for good; the group is the log of the stage, which on a
cluster has the job's own beside it."""


def explain(directory: RunDirectory, log: Path, text: str) -> NoReturn:
    """Raise what the stages that failed said, or where to look; `text`: Snakemake's words."""
    failed = [directory.path / name for name in dict.fromkeys(_FAILED.findall(text))]
    for path in failed:
        if FAULT in (said := _read(path)):
            raise RuntimeError(f"a stage failed (log: {path}):\n{said}")
    if failed:
        said_by = [_said(path) for path in failed]
        several = f"{len(failed)} stages failed"
        raise KdauditError(said_by[0] if not said_by[1:] else "\n  ".join([several, *said_by]))
    lines = [line for line in text.splitlines() if line.strip() and not line[0].isspace()]
    last = lines[-1] if lines else "without a word"
    raise KdauditError(f"the workflow failed: {last} (log: {log})")


def _said(path: Path) -> str:
    """The error at the end of a stage's log, its first line with the place of the log."""
    _, found, error = ("\n" + _read(path)).rpartition("\n" + PREFIX)
    if not found:
        why = "was it killed, or is memory short?"
        if (free := shutil.disk_usage(path.parent).free) < FULL:
            why = f"its file system is full ({free:,} bytes are left): make room"
        return f"a stage ended without a word: {why} (log: {path})"
    first, *more = error.strip().split("\n")
    return "\n".join([first if "(log: " in first else f"{first} (log: {path})", *more])


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
