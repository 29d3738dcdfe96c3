"""How a model is spoken to: its tokenizers, and the pieces that stand around every text.

Opens no file. Models of one language pair take a source as it is; multilingual ones want a
language before or after it, and one to begin the translation with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kdaudit.inference.prefixes import Tokenizer


@dataclass(frozen=True)
class Frame:
    """The pieces around texts: before and after every source, and before every translation.

    The end of sentence that the engine adds by itself is not among them, nor is the piece
    that the engine starts its decoder with.
    """

    source_before: tuple[str, ...] = ()
    source_after: tuple[str, ...] = ()
    target_before: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pieces:
    """The tokenizers of a model's two sides, and its frame."""

    source: Tokenizer
    target: Tokenizer
    frame: Frame = Frame()

    def framed(self, pieces: Sequence[str]) -> list[str]:
        """A source as the engine is given it; nothing where it has no pieces."""
        if not pieces:
            return []
        return [*self.frame.source_before, *pieces, *self.frame.source_after]

    @property
    def given(self) -> int:
        """How many pieces lead every translation."""
        return len(self.frame.target_before)
