"""How a model that is given is spoken to: tokenizers and limits, found when it was taken over.

Reads `models/<model>/tokenizer/`; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from kdaudit.corpus.subwords import Subwords
from kdaudit.inference import InferenceSettings, huggingface
from kdaudit.inference.pieces import Frame, Pieces
from kdaudit.inference.positions import Room

TOKENIZER = "tokenizer"
"""The folder of a model's tokenizer: `source.spm` and, where it has another one, `target.spm`; or
the files of a Hugging Face tokenizer."""

SIDES = ("source.spm", "target.spm")

SPACE = "\u2581"
"""What stands for a space in pieces, and in no text."""


class Joint:
    """The target's subwords where the source has others and both may share a vocabulary: a piece
    of the source's alone is text, too, with the mark of a space in it."""

    def __init__(self, subwords: Subwords):
        self.encode, self._decode = subwords.encode, subwords.decode

    def decode(self, pieces: Sequence[Sequence[str]]) -> list[str]:
        """The text of each list of pieces."""
        return [text.replace(SPACE, " ") for text in self._decode(pieces)]


def pieces_of(home: Path, described: Mapping[str, Any]) -> Pieces:
    """The tokenizers in a model's home, in the frame that its manifest describes."""
    folder = home / TOKENIZER
    frame = _frame(described)
    if (folder / SIDES[0]).is_file() and described["tokenizer"] == "sentencepiece":
        source = Subwords(folder / SIDES[0])
        own = folder / SIDES[1]
        return Pieces(source, Joint(Subwords(own)) if own.is_file() else source, frame)
    tokenizer = huggingface.load_tokenizer(folder)
    source_side, target_side = (
        huggingface.HuggingFaceTokenizer(tokenizer, side) for side in ("source", "target")
    )
    return Pieces(source_side, target_side, frame)


def limited(settings: InferenceSettings, described: Mapping[str, Any]) -> InferenceSettings:
    """The engine's settings with no more pieces than a model has positions for, if it has a limit
    for that side."""
    room = Room.of(described.get("positions") or (None, None), _frame(described))
    return settings.model_copy(
        update={
            "max_source_pieces": room.source_pieces(settings.max_source_pieces),
            "max_target_pieces": room.target_pieces(settings.max_target_pieces),
        }
    )


def _frame(described: Mapping[str, Any]) -> Frame:
    return Frame(**{name: tuple(pieces) for name, pieces in described["frame"].items()})
