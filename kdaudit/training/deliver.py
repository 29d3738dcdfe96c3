"""A finished checkpoint and its dictionaries, copied to where a user wants them."""

from __future__ import annotations

import shutil
from pathlib import Path

from kdaudit.errors import InputError
from kdaudit.training.command import CHECKPOINT


def check_folder(folder: Path, teacher: Path) -> None:
    """InputError where a checkpoint cannot be delivered to a folder, or would take the place of its
    teacher."""
    if folder.exists() and not folder.is_dir():
        raise InputError("is no folder", path=folder)
    if (folder / CHECKPOINT).resolve() == teacher.resolve():
        raise InputError("the new checkpoint would take the place of its teacher", path=folder)


def deliver(home: Path, folder: Path) -> Path:
    """Copy the checkpoint and the dictionaries of a model's `home` to a folder; the folder.

    Each takes its place when it is whole, the checkpoint last. InputError where it cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in [*sorted(home.glob("dict.*.txt")), home / CHECKPOINT]:
            beside = folder / f".{path.name}.part"
            shutil.copyfile(path, beside)
            beside.replace(folder / path.name)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", path=folder) from error
    return folder
