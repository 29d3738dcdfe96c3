"""fairseq checkpoints: loading them safely, choosing the one to go on from, slimming the last one.

Reads and writes `*.pt`. Loading is always weights-only, so a checkpoint cannot
run code. Each carries the identity of its training, and is gone on from only there.
"""

from __future__ import annotations

import hashlib
import pickle
import re
import shutil
import zipfile
from argparse import Namespace
from pathlib import Path
from typing import Any

from kdaudit.errors import InputError, first_line

LAST = "checkpoint_last.pt"
BEST = "checkpoint_best.pt"
STAMP = "stamp.json"
"""The file in the work directory that says what is trained there, on what."""

IDENTITY = "kdaudit"
"""The key of a training's identity in a checkpoint's `extra_state`."""


def allow_fairseq_checkpoints() -> None:
    """Let torch's weights-only loader accept the one plain class in a fairseq checkpoint."""
    import torch

    torch.serialization.add_safe_globals([Namespace])


def load(path: Path) -> dict[str, Any]:
    """The state of a fairseq checkpoint, weights-only; InputError where it is none."""
    import torch

    allow_fairseq_checkpoints()
    if not path.is_file():
        raise InputError("no such checkpoint", path=path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged bytes raise whatever they happen to break
        raise InputError(f"cannot be loaded as weights only: {_why(error)}", path=path) from error
    if not isinstance(state, dict) or "model" not in state:
        raise InputError("holds no fairseq model", path=path)
    return state


def _why(error: Exception) -> str:
    """The reason in torch's long text, which else advises to turn the protection off."""
    if (code := re.search(r"GLOBAL (\S+)", str(error))) is not None:
        return f"it asks for '{code[1]}', which is no weight; nothing of it was run"
    if isinstance(error, pickle.UnpicklingError):
        return "it is damaged, or no checkpoint"
    return first_line(error)


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


def check_transformer(path: Path) -> dict[str, Any]:
    """The state of a checkpoint; InputError unless fairseq can set up its model without evaluating
    an option.

    For models whose training is not at hand: a transformer of the task `translation`.
    """
    state = load(path)
    options = vars(options_of(state, path))
    arch, task = str(options.get("arch")), str(options.get("task"))
    is_plain = arch.startswith("transformer") and not arch.startswith("transformer_lm")
    if not is_plain or task != "translation" or options.get("adaptive_softmax_cutoff"):
        raise InputError(f"is no plain transformer ({arch}) for translation ({task})", path=path)
    return state


def options_of(state: dict[str, Any], path: Path) -> Namespace:
    """The options from which fairseq sets up the model of a checkpoint."""
    config = state.get("cfg")
    model = config.get("model") if isinstance(config, dict) else None
    if state.get("args") is not None or not isinstance(model, Namespace):
        raise InputError("holds options of another form than fairseq 0.12 writes", path=path)
    return model


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
