"""Takes over the files of a model that is given: conversion, tokenizers, frame, check.

Reads the model's files and the user's cache; writes `ctranslate2/` and `tokenizer/` in a
model's home.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kdaudit.corpus.subwords import Subwords
from kdaudit.errors import InputError, KdauditError, first_line
from kdaudit.fairseq_checkpoint import load, options_of
from kdaudit.inference import InferenceSettings, Translator, huggingface
from kdaudit.inference.conversion import set_start, vocabulary
from kdaudit.inference.families import (
    Found,
    check_own,
    find_model,
    has_tokenizer,
    own_files,
    read_config,
)
from kdaudit.inference.huggingface import END, Codes, Spoken
from kdaudit.inference.originals import fairseq_pieces
from kdaudit.inference.pieces import Frame
from kdaudit.inference.positions import positions
from kdaudit.inference.vocabulary import check_dictionary
from kdaudit.recipe.models import GivenModel
from kdaudit.recorded import file_hash
from kdaudit.stages.conversions import converted, put
from kdaudit.stages.tokenizers import SIDES, TOKENIZER, limited, pieces_of
from kdaudit.training.architecture import architecture, languages

CHECKED = 32
"""Lines of the corpus that the original translates, too."""

NOT_RUN = {
    "ctranslate2": "the original is this directory",
    "marian": "Marian is not run here",
    "opennmt": "OpenNMT-py is not run here",
}
"""Why there is no check of these families."""

_SPECIAL = re.compile(r"<.*>|__\w+__|>>.*<<|madeupword\d+|[a-z]{2,3}_[A-Za-z]{2,4}")
"""Entries of a vocabulary that are no pieces of text."""

_LANGUAGE = re.compile(r"__[a-z]{2,3}__|[a-z]{3}_[A-Z][a-z]{3}|[a-z]{2}_[A-Z]{2}")
"""Those that are a language, of M2M-100, of NLLB, of mBART."""

_MBART = re.compile(r"[a-z]{2}_[A-Z]{2}")


@dataclass(frozen=True)
class Taken:
    """A model that was taken over: what lay there, how it is spoken to, and its manifest."""

    found: Found
    spoken: Spoken
    described: dict[str, Any]


def find(given: GivenModel) -> Found:
    """What lies at the path of a model that is given, its dictionaries included; a model of the
    hub is fetched. InputError says what was looked for."""
    assert given.path is not None, "translations are no model"
    fetched = huggingface.fetch(given.path, given.revision) if given.on_hub else None
    path = fetched or Path(given.path)
    found = find_model(path, map(Path, given.subwords))
    if found.family != "fairseq":
        return found
    architecture(found.model)  # refuses what CTranslate2 would convert to something else
    names = [f"dict.{language}.txt" for language in languages(found.model)]
    dictionaries = tuple(found.model.parent / name for name in names)
    for dictionary in dictionaries:
        if not dictionary.is_file():
            raise InputError("there is no such dictionary, beside its checkpoint", path=dictionary)
    check_own(dictionaries)
    return replace(found, vocabularies=dictionaries)


def take(home: Path, given: GivenModel, corpus: tuple[str, str]) -> Taken:
    """Put a model into its home; `corpus`: the languages that it translates.

    InputError or ArtifactError where it cannot be loaded, converted or spoken to.
    """
    try:
        return _taken(home, given, corpus)
    except KdauditError:
        raise
    except Exception as error:  # files of strangers fail with whatever they happen to break
        raise InputError(
            f"cannot be taken over: {type(error).__name__}: {first_line(error)}",
            path=Path(given.path or ""),
        ) from error


def _taken(home: Path, given: GivenModel, corpus: tuple[str, str]) -> Taken:
    found = find(given)
    if found.family == "huggingface":
        huggingface.check_files(own_files(found.model))
    if found.subwords:
        for path in found.subwords:
            Subwords(path)  # an error before anything is converted
    source = converted(found) if found.family != "ctranslate2" else found.model
    _put_converted(source, home / "ctranslate2", copied=found.family == "ctranslate2")
    _check_end(home / "ctranslate2")
    kind = _put_tokenizer(found, home / TOKENIZER)
    codes: Codes = given.codes
    if kind == "huggingface":
        tokenizer = huggingface.load_tokenizer(home / TOKENIZER)
        codes = huggingface.guessed(tokenizer, codes, corpus)
        spoken = huggingface.spoken(tokenizer, Path(given.path or ""), codes)
        set_start(home / "ctranslate2", spoken.start)
    else:
        _check_subwords(found, home / "ctranslate2")
        spoken = _spoken(found, home / "ctranslate2", codes)
        if _has_no_start(home / "ctranslate2"):
            set_start(home / "ctranslate2", spoken.start)
    described = {
        "family": found.family,
        "tokenizer": kind,
        "codes": list(codes),
        "frame": {name: list(pieces) for name, pieces in asdict(spoken.frame).items()},
        "positions": _positions(found, home / "ctranslate2"),
        "taken_from_sha256": {path.name: file_hash(path) for path in found.files},
    }
    return Taken(found, spoken, described)


def _put_converted(source: Path, target: Path, *, copied: bool) -> None:
    """Link or copy a converted model; its configuration is a copy, since it may be changed, and
    so is a user's own file."""
    target.mkdir(parents=True)
    for path in own_files(source):
        if copied or path.name == "config.json":
            shutil.copyfile(path, target / path.name)
        else:
            put(path, target / path.name)


