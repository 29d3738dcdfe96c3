"""How far a stage is: a bar on a terminal, or a small file that `kdaudit run` shows.

Writes to standard error, or to the directory that the variable KDAUDIT_PROGRESS
names, one file for each running stage.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

Progress = Callable[[float, float, str], None]
"""Called with what is done, the total, and a note for the reader (an empty one for none)."""

DIRECTORY = "KDAUDIT_PROGRESS"
INTERVAL = 0.25
"""Seconds between two updates of a file."""


def silent(done: float, total: float, note: str = "") -> None:
    """Show nothing."""


@contextmanager
def showing(title: str) -> Iterator[Progress]:
    """Show the progress of one stage while the block runs."""
    directory = os.environ.get(DIRECTORY)
    if directory and Path(directory).is_dir():  # on another machine of a cluster it is not there
        with _in_file(title, Path(directory)) as progress:
            yield progress
    elif sys.stderr.isatty():
        with _on_terminal(title) as progress:
            yield progress
    else:
        yield silent


@contextmanager
def _in_file(title: str, directory: Path) -> Iterator[Progress]:
    path = directory / f"{os.getpid()}.json"
    temporary = path.with_suffix(".new")
    last = 0.0

    def progress(done: float, total: float, note: str = "") -> None:
        nonlocal last
        if time.monotonic() - last < INTERVAL and done < total:
            return
        last = time.monotonic()
        content = {"title": title, "done": done, "total": total, "note": note}
        # Replaced whole, so that a reader never sees half a line; not synced, for it is no result.
        # Where it cannot be written (a full disk, say) it is not shown, and that is all that is
        # lost: results are written by others, who say what keeps them from it.
        with suppress(OSError):
            temporary.write_text(json.dumps(content), encoding="utf-8")
            temporary.replace(path)

    progress(0, 1)
    try:
        yield progress
    finally:
        for file in (temporary, path):
            with suppress(OSError):  # gone with its folder, or for the workflow to delete
                file.unlink(missing_ok=True)


@contextmanager
def _on_terminal(title: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import Progress as Bars

    with Bars(*columns(), console=Console(stderr=True)) as bars:
        task = bars.add_task(title, note="", total=1)

        def progress(done: float, total: float, note: str = "") -> None:
            bars.update(task, completed=done, total=total, note=note)

        yield progress


def columns() -> tuple[ProgressColumn, ...]:
    """The columns of every bar of the tool."""
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

    return (
        TextColumn("{task.description:<34}"),
        BarColumn(bar_width=24),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
    )
