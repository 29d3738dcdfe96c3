"""Models of other toolkits as CTranslate2 directories, by CTranslate2's own converters.

Reads a model's files; writes a directory with `model.bin`, `config.json` and vocabularies. Code
in a checkpoint is never run.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from kdaudit.errors import InputError, KdauditError, first_line
from kdaudit.fairseq_checkpoint import allow_fairseq_checkpoints, write_plain
from kdaudit.inference import huggingface
from kdaudit.inference.families import Family, Found, own_files, read_config

FAIRSEQ_LANGUAGES = ("source", "target")
"""What the two dictionaries are called for the converter, whatever a checkpoint calls them."""


def convert(found: Found, output: Path, pieces: Sequence[Sequence[str]] = ()) -> None:
    """Write the CTranslate2 directory of a model; InputError where it is none that CTranslate2 has.

    `pieces`: those of the SentencePiece models, by number, for Marian, where such a model is
    the vocabulary.
    """
    try:
        if found.family == "marian":
            _marian(found, output, pieces)
        else:
            _CONVERTERS[found.family](found, output)
    except KdauditError:
        raise
    except Exception as error:  # a converter fails with whatever it happens to miss
        raise InputError(
            f"CTranslate2 cannot convert it ({found.family}): {_why(error)}", path=found.model
        ) from error


def _why(error: Exception) -> str:
    """The converter's reason: its list of what is not supported, or the first line."""
    lines = [line.strip(" -") for line in str(error).splitlines() if line.strip(" -")]
    if len(lines) > 1:
        return "; ".join(lines)
    return f"it lacks {error}" if isinstance(error, KeyError) else first_line(error)


def _ctranslate2(found: Found, output: Path) -> None:
    output.mkdir(parents=True)
    for path in own_files(found.model):
        if path.suffix in (".bin", ".json", ".txt"):
            shutil.copyfile(path, output / path.name)


def _huggingface(found: Found, output: Path) -> None:
    huggingface.convert(found.model, output)


def _fairseq(found: Found, output: Path) -> None:
    from ctranslate2.converters import FairseqConverter

    allow_fairseq_checkpoints()
    folder = output.with_name(f"{output.name}-dictionaries")
    folder.mkdir(parents=True)
    for path, language in zip(_both(found.vocabularies), FAIRSEQ_LANGUAGES, strict=True):
        shutil.copyfile(path, folder / f"dict.{language}.txt")
    write_plain(found.model, folder / "checkpoint.pt")
    source, target = FAIRSEQ_LANGUAGES
    converter = FairseqConverter(
        str(folder / "checkpoint.pt"), str(folder), source_lang=source, target_lang=target
    )
    converter.convert(str(output))
    shutil.rmtree(folder)


def _opennmt(found: Found, output: Path) -> None:
    from ctranslate2.converters import OpenNMTPyConverter

    allow_fairseq_checkpoints()
    OpenNMTPyConverter(str(found.model)).convert(str(output))


def _marian(found: Found, output: Path, pieces: Sequence[Sequence[str]]) -> None:
    from ctranslate2.converters import MarianConverter

    folder = output.with_name(f"{output.name}-vocabularies")
    folder.mkdir(parents=True)
    paths = []
    for number, path in enumerate(found.vocabularies):
        if path.suffix == ".spm":
            path = folder / f"{number}.yml"
            own = pieces[min(number, len(pieces) - 1)]
            path.write_text(_as_yaml(own), encoding="utf-8")
        paths.append(str(path))
    MarianConverter(str(found.model), paths).convert(str(output))
    shutil.rmtree(folder)


def _as_yaml(pieces: Sequence[str]) -> str:
    """Marian's vocabulary of pieces, each with its number, as its converter reads one."""
    quoted = (piece.replace("'", "''") for piece in pieces)
    return "".join(f"'{piece}': {number}\n" for number, piece in enumerate(quoted))


def _both(paths: Sequence[Path]) -> tuple[Path, Path]:
    return paths[0], paths[-1]


_CONVERTERS: dict[Family, Callable[[Found, Path], None]] = {
    "ctranslate2": _ctranslate2,
    "fairseq": _fairseq,
    "huggingface": _huggingface,
    "opennmt": _opennmt,
}


def set_start(folder: Path, start: str) -> None:
    """Let the decoder of a converted model begin with the piece `start`."""
    config = read_config(folder)
    for name, piece in (("bos_token", "<s>"), ("eos_token", huggingface.END)):
        config[name] = config.get(name) or piece
    (folder / "config.json").write_text(
        json.dumps({**config, "decoder_start_token": start}, indent=2), encoding="utf-8"
    )


def vocabulary(folder: Path, side: str) -> list[str]:
    """The pieces that a converted model knows on one side, by number."""
    for name in (f"{side}_vocabulary", "shared_vocabulary"):
        path = folder / f"{name}.json"
        if path.is_file():
            return [str(piece) for piece in json.loads(path.read_text(encoding="utf-8"))]
        if path.with_suffix(".txt").is_file():
            text = path.with_suffix(".txt").read_text(encoding="utf-8")
            return text.split("\n")[: text.count("\n")]
    raise InputError(f"has no vocabulary of its {side}", path=folder)
