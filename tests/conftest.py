"""What all tests share: the tiny real models, trained once, and the shared data where it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests.tiny import CopyTask, train_copy_task

# The first example pays for imports, and the machine may be busy: no test is about time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SHARED = Path(os.environ.get("KDAUDIT_SHARED", Path(__file__).parents[2] / "shared"))


@pytest.fixture(scope="session")
def copy_task(tmp_path_factory) -> CopyTask:
    """A real transformer that fairseq has trained to copy its source; about a minute."""
    return train_copy_task(tmp_path_factory.mktemp("copy-task"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data that is not part of the project."""
    data = SHARED / "data"
    if not data.is_dir():
        pytest.skip(f"no real data at {data} (set KDAUDIT_SHARED)")
    return data
