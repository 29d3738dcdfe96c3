"""Who is at work in a run directory: a run waits for the stages of one that was killed.

The lock is on the directory itself, so that it needs no file, and goes with the process that holds
it. The run's own lock, which only it and its workflow hold, is in `kdaudit.workflow.runner`.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from kdaudit.errors import ArtifactError


@contextmanager
def at_work(directory: Path) -> Iterator[None]:
    """A stage is at work in the directory while the block runs, beside any others.

    Without a directory the stage has something else to say. Where directories cannot be locked,
    as on some network's file systems, nothing is held, and nothing is found by `check_idle`.
    """
    try:
        lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        yield
        return
    try:
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_SH)
        yield
    finally:
        os.close(lock)


def check_idle(directory: Path) -> None:
    """ArtifactError where a stage is at work in the directory."""
    lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise ArtifactError(
            f"{directory}: a stage of a run that was killed is still at work there; wait for it, "
            "or stop it"
        ) from error
    except OSError:  # such a file system as above
        return
    finally:
        os.close(lock)
