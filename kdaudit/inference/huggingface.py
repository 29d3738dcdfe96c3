"""Hugging Face models: their tokenizers, their frame, their conversion, and translating with them.

Reads a directory of MarianMT, M2M-100, NLLB or mBART; writes a CTranslate2 directory. No code
that comes with a model is run, and weights are loaded as weights alone.
"""

from __future__ import annotations

import json
import re
import sys
import warnings
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from kdaudit.errors import InputError, NotComputable, first_line
from kdaudit.inference.families import HUB_FILES
from kdaudit.inference.pieces import Frame
from kdaudit.registry import unknown

PROBE = "a"
"""A text whose pieces are looked for among those of a whole source."""

END = "</s>"

_CODE = re.compile(r"[a-z]{2,3}([_-][A-Za-z]{2,5})?")


Codes = tuple[str | None, str | None]
"""The codes of source and target language; None where a model needs none."""


OWN_ATTENTION = "eager"
"""The library's own code: a model's configuration may name another one, on the hub."""


class Spoken(NamedTuple):
    """The frame of a model for its languages, and the piece that its decoder starts with."""

    frame: Frame
    start: str


def library() -> Any:
    """The package `transformers`; NotComputable where it is not installed."""
    try:
        with suppress(ImportError):  # nothing needs it; fairseq asks for it
            import torchaudio  # noqa: F401
    except OSError:
        # It is of another torch and cannot be loaded; transformers would try.
        sys.modules["torchaudio"] = None  # type: ignore[assignment]
        if (theirs := sys.modules.get("transformers.utils.import_utils")) is not None:
            theirs.is_torchaudio_available.cache_clear()  # others have asked it before
    try:
        import transformers
    except ImportError as error:
        raise NotComputable(
            "models of Hugging Face need the package 'transformers': pip install "
            "'kdaudit[huggingface]'"
        ) from error
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return transformers


def fetch(name: str, revision: str | None = None) -> Path:
    """The directory of a model on the hub, downloaded or out of the library's cache; InputError
    where it is in neither."""
    import huggingface_hub

    try:
        found = huggingface_hub.snapshot_download(
            name, revision=revision, allow_patterns=list(HUB_FILES)
        )
    except Exception as error:  # no network, no such name, a gate: each has a class of its own
        raise InputError(
            f"'{name}' is no file or directory here, and cannot be fetched from the Hugging Face "
            f"hub: {first_line(error)}"
        ) from error
    return Path(found)


class HuggingFaceTokenizer:
    """One side of a model's own tokenizer: text to pieces and back."""

    def __init__(self, tokenizer: Any, side: str):
        self._tokenizer = tokenizer
        # Only Marian's has subwords of each side; others would put languages around a target.
        self._key = "text_target" if side == "target" and _is_marian(tokenizer) else "text"

    def encode(self, texts: Sequence[str]) -> list[list[str]]:
        """The pieces of each text, without any that stand around it."""
        if not texts:
            return []
        rows = self._tokenizer(**{self._key: list(texts)}, add_special_tokens=False).input_ids
        return [self._tokenizer.convert_ids_to_tokens(row) for row in rows]

    def decode(self, pieces: Sequence[Sequence[str]]) -> list[str]:
        """The text of each list of pieces; control pieces are left out, and no space is tidied
        away: the text of the first pieces is the beginning of the whole text."""
        to_ids = self._tokenizer.convert_tokens_to_ids
        return [
            str(
                self._tokenizer.decode(
                    to_ids(list(row)), skip_special_tokens=True, clean_up_tokenization_spaces=False
                )
            )
            for row in pieces
        ]


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer in a directory; InputError where there is none."""
    transformers = library()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it recommends packages
            return transformers.AutoTokenizer.from_pretrained(
                str(folder), trust_remote_code=False, local_files_only=True
            )
    except Exception as error:  # a missing file raises whatever it happens to break
        raise InputError(
            f"its tokenizer cannot be loaded: {first_line(error)}", path=folder
        ) from error


def spoken(tokenizer: Any, folder: Path, codes: Codes) -> Spoken:
    """How a model is spoken to in two languages; InputError for a language that it has not.

    What stands around a text is asked of the tokenizer. A language at the end of a target, as
    mBART-25 has it, is what the decoder starts with; else it starts with the end of sentence.
    """
    for side, code in zip(("src_lang", "tgt_lang"), codes, strict=True):
        _check_code(tokenizer, code, folder)
        if code is not None and not _is_marian(tokenizer):
            setattr(tokenizer, side, code)
    if _is_marian(tokenizer):
        language = () if codes[1] is None else (f">>{codes[1]}<<",)
        return Spoken(Frame(language, (END,)), END)
    before, after = _around(tokenizer, "text")
    target_before, target_after = _around(tokenizer, "text_target")
    if target_after[-1] != END:
        return Spoken(Frame(before, after), target_after[-1])
    return Spoken(Frame(before, after, target_before), END)


def guessed(tokenizer: Any, codes: Codes, languages: tuple[str, str]) -> Codes:
    """The codes that are given; where there is none, that of the corpus's language if the model
    has just one such."""
    if _is_marian(tokenizer):
        return codes
    known = known_codes(tokenizer)

    def guess(code: str | None, language: str) -> str | None:
        fitting = [one for one in known if re.split("[_-]", one)[0] == language]
        return code or (fitting[0] if len(fitting) == 1 else None)

    return guess(codes[0], languages[0]), guess(codes[1], languages[1])


def known_codes(tokenizer: Any) -> list[str]:
    """The language codes of a multilingual model; none for one of a single pair."""
    if _is_marian(tokenizer):
        return [token.strip("<>") for token in tokenizer.get_vocab() if token.startswith(">>")]
    if hasattr(tokenizer, "lang_code_to_token"):
        return sorted(tokenizer.lang_code_to_token)
    tokens = [str(token) for token in tokenizer.added_tokens_decoder.values()]
    return sorted(token for token in tokens if _CODE.fullmatch(token))


def _check_code(tokenizer: Any, code: str | None, folder: Path) -> None:
    known = known_codes(tokenizer)
    if code is not None and code not in known:
        raise InputError(unknown(code, known, "language code of this model"), path=folder)
    if code is None and known and not _is_marian(tokenizer):
        shown = ", ".join(known[:6])
        raise InputError(
            f"is of many languages: give their codes (--codes NAME=SOURCE,TARGET; {shown}, … of "
            f"{len(known)})",
            path=folder,
        )


def _is_marian(tokenizer: Any) -> bool:
    return type(tokenizer).__name__.startswith("Marian")


def _around(tokenizer: Any, key: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The pieces that a tokenizer puts before and after a text of one side."""
    to_tokens = tokenizer.convert_ids_to_tokens
    own = to_tokens(tokenizer(**{key: PROBE}, add_special_tokens=False).input_ids)
    whole = to_tokens(tokenizer(**{key: PROBE}).input_ids)
    for place in range(len(whole) - len(own) + 1):
        if whole[place : place + len(own)] == own:
            return tuple(whole[:place]), tuple(whole[place + len(own) :])
    raise InputError(f"the tokenizer makes {whole} of '{PROBE}', which does not hold {own}")


