"""Joint SentencePiece subwords: training, encoding, and what they cannot reproduce.

Reads and writes `subword.model` through SentencePiece.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from kdaudit.errors import InputError, RecipeError
from kdaudit.settings import Settings

RESERVED = 260
"""Pieces that are always there: unknown, begin, end, and 256 bytes, with one to spare."""


class SubwordSettings(Settings):
    """How the subword model is trained, or the `file` of one that is there already."""

    file: str | None = Field(None, description="a SentencePiece model; nothing is trained")
    size: int = Field(32_000, gt=RESERVED, description="pieces, bytes included")
    model: Literal["unigram", "bpe"] = "unigram"
    normalization: Literal["nmt_nfkc", "nfkc", "identity"] = "nmt_nfkc"
    byte_fallback: bool = True
    character_coverage: float = Field(1.0, gt=0, le=1)
    sample: int = Field(
        2_000_000, ge=1, description="training lines at most, drawn by SentencePiece"
    )

    @model_validator(mode="after")
    def _trained_or_given(self) -> SubwordSettings:
        fields = type(self).model_fields
        trained = [name for name in fields if getattr(self, name) != fields[name].default]
        if self.file is not None and trained != ["file"]:
            raise ValueError(f"'{trained[-1]}' is for training, and 'file' is trained already")
        return self


def train(lines: Iterable[str], settings: SubwordSettings) -> bytes:
    """A serialized SentencePiece model of source and target lines together.

    Raises RecipeError where the text is too small for the size that is asked for.
    """
    import sentencepiece

    sentencepiece.set_random_generator_seed(0)
    model = BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=model,
            vocab_size=settings.size,
            model_type=settings.model,
            byte_fallback=settings.byte_fallback,
            character_coverage=settings.character_coverage,
            normalization_rule_name=settings.normalization,
            input_sentence_size=settings.sample,
            max_sentence_length=1 << 20,
            num_threads=1,  # the outcome depends on the number of threads
            minloglevel=2,
        )
    except RuntimeError as error:
        reason = str(error).rsplit("] ", 1)[-1].strip()
        raise RecipeError(_explained(reason, settings.size)) from error
    return model.getvalue()


def _explained(reason: str, size: int) -> str:
    """SentencePiece's refusal in the words of a recipe, with the size that would do."""
    if not reason:
        return "the training split has no text to train subwords on"
    if (most := re.search(r"value <= (\d+)", reason)) is not None:
        return f"subwords.size: {size} is too large for this corpus: {most[1]} at most"
    if (least := re.search(r"\d+ vs (\d+)", reason)) is not None:
        return (
            f"subwords.size: {size} is too small for the characters of this corpus: {least[1]} "
            "at least, or a smaller subwords.character_coverage"
        )
    return f"subwords cannot be trained: {reason}"


def load(path: Path) -> bytes:
    """The serialized model in a file; InputError where it is none."""
    Subwords(path)
    return path.read_bytes()


class Subwords:
    """A trained model: text to pieces and back."""

    def __init__(self, path: Path):
        import sentencepiece

        if not path.is_file():
            raise InputError("there is no such file", path=path)
        try:
            self._processor = sentencepiece.SentencePieceProcessor(model_file=str(path))
        except (OSError, RuntimeError) as error:
            raise InputError("is no SentencePiece model", path=path) from error

    def encode(self, texts: Sequence[str]) -> list[list[str]]:
        """The pieces of each text."""
        pieces: list[list[str]] = self._processor.encode(list(texts), out_type=str)
        return pieces

    def decode(self, pieces: Sequence[Sequence[str]]) -> list[str]:
        """The text of each list of pieces."""
        if not pieces:
            return []
        if len(pieces) == 1 and pieces[0]:
            # A batch starts threads, which takes a hundred times as long as one decoding.
            return [str(self._processor.decode(list(pieces[0])))]
        texts: list[str] = self._processor.decode([list(row) for row in pieces])
        return texts

    def vocabulary(self) -> Iterator[str]:
        """The pieces that a model's dictionary lists: all but the control symbols."""
        for index in range(self._processor.get_piece_size()):
            if not (self._processor.is_control(index) or self._processor.is_unknown(index)):
                yield self._processor.id_to_piece(index)

    def pieces(self) -> list[str]:
        """All pieces by number, control symbols included."""
        size = self._processor.get_piece_size()
        return [self._processor.id_to_piece(index) for index in range(size)]

    def replicable(self, texts: Sequence[str]) -> list[bool]:
        """Whether each text, outer white space aside, survives encoding and decoding unchanged.

        Where it does not, no model over these subwords can replicate it.
        """
        decoded = self._processor.decode(self._processor.encode(list(texts))) if texts else []
        return [text.strip() == back.strip() for text, back in zip(texts, decoded, strict=True)]
