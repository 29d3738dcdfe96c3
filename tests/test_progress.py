"""Where the progress of a stage is shown."""

from __future__ import annotations

import json
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
