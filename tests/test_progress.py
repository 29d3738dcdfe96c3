"""Where the progress of a stage is shown."""

from __future__ import annotations

import errno
import json
import shutil
from pathlib import Path

import pytest

from kdaudit.progress import DIRECTORY, showing


def test_progress_goes_to_the_folder_that_the_workflow_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    with showing("train teacher") as progress:
        progress(3, 3, "loss 0.2")
        written = [json.loads(path.read_text()) for path in tmp_path.glob("*.json")]
    assert written == [{"title": "train teacher", "done": 3, "total": 3, "note": "loss 0.2"}]


def test_a_folder_that_is_not_there_stops_no_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DIRECTORY, str(tmp_path / "of another machine"))
    with showing("train teacher") as progress:
        progress(1, 3, "")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("step", ["write_text", "replace"])
def test_progress_that_cannot_be_written_is_not_shown_and_stops_no_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*arguments: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setenv(DIRECTORY, str(tmp_path))
    with showing("train teacher") as progress:
        with monkeypatch.context() as patched:
            patched.setattr(Path, step, full)
            progress(2, 2, "")
        assert json.loads(next(tmp_path.glob("*.json")).read_text())["done"] == 0
        progress(3, 3, "")
        assert json.loads(next(tmp_path.glob("*.json")).read_text())["done"] == 3
    assert not list(tmp_path.iterdir())


def test_progress_whose_folder_goes_stops_no_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "bars"
    folder.mkdir()
    monkeypatch.setenv(DIRECTORY, str(folder))
    with showing("train teacher") as progress:
        shutil.rmtree(folder)
        progress(3, 3, "")
    assert not folder.exists()
