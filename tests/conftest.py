"""What all tests share: the tiny real models, trained once, and the shared data where it is."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

from kdaudit.artifacts import RunDirectory
from kdaudit.recipe.finetune import ADAPTED
from kdaudit.stages import train
from kdaudit.stages.base import Context
from tests.tiny import CopyTask, finetuning, train_copy_task

# The first example pays for imports, and the machine may be busy: no test is about time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SHARED = Path(os.environ.get("KDAUDIT_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def copy_task(tmp_path_factory) -> CopyTask:
    """A real transformer that fairseq has trained to copy its source; about a minute."""
    return train_copy_task(tmp_path_factory.mktemp("copy-task"))


@pytest.fixture(scope="session")
def chosen(copy_task, tmp_path_factory) -> Context:
    """A run that takes the copier over and has chosen pairs to fine-tune it on."""
    return finetuning(copy_task, tmp_path_factory.mktemp("chosen"))


@pytest.fixture(scope="session")
def fine_tuned(chosen, tmp_path_factory) -> Context:
    """The same run, fine-tuned for real."""
    path = tmp_path_factory.mktemp("fine-tuned") / "run"
    shutil.copytree(chosen.directory.path, path)
    context = Context(RunDirectory(path), chosen.recipe)
    train.run(context, ADAPTED)
    return context


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data that is not part of the project."""
    data = SHARED / "data"
    if not data.is_dir():
        pytest.skip(f"no real data at {data} (set KDAUDIT_SHARED)")
    return data
