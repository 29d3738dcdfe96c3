"""What lies at a path: a model of which family, and which files belong to it.

Reads names of files, `config.json`, and of a PyTorch checkpoint its keys, weights-only.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kdaudit.errors import InputError, first_line
from kdaudit.fairseq_checkpoint import allow_fairseq_checkpoints

Family = Literal["ctranslate2", "fairseq", "huggingface", "marian", "opennmt"]

MODEL_TYPES = ("marian", "m2m_100", "mbart")
"""Of Hugging Face: MarianMT; M2M-100 and NLLB; mBART-25 and mBART-50."""

HUB_FILES = ("*.json", "*.model", "*.spm", "*.txt", "*.safetensors", "pytorch_model*.bin")
"""What is fetched of a model on the hub."""

_HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w-][\w.-]*")
_FILES = {".pt", ".npz", ".bin", ".model", ".spm", ".txt", ".gz", ".zst", ".yml", ".json"}

_LOOKED_FOR = (
    "a CTranslate2 directory (model.bin, config.json), a Hugging Face directory (config.json with "
    f"'model_type' {', '.join(MODEL_TYPES)}), a Marian model (.npz), a fairseq or OpenNMT-py "
    "checkpoint (.pt), or a directory with one of the last two"
)


@dataclass(frozen=True)
class Found:
    """A model: its family, the file or directory of its weights, and beside them its dictionaries
    or vocabularies (fairseq, Marian; source first) and its SentencePiece models (none where the
    tokenizer is in the directory; one of both sides; or source and target)."""

    family: Family
    model: Path
    vocabularies: tuple[Path, ...] = ()
    subwords: tuple[Path, ...] = ()

    @property
    def files(self) -> list[Path]:
        """All files that the model and its conversion are made of."""
        own = visible_files(self.model) if self.model.is_dir() else [self.model]
        return list(dict.fromkeys([*own, *self.vocabularies, *self.subwords]))


def visible_files(folder: Path) -> list[Path]:
    """The files of a folder itself, by name, hidden ones left out."""
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name[0] != ".")


def own_files(folder: Path) -> list[Path]:
    """The same, to be copied; InputError where one is a link that leads out of the model.

    The hub's cache has links from `snapshots/<revision>/` to `blobs/` beside it.
    """
    files = visible_files(folder)
    check_own(files)
    return files


def check_own(files: Iterable[Path]) -> None:
    """InputError for the first file that is a link and leads out of its folder."""
    for path in files:
        home = path.parent.resolve()
        roots = [home, *([home.parents[1] / "blobs"] if home.parent.name == "snapshots" else [])]
        if not any(path.resolve().is_relative_to(root) for root in roots):
            raise InputError("is a link to a file that is no part of the model", path=path)


def is_hub_name(path: str, folder: Path) -> bool:
    """Whether a text is the name of a model on the hub, and no path that counts from `folder`:
    `owner/name`, where there is no such folder and no suffix of a file."""
    if not _HUB_NAME.fullmatch(path) or (folder / path).parent.exists():
        return False
    return Path(path).suffix not in _FILES


def find_model(path: Path, subwords: Iterable[Path] = ()) -> Found:
    """The model at a path, with the given SentencePiece models, or those that lie beside it.

    InputError for a path where there is none; it says what was looked for.
    """
    given = tuple(subwords)
    for file in given:
        if not file.is_file():
            raise InputError("there is no such SentencePiece model", path=file)
    if not path.exists():
        raise InputError("there is no such file or directory", path=path)
    weights = _weights(path) if path.is_dir() else path
    if weights.is_dir():
        return _of_directory(weights, given)
    if weights.suffix == ".npz":
        return _marian(weights, given)
    keys = checkpoint_keys(weights)
    if {"vocab", "opt", "generator"} <= keys:
        return Found("opennmt", weights, subwords=given or _beside(weights))
    if "model" in keys and keys & {"cfg", "args"}:
        return Found("fairseq", weights, subwords=given or _beside(weights))
    raise InputError(
        f"is a PyTorch file, but no checkpoint of fairseq or OpenNMT-py: {sorted(keys)}",
        path=weights,
    )


def _weights(folder: Path) -> Path:
    """The folder itself where it is a model, or the one model file in it."""
    if (folder / "model.bin").is_file() or (folder / "config.json").is_file():
        return folder
    for suffix in (".npz", ".pt"):
        found = [path for path in visible_files(folder) if path.suffix == suffix]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(path.name for path in found)
            raise InputError(f"holds several models ({names}): name one of them", path=folder)
    raise InputError(f"is no model: looked for {_LOOKED_FOR}", path=folder)


def _of_directory(folder: Path, given: tuple[Path, ...]) -> Found:
    config = read_config(folder)
    if (folder / "model.bin").is_file():
        own = () if has_tokenizer(folder) and not given else given or _beside(folder / "model.bin")
        return Found("ctranslate2", folder, subwords=own)
    kind = config.get("model_type")
    if kind in MODEL_TYPES:
        if given:
            raise InputError("has a tokenizer of its own: leave --subwords out", path=folder)
        return Found("huggingface", folder)
    raise InputError(
        f"is no model that can be audited (config.json: 'model_type' is {kind!r}): looked for "
        f"{_LOOKED_FOR}",
        path=folder,
    )


def has_tokenizer(folder: Path) -> bool:
    """Whether a directory holds a tokenizer of Hugging Face."""
    return (folder / "tokenizer_config.json").is_file() or (folder / "tokenizer.json").is_file()


def read_config(folder: Path) -> dict[str, Any]:
    """`config.json` of a directory; InputError where it is none."""
    path = folder / "config.json"
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"is no model's configuration: {first_line(error)}", path=path) from error
    if not isinstance(found, dict):
        raise InputError("is no model's configuration: no JSON object", path=path)
    return found


def _marian(weights: Path, given: tuple[Path, ...]) -> Found:
    vocabularies = _marian_vocabularies(weights)
    check_own(vocabularies)
    own = tuple(path for path in vocabularies if path.suffix == ".spm")
    return Found("marian", weights, vocabularies, given or own or _beside(weights))


def _marian_vocabularies(weights: Path) -> tuple[Path, ...]:
    """Those beside a Marian model: `*vocab*.yml` or `.spm`, of both sides or source and target."""
    files = visible_files(weights.parent)
    named = [path for path in files if "vocab" in path.name.lower()]
    for suffix in (".yml", ".yaml", ".spm"):
        found = [path for path in named if path.suffix == suffix]
        if len(found) == 1:
            return (found[0],)
        if len(found) == 2:
            return _by_side(found, weights)
        if found:
            names = ", ".join(path.name for path in found)
            raise InputError(f"has more than two vocabularies beside it: {names}", path=weights)
    raise InputError("has no vocabulary beside it: *vocab*.yml or *vocab*.spm", path=weights)


def _beside(weights: Path) -> tuple[Path, ...]:
    """The SentencePiece models beside a model; InputError where it is not clear which they are."""
    files = [path for path in visible_files(weights.parent) if path.suffix in (".spm", ".model")]
    check_own(files)
    if len(files) == 1:
        return (files[0],)
    if len(files) == 2:
        return _by_side(files, weights)
    shown = ", ".join(path.name for path in files) or "there is none beside it"
    raise InputError(
        f"needs its SentencePiece model, or two (source, target): {shown}; give --subwords "
        "NAME=FILE or NAME=SOURCE,TARGET",
        path=weights,
    )


def _by_side(files: list[Path], weights: Path) -> tuple[Path, Path]:
    """Two files as source and target, by `src` or `source`, and `trg`, `tgt` or `target`, in their
    names."""
    sides: dict[str, Path] = {}
    for path in files:
        name = path.name.lower()
        if re.search(r"src|source", name):
            sides["source"] = path
        elif re.search(r"trg|tgt|target", name):
            sides["target"] = path
    if len(sides) == 2:
        return sides["source"], sides["target"]
    names = " and ".join(path.name for path in files)
    raise InputError(
        f"has {names} beside it, and their names do not say which is the source's (src, source) "
        "and which the target's (trg, tgt, target)",
        path=weights,
    )


def checkpoint_keys(path: Path) -> set[str]:
    """The keys of a PyTorch checkpoint; InputError where it is none, or asks to run code."""
    return set(load_checkpoint(path))


def load_checkpoint(path: Path) -> dict[str, Any]:
    """A PyTorch checkpoint, weights-only; its tensors are read as they are used."""
    import torch

    allow_fairseq_checkpoints()
    try:
        is_new = zipfile.is_zipfile(path)  # the former kind cannot be mapped
        found = torch.load(path, map_location="cpu", weights_only=True, mmap=is_new)
    except Exception as error:  # damaged bytes raise whatever they happen to break
        asked = re.search(r"GLOBAL (\S+)", str(error))
        why = "it is damaged, or no checkpoint, nor text in UTF-8; looked for " + _LOOKED_FOR
        if asked is not None:
            why = f"it asks for '{asked[1]}', which is no weight; nothing of it was run"
        raise InputError(f"cannot be loaded as weights only: {why}", path=path) from error
    if not isinstance(found, dict):
        raise InputError("is a PyTorch file, but no checkpoint", path=path)
    return {str(key): value for key, value in found.items()}
