"""The checkpoints of a training: choosing the one to go on from, slimming the last one.

Reads and writes `*.pt`. Each carries the identity of its training, and is gone on from only
there.
"""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from argparse import Namespace
from pathlib import Path
from typing import Any

from kdaudit.errors import InputError
from kdaudit.fairseq_checkpoint import load, options_of

LAST = "checkpoint_last.pt"
BEST = "checkpoint_best.pt"
STAMP = "stamp.json"
"""The file in the work directory that says what is trained there, on what."""

IDENTITY = "kdaudit"
"""The key of a training's identity in a checkpoint's `extra_state`."""


def is_whole(path: Path) -> bool:
    """Whether the file is a complete archive; a checkpoint cut off while written is not."""
    if not path.is_file() or not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return archive.testzip() is None


def identity(directory: Path) -> str:
    """What tells the training in a work directory from any other: its settings and its data."""
    return hashlib.sha256((directory / STAMP).read_bytes()).hexdigest()


def check_own(path: Path, expected: str) -> dict[str, Any]:
    """The state of a checkpoint of the training `expected`; InputError where it is another's."""
    state = load(path)
    extra = state.get("extra_state")
    if not isinstance(extra, dict) or extra.get(IDENTITY) != expected:
        raise InputError(
            "is a checkpoint of another training (other settings, other data or another "
            f"program): delete {path.parent} to train from the beginning",
            path=path,
        )
    return state


def check_options(state: dict[str, Any], ours: Namespace, path: Path) -> None:
    """InputError where a checkpoint's options hold a text that those of this training do not.

    fairseq and the converter set up their models from these options, and evaluate some of
    them as Python where they are texts.
    """
    known = {value for value in vars(ours).values() if isinstance(value, str)}
    for name, value in vars(options_of(state, path)).items():
        if isinstance(value, str) and value not in known:
            raise InputError(
                f"holds an option that this training does not have: {name} {value!r}", path=path
            )


def updates(state: dict[str, Any]) -> int:
    """How many updates the model of a checkpoint has had."""
    return int(state["optimizer_history"][-1]["num_updates"])


def prepare_resume(directory: Path) -> bool:
    """Leave in `directory` a last checkpoint that can be gone on from, or none; says which.

    A training killed while it wrote `checkpoint_last.pt` goes on from the best one,
    which is an earlier point of the same run: training is deterministic from there.
    fairseq writes the best one first, so a cut last one without it is damage of another
    kind: InputError.
    """
    last, best = directory / LAST, directory / BEST
    if is_whole(last):
        return True
    if not is_whole(best):
        if last.exists():
            raise InputError(
                f"is no whole checkpoint, and there is no other to go on from: delete "
                f"{directory} to train from the beginning",
                path=last,
            )
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
