"""Versions that have worked on a run directory are known, and named when others come."""

from __future__ import annotations

import pytest

from kdaudit.artifacts import RunDirectory, read_json
from kdaudit.errors import ArtifactError
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


@pytest.mark.parametrize(
    "content",
    [
        '{"versions": [3]}',
        '{"versions": 3}',
        '{"versions": [{"torch": 1}]}',
        "[]",
        '{"versions": [',
    ],
)
def test_a_file_that_is_no_list_of_versions_is_said_and_begins_anew(tmp_path, content):
    directory = RunDirectory(tmp_path)
    directory.logs.mkdir()
    path = directory.logs / "versions.json"
    path.write_text(content)
    (said,) = versions.note_versions(directory)
    assert said == "unknown versions (versions.json is no list of versions, and begins anew)"
    assert read_json(path) == {"versions": [versions.versions()]}
    assert versions.note_versions(directory) == []


def test_whoever_asks_for_other_versions_writes_nothing(tmp_path, monkeypatch):
    directory = RunDirectory(tmp_path)
    assert versions.other_versions(directory) == []
    assert not list(tmp_path.iterdir())
    versions.note_versions(directory)
    before = (directory.logs / "versions.json").read_bytes()
    newer = versions.versions() | {"kdaudit": "99.0"}
    monkeypatch.setattr(versions, "versions", lambda: newer)
    assert [said.endswith("(now 99.0)") for said in versions.other_versions(directory)] == [True]
    assert (directory.logs / "versions.json").read_bytes() == before


def test_a_damaged_file_of_versions_is_refused(tmp_path):
    directory = RunDirectory(tmp_path)
    versions.note_versions(directory)
    path = directory.logs / "versions.json"
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(ArtifactError, match=r"versions\.json: is damaged.*--recompute"):
        versions.note_versions(directory)
