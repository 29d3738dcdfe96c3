"""Versions that have worked on a run directory are known, and named when others come."""

from __future__ import annotations

from kdaudit.artifacts import RunDirectory
from kdaudit.stages import versions


def test_a_changed_version_is_said_as_long_as_its_results_may_be_there(tmp_path, monkeypatch):
    directory = RunDirectory(tmp_path)
    assert versions.note_versions(directory) == []
    assert versions.note_versions(directory) == []
    real = versions.versions()
    newer = real | {"kdaudit": "99.0", "torch": "99.1"}
    monkeypatch.setattr(versions, "versions", lambda: newer)
    said = [f"kdaudit {real['kdaudit']} (now 99.0)", f"torch {real['torch']} (now 99.1)"]
    assert versions.note_versions(directory) == said
    assert versions.note_versions(directory) == said