def check_files(files: Iterable[Path]) -> None:
    """InputError where an index of weights names a file that is not beside it."""
    for path in files:
        if not path.name.endswith(".index.json"):
            continue
        try:
            named = json.loads(path.read_text(encoding="utf-8"))["weight_map"].values()
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as error:
            raise InputError("is no index of weights", path=path) from error
        for name in named:
            if not isinstance(name, str) or Path(name).name != name:
                raise InputError(f"names weights that are not beside it: {name!r}", path=path)


def convert(folder: Path, output: Path) -> None:
    """Write the CTranslate2 directory of a model; whatever goes wrong there is raised."""
    library()
    from ctranslate2.converters import TransformersConverter

    class Converter(TransformersConverter):  # type: ignore[misc]
        """With what the converter asks for and newer versions of transformers have not."""

        size = 0

        def load_model(self, model_class: Any, name: str, **options: Any) -> Any:
            options |= {"local_files_only": True, "attn_implementation": OWN_ATTENTION}
            model = super().load_model(model_class, name, **options)
            self.size = model.config.vocab_size
            if model.config.model_type == "mbart":
                model.config.normalize_before = model.config.normalize_embedding = True
            return model

        def load_tokenizer(self, tokenizer_class: Any, name: str, **options: Any) -> Any:
            tokenizer = load_tokenizer(Path(name))
            found = _vocabulary(tokenizer, self.size)
            tokenizer.get_vocab = lambda: found
            tokenizer.num_madeup_words = 0
            return tokenizer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Converter(str(folder)).convert(str(output))


def _vocabulary(tokenizer: Any, size: int) -> dict[str, int]:
    """A token for each number of a model: languages, too, which `get_vocab` may leave out."""
    found: dict[str, int] = {}
    for number in range(size):
        token = tokenizer.convert_ids_to_tokens(number) if number < _tokens(tokenizer) else None
        found[f"madeupword{number}" if token is None or token in found else token] = number
    return found


def _tokens(tokenizer: Any) -> int:
    """How many numbers a tokenizer has tokens for."""
    languages: dict[int, str] = getattr(tokenizer, "id_to_lang_token", {})
    return max([len(tokenizer), *(number + 1 for number in languages)])


def translate(folder: Path, sources: Sequence[str], spoken: Spoken, most: int) -> list[str]:
    """Greedy translations by the model itself, of at most `most` pieces."""
    import torch

    transformers = library()
    tokenizer = load_tokenizer(folder)
    model = transformers.AutoModelForSeq2SeqLM.from_pretrained(
        str(folder),
        trust_remote_code=False,
        local_files_only=True,
        dtype=torch.float32,
        attn_implementation=OWN_ATTENTION,
    ).eval()
    source, target = (HuggingFaceTokenizer(tokenizer, side) for side in ("source", "target"))
    model.generation_config.forced_bos_token_id = None
    model.generation_config.forced_eos_token_id = None
    model.generation_config.max_length = None
    to_ids, frame = tokenizer.convert_tokens_to_ids, spoken.frame
    start = model.config.decoder_start_token_id if _is_marian(tokenizer) else to_ids(spoken.start)
    given = [start, *to_ids([*frame.target_before])]
    model.generation_config.decoder_start_token_id = start  # it would be put before any other
    texts = []
    for pieces in source.encode(sources):
        read = to_ids([*frame.source_before, *pieces, *frame.source_after])
        with torch.inference_mode():
            made = model.generate(
                torch.tensor([read]),
                decoder_input_ids=torch.tensor([given]),
                num_beams=1,
                do_sample=False,
                max_new_tokens=most,
            )[0]
        texts += target.decode([tokenizer.convert_ids_to_tokens(made[len(given) :])])
    return texts
