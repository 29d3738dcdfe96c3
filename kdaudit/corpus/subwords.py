"""Joint SentencePiece subwords: training, encoding, and what they cannot reproduce.

Reads and writes `subword.model` through SentencePiece.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Literal

from pydantic import Field

from kdaudit.errors import InputError, RecipeError
from kdaudit.settings import Settings

RESERVED = 260
"""Pieces that are always there: unknown, begin, end, and 256 bytes, with one to spare."""


class SubwordSettings(Settings):
    """How the subword model is trained."""

    size: int = Field(32_000, gt=RESERVED, description="pieces, bytes included")
    model: Literal["unigram", "bpe"] = "unigram"
    normalization: Literal["nmt_nfkc", "nfkc", "identity"] = "nmt_nfkc"
    byte_fallback: bool = True
    character_coverage: float = Field(1.0, gt=0, le=1)
    sample: int = Field(
        2_000_000, ge=1, description="training lines at most, drawn by SentencePiece"
    )


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
        raise RecipeError(
            f"subwords of size {settings.size} cannot be trained: {reason}"
        ) from error
    return model.getvalue()


class Subwords:
    """A trained model: text to pieces and back."""

    def __init__(self, path: Path):
        import sentencepiece

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
        texts: list[str] = self._processor.decode([list(row) for row in pieces])
        return texts

    def vocabulary(self) -> Iterator[str]:
        """The pieces that a model's dictionary lists: all but the control symbols."""
        for index in range(self._processor.get_piece_size()):
            if not (self._processor.is_control(index) or self._processor.is_unknown(index)):
                yield self._processor.id_to_piece(index)

    def replicable(self, texts: Sequence[str]) -> list[bool]:
        """Whether each text, outer white space aside, survives encoding and decoding unchanged.

        Where it does not, no model over these subwords can replicate it.
        """
        decoded = self.decode(self.encode(texts))
        return [text.strip() == back.strip() for text, back in zip(texts, decoded, strict=True)]
