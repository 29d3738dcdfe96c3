"""With which versions a run directory has been worked on; reads and writes `logs/versions.json`."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from kdaudit._version import __version__
from kdaudit.artifacts import RunDirectory, read_object, write_json
from kdaudit.errors import ArtifactError
from kdaudit.recorded import check_recorded

PACKAGES = ("torch", "fairseq-fixed", "ctranslate2", "sentencepiece", "sacrebleu", "snakemake")
"""Packages that results depend on."""

_ALL = "versions"


def versions() -> dict[str, str]:
    """The versions of kdaudit, Python and the packages that are at work now."""
    packages = {name: version(name) for name in PACKAGES}
    return {"kdaudit": __version__, "python": platform.python_version()} | packages


def note_versions(directory: RunDirectory) -> list[str]:
    """`other_versions`, and the versions of now are written down beside them."""
    others, now = other_versions(directory), versions()
    path = _path(directory)
    known = _known(path) or []
    if now not in known:
        write_json(path, {_ALL: [*known, now]})
    return others


def other_versions(directory: RunDirectory) -> list[str]:
    """What differs in the versions that have worked here before, as texts; writes nothing.

    Results of a run that other versions have worked on may be of theirs. ArtifactError where the
    file that says so is damaged.
    """
    path, now = _path(directory), versions()
    if not path.is_file():
        return []
    known = _known(path)
    if known is None:
        return [f"unknown versions ({path.name} is no list of versions, and begins anew)"]
    return list(dict.fromkeys(text for one in known for text in _changes(one, now)))


def _path(directory: RunDirectory) -> Path:
    return directory.logs / "versions.json"


def _known(path: Path) -> list[dict[str, str]] | None:
    """The versions in a file; None where it is none of ours, with or without a hash beside it."""
    if not path.is_file():
        return None
    check_recorded(path)
    try:
        found = read_object(path, _ALL)[_ALL]
    except ArtifactError:  # whoever asks says so
        return None
    return found if isinstance(found, list) and all(map(_is_versions, found)) else None


def _is_versions(one: object) -> bool:
    return isinstance(one, dict) and all(isinstance(text, str) for text in one.values())


def _changes(before: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    for name, current in now.items():
        if before.get(name, current) != current:
            yield f"{name} {before[name]} (now {current})"
