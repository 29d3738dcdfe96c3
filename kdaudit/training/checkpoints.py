"""fairseq checkpoints: loading them safely, choosing the one to go on from, slimming the last one.

Reads and writes `*.pt`. Loading is always weights-only, so a checkpoint cannot
run code.
"""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path
from typing import Any

from kdaudit.errors import InputError

LAST = "checkpoint_last.pt"
BEST = "checkpoint_best.pt"


def allow_fairseq_checkpoints() -> None:
    """Let torch's weights-only loader accept the one plain class in a fairseq checkpoint."""
    import argparse

    import torch

    torch.serialization.add_safe_globals([argparse.Namespace])


def load(path: Path) -> dict[str, Any]:
    """The state of a fairseq checkpoint, weights-only; InputError where it is none."""
    import pickle

    import torch

    allow_fairseq_checkpoints()
    if not path.is_file():
        raise InputError("no such checkpoint", path=path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (RuntimeError, EOFError, pickle.UnpicklingError, zipfile.BadZipFile) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"cannot be loaded as weights only: {reason}", path=path) from error
    if not isinstance(state, dict) or "model" not in state:
        raise InputError("holds no fairseq model", path=path)
    return state


def is_whole(path: Path) -> bool:
    """Whether the file is a complete archive; a checkpoint cut off while written is not."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return archive.testzip() is None


def prepare_resume(directory: Path) -> bool:
    """Leave in `directory` a last checkpoint that can be gone on from, or none; says which.

    A training killed while it wrote `checkpoint_last.pt` goes on from the best one,
    which is an earlier point of the same run: training is deterministic from there.
    """
    last, best = directory / LAST, directory / BEST
    if is_whole(last):
        return True
    last.unlink(missing_ok=True)
    if not is_whole(best):
        best.unlink(missing_ok=True)
        return False
    copy = directory / (LAST + ".copy")
    shutil.copyfile(best, copy)
    copy.replace(last)
    return True


def without_optimizer(source: Path, target: Path) -> None:
    """Write `source` without the optimizer's state, which is two thirds of it, to `target`."""
    import torch

    state = load(source)
    state["last_optimizer_state"] = None
    torch.save(state, target)
