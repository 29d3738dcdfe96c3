"""With which versions a run directory has been worked on; reads and writes `logs/versions.json`."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import version

from kdaudit._version import __version__
from kdaudit.artifacts import RunDirectory, read_object, write_json

PACKAGES = ("torch", "fairseq-fixed", "ctranslate2", "sentencepiece", "sacrebleu", "snakemake")
"""Packages that results depend on."""

_ALL = "versions"


def versions() -> dict[str, str]:
    """The versions of kdaudit, Python and the packages that are at work now."""
    packages = {name: version(name) for name in PACKAGES}
    return {"kdaudit": __version__, "python": platform.python_version()} | packages


def note_versions(directory: RunDirectory) -> list[str]:
    """Write down the versions of now; what differs in those that worked here before, as texts.

    Results of a run that other versions have worked on may be of theirs.
    """
    path, now = directory.logs / "versions.json", versions()
    known = read_object(path, _ALL)[_ALL] if path.is_file() else []
    if now not in known:
        write_json(path, {_ALL: [*known, now]})
    return list(dict.fromkeys(text for one in known for text in _changes(one, now)))


def _changes(before: dict[str, str], now: dict[str, str]) -> Iterator[str]:
    for name, current in now.items():
        if before.get(name, current) != current:
            yield f"{name} {before[name]} (now {current})"
