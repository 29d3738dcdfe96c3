"""Hashes beside results: when they are written, and what a kill in between leaves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from kdaudit import recorded
from kdaudit.artifacts import read_json, replacing, write_bytes, write_json, write_text
from kdaudit.errors import ArtifactError
from kdaudit.recorded import check_recorded, is_as_recorded, record_of, records, result_of


def test_a_record_is_what_sha256sum_reads(tmp_path):
    write_json(tmp_path / "a.json", {"a": 1})
    command = ["sha256sum", "-c", ".a.json.sha256"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "a.json: OK\n")


def test_a_changed_file_is_refused_and_one_without_a_record_is_not(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": 1})
    path.write_text('{"a": 2}')
    with pytest.raises(ArtifactError, match=r"a\.json: is damaged.*--recompute` makes it again"):
        read_json(path)
    record_of(path).unlink()
    assert read_json(path) == {"a": 2}


def test_a_file_that_is_not_recorded_takes_the_record_of_an_earlier_one_away(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "one", recorded=True)
    assert list(records(tmp_path)) == [record_of(path)]
    write_text(path, "two")
    assert list(records(tmp_path)) == []
    check_recorded(path)


def test_the_name_of_a_record_leads_back():
    path = Path("run/part-00000-of-00001.parquet")
    assert result_of(record_of(path)) == path


@pytest.mark.parametrize("step", range(3))
def test_whoever_is_killed_on_the_way_leaves_no_wrong_record(tmp_path, monkeypatch, step):
    """Killed before the old record goes, before the file is in place, and before the new record."""
    path = tmp_path / "a.bin"
    write_bytes(path, b"old", recorded=True)
    done = []

    class Killed(BaseException):
        pass

    def killed_at(real):
        def call(self, *arguments, **options):
            inside = self in (record_of(path),) or ".a.bin." in self.name
            if inside and len(done) == step:
                raise Killed
            done.append(self)
            return real(self, *arguments, **options)

        return call

    with pytest.raises(Killed), replacing(path, recorded=True) as temporary:
        temporary.write_bytes(b"new")
        monkeypatch.setattr(recorded.Path, "unlink", killed_at(Path.unlink))
        monkeypatch.setattr(recorded.Path, "replace", killed_at(Path.replace))
    monkeypatch.undo()
    assert path.read_bytes() in (b"old", b"new")
    assert is_as_recorded(path)