def _put_tokenizer(found: Found, folder: Path) -> str:
    """Put a model's tokenizer beside it; of which kind it is."""
    folder.mkdir(parents=True)
    if found.subwords:
        for path, name in zip(found.subwords, SIDES, strict=False):
            shutil.copyfile(path, folder / name)
        return "sentencepiece"
    for path in own_files(found.model):
        if path.suffix in (".json", ".model", ".spm", ".txt") and "vocabulary" not in path.name:
            shutil.copyfile(path, folder / path.name)
    if not has_tokenizer(folder):
        raise InputError("has no tokenizer (tokenizer_config.json)", path=found.model)
    return "huggingface"


def _check_end(folder: Path) -> None:
    end = read_config(folder).get("eos_token") or END
    if end != END:
        raise InputError(f"ends its sentences with '{end}', not with '{END}'", path=folder)


def _check_subwords(found: Found, folder: Path) -> None:
    """ArtifactError where a side's vocabulary is not made of the model's subwords; both sides may
    share one that has the pieces of both."""
    pieces = {piece for path in found.subwords for piece in Subwords(path).pieces()}
    for side, path in zip(("source", "target"), found.subwords * 2, strict=False):
        entries = (one for one in vocabulary(folder, side) if not _SPECIAL.fullmatch(one))
        check_dictionary(found.model, entries, path, pieces)


def _spoken(found: Found, folder: Path, codes: Codes) -> Spoken:
    """How a model with plain subwords is spoken to: languages as they are given.

    A CTranslate2 directory whose decoder starts with the end of sentence, and that does not add
    one to a source by itself, was made of a model that wants it there. Where it has no start, the
    target's language is one: the engine would take it so, and leave out the score of a piece.
    """
    if found.family == "ctranslate2":
        _check_sayable(found, folder, codes)
    config = read_config(folder)
    start = str(config.get("decoder_start_token") or END)
    for side, code in zip(("source", "target"), codes, strict=True):
        if code is not None and code not in vocabulary(folder, side):
            raise InputError(f"has no '{code}' in its {side} vocabulary", path=found.model)
    ends = found.family == "ctranslate2" and start == END and not config.get("add_source_eos")
    source, target = ((code,) if code is not None else () for code in codes)
    if target and _has_no_start(folder):
        return Spoken(Frame(source, (END,) if ends else ()), *target)
    return Spoken(Frame(source, (END,) if ends else (), target), start)


