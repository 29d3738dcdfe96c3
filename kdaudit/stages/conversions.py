"""Conversions of models, kept in the user's cache by the hash of what they were made of.

Reads a model's files; writes `kdaudit/models/<hash>/` in `$XDG_CACHE_HOME`, by default
`~/.cache`, so that a model is converted once, however many audits it is part of.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

from kdaudit.artifacts import read_object, write_json
from kdaudit.corpus.subwords import Subwords
from kdaudit.errors import ArtifactError
from kdaudit.inference.conversion import convert
from kdaudit.inference.families import Found
from kdaudit.recorded import file_hash
from kdaudit.stages.base import digest

FORM = 1
"""Raised when conversions come to be made in another way."""

MODEL = "model.bin"
_ABOUT = "about.json"


def cache() -> Path:
    """Where conversions are kept."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "kdaudit" / "models"


def hashes(found: Found) -> dict[str, str]:
    """The SHA-256 of each of a model's files, by its name."""
    return {path.name: file_hash(path) for path in found.files}


def converted(found: Found) -> Path:
    """The CTranslate2 directory of a model, out of the cache or made now.

    InputError where the model cannot be converted; ArtifactError where the cache cannot be
    written.
    """
    made_by = FORM, version("ctranslate2"), found.family
    home = cache() / digest(made_by, [(path.name, file_hash(path)) for path in _made_of(found)])
    if not _is_whole(home):
        try:
            _make(found, home)
        except OSError as error:
            raise ArtifactError(
                f"{home}: cannot be written: {error.strerror or error}; XDG_CACHE_HOME names "
                "another place for conversions"
            ) from error
    return home / "ctranslate2"


def _made_of(found: Found) -> list[Path]:
    """The files that a conversion is made of, in their order: of Marian's, subwords may be the
    vocabulary; no other family's conversion has to do with them."""
    if found.family == "marian":
        return [found.model, *found.vocabularies, *found.subwords]
    return [path for path in found.files if path not in found.subwords]


def _make(found: Found, home: Path) -> None:
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".converting-", dir=home.parent) as folder:
        made = Path(folder) / home.name
        made.mkdir()
        convert(found, made / "ctranslate2", [Subwords(path).pieces() for path in found.subwords])
        about = {"model": str(found.model), "sha256": file_hash(made / "ctranslate2" / MODEL)}
        write_json(made / _ABOUT, about)
        shutil.rmtree(home, ignore_errors=True)  # of a conversion that was cut off, or damaged
        made.replace(home)


def _is_whole(home: Path) -> bool:
    weights, about = home / "ctranslate2" / MODEL, home / _ABOUT
    if not (weights.is_file() and about.is_file()):
        return False
    return bool(file_hash(weights) == read_object(about, "sha256")["sha256"])


def put(source: Path, target: Path) -> None:
    """A file in a second place: the same one where the file system can, a copy where it cannot."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