def _has_no_start(folder: Path) -> bool:
    return read_config(folder).get("decoder_start_token", END) is None


def _check_sayable(found: Found, folder: Path, codes: Codes) -> None:
    """InputError where a CTranslate2 directory wants to be spoken to in a way that its plain
    subwords do not tell: its translations would be nonsense, and nobody would be told."""
    # Of mBART, one version has the source's code at its end, and the other at its beginning.
    if _has_no_start(folder) and (codes[1] is None or _MBART.fullmatch(codes[1])):
        raise InputError(
            "begins its translations with a language ('decoder_start_token' is null), as mBART "
            "does: SentencePiece models alone do not say how it is spoken to; put the files of "
            "its Hugging Face tokenizer (tokenizer_config.json and those beside it) into the "
            "directory, and leave --subwords out",
            path=found.model,
        )
    pieces = {piece for path in found.subwords for piece in Subwords(path).pieces()}
    known = [one for one in vocabulary(folder, "target") if _LANGUAGE.fullmatch(one)]
    languages = [one for one in known if one not in pieces]
    if codes == (None, None) and len(languages) > 1:
        shown = ", ".join(languages[:6])
        raise InputError(
            f"is of many languages: give their codes (--codes NAME=SOURCE,TARGET; {shown}, … of "
            f"{len(languages)})",
            path=found.model,
        )


def _positions(found: Found, folder: Path) -> list[int | None]:
    """The longest source and target that a model takes, in pieces, all that stand around them
    included: as its files say it, else as its conversion has them; None without a limit."""
    if found.family == "huggingface":
        most = read_config(found.model).get("max_position_embeddings")
        if most:
            return [int(most)] * 2
    if found.family == "fairseq":
        options = vars(options_of(load(found.model), found.model))
        return [int(options.get(f"max_{side}_positions") or 1024) for side in ("source", "target")]
    source, target = positions(folder)
    if source is not None and read_config(folder).get("add_source_bos"):
        source -= 1  # the engine puts it there by itself
    return [source, target]


def checked(
    home: Path, taken: Taken, texts: Iterable[str], settings: InferenceSettings
) -> dict[str, Any]:
    """How many of a sample of sources the conversion, in float32, translates as the original."""
    if taken.found.family in NOT_RUN:
        return {"lines": 0, "why_not": NOT_RUN[taken.found.family]}
    try:
        return _compared(home, taken, texts, settings)
    except KdauditError:
        raise
    except Exception as error:  # what an original fails with says nothing of its conversion
        return {"lines": 0, "why_not": f"the original cannot be run here: {first_line(error)}"}


def _compared(
    home: Path, taken: Taken, texts: Iterable[str], settings: InferenceSettings
) -> dict[str, Any]:
    exact = limited(settings.model_copy(update={"compute_type": "float32"}), taken.described)
    pieces = pieces_of(home, taken.described)
    short = [
        text
        for text, own in ((text, pieces.source.encode([text])[0]) for text in texts)
        if 0 < len(own) <= exact.max_source_pieces
    ]
    sources = sample(short, CHECKED)
    ours = [one.text for one in Translator(home / "ctranslate2", pieces, exact).translate(sources)]
    most = exact.max_target_pieces
    if taken.found.family == "fairseq":
        asked = pieces.source.encode(sources)
        said = fairseq_pieces(taken.found.model, taken.found.vocabularies, asked, most)
        theirs = pieces.target.decode(said)
    else:
        theirs = huggingface.translate(taken.found.model, sources, taken.spoken, most)
    same = sum(one == other for one, other in zip(ours, theirs, strict=True))
    return {"lines": len(sources), "identical": same}


def sample(texts: Sequence[str], size: int) -> list[str]:
    """So many distinct texts, evenly from beginning to end."""
    once = list(dict.fromkeys(texts))
    return [once[len(once) * number // size] for number in range(min(size, len(once)))]
