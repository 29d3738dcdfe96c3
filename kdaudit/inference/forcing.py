"""Which source yields which target, all positions at once: teacher forcing on a fairseq model.

Reads a fairseq checkpoint and its dictionaries; writes nothing. For a GPU: a CPU does
better with `Translator.yields`, which decodes step by step and stops. The verdicts
are those of decoding everything in full: docs/design.md says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from kdaudit.inference.lengths import too_long
from kdaudit.inference.originals import fairseq_model
from kdaudit.inference.prefixes import (
    END,
    Counts,
    Target,
    Tokenizer,
    may_become,
    targets_of,
    text_so_far,
)
from kdaudit.inference.settings import InferenceSettings
from kdaudit.segments import BoolArray, IntArray

NEAR = 0.01
"""Natural logs: two pieces whose logits differ by less may change places in another engine."""

PAIRS = 32_768
"""Pairs that are answered at once."""

SPELLINGS = 4
"""How many pieces of another spelling are followed before a source is decoded in full."""

POSITIONS = 16_384
"""Target positions of a batch, padding included."""


@dataclass(frozen=True)
class Question:
    """A source and a target; `limit`: how many of the target's pieces are forced."""

    source: str
    target: Target
    limit: int


@dataclass(frozen=True)
class Found:
    """Where a forced target is left, and how.

    `position`: of the first piece that is not the most likely one, the number forced
    where there is none. `piece`: the one that is more likely there. `certain`: nothing up
    to there was a near tie.
    """

    position: int
    piece: str
    certain: bool


class ForcedPass:
    """One fairseq model, ready to be forced.

    `in_full` answers what forcing leaves open, by decoding: near ties, other spellings
    of a target, targets beyond the limit of a translation or with unknown pieces.
    """

    def __init__(
        self,
        checkpoint: Path,
        tokenizer: Tokenizer,
        settings: InferenceSettings,
        in_full: Callable[[Iterable[tuple[str, str]]], Iterable[bool]],
        device: str = "cuda",
        dictionaries: Sequence[Path] | None = None,
    ):
        model, self._source, self._target = fairseq_model(checkpoint, dictionaries)
        self._model = model.to(device)
        self._tokenizer = tokenizer
        self._settings = settings
        self._in_full = in_full
        self._device = device

    def yields(
        self, pairs: Iterable[tuple[str, str]], counts: Counts | None = None
    ) -> Iterator[bool]:
        """As `Translator.yields`."""
        iterator = iter(pairs)
        while part := list(islice(iterator, PAIRS)):
            yield from self._answers(part, counts or Counts())

    def _answers(self, pairs: list[tuple[str, str]], counts: Counts) -> list[bool]:
        targets = targets_of((target for _, target in pairs), self._tokenizer)
        sources = self._numbered({source for source, _ in pairs}, counts)
        most = self._settings.max_target_pieces
        asked = [
            Question(source, targets[target], len(targets[target].pieces))
            for source, target in dict.fromkeys(pairs)
            if sources[source]
            and len(targets[target].pieces) <= most
            and self._is_known(targets[target])
        ]
        settled: dict[tuple[str, str], bool] = {}
        found = self._pivoted(asked, sources)
        for _ in range(SPELLINGS):
            asked = []
            for one, at in found.items():
                answer = self._answer(one, at)
                if isinstance(answer, bool):
                    settled[one.source, one.target.text] = answer
                elif answer is not None and answer.limit <= most:
                    asked.append(answer)
            found = dict(zip(asked, self._force(asked, sources), strict=True))
        texts = [(source, targets[target].text) for source, target in pairs]
        left_open = [pair for pair in dict.fromkeys(texts) if pair not in settled]
        settled |= dict(zip(left_open, self._in_full(left_open), strict=True))
        return [settled[pair] for pair in texts]

    def _is_known(self, target: Target) -> bool:
        """Whether the model has all its pieces: of others it can but say that they are unknown,
        which is another text."""
        return self._target.unk() not in map(self._target.index, target.pieces)

    def _numbered(self, sources: set[str], counts: Counts) -> dict[str, list[int]]:
        """The source's pieces by number, end of sentence included; nothing where it has none."""
        texts, most = sorted(sources), self._settings.max_source_pieces
        index, end = self._source.index, self._source.eos()
        pieces = self._tokenizer.encode(texts)
        counts.cut += sum(too_long(texts, pieces, self._settings))
        counts.empty += sum(not row for row in pieces)
        return {
            text: [*map(index, row[:most]), end] if row else []
            for text, row in zip(texts, pieces, strict=True)
        }

    def _pivoted(
        self, asked: Sequence[Question], sources: dict[str, list[int]]
    ) -> dict[Question, Found]:
        """Where each target is left, each as far as it has to be forced.

        The longest source of a target goes first. Where it leaves the target, the others
        are likely to have left it too, so they are forced up to there, and in full only
        where that does not settle it.
        """
        longest: dict[Target, Question] = {}
        for one in asked:
            before = longest.setdefault(one.target, one)
            if len(one.source) > len(before.source):
                longest[one.target] = one
        first = list(longest.values())
        found = dict(zip(first, self._force(first, sources), strict=True))
        pivot = {one.target: place.position + 1 for one, place in found.items()}
        others = [
            replace(one, limit=min(pivot[one.target], one.limit))
            for one in asked
            if one is not longest[one.target]
        ]
        further = []
        for one, at in zip(others, self._force(others, sources), strict=True):
            if at.position == one.limit < len(one.target.pieces):
                further.append(replace(one, limit=len(one.target.pieces)))
            else:
                found[one] = at
        return found | dict(zip(further, self._force(further, sources), strict=True))

    def _answer(self, one: Question, found: Found) -> bool | Question | None:
        """The answer, or the next question on the way to it; None where forcing cannot tell."""
        if not found.certain:
            return None
        own = one.target.pieces
        if found.position == len(own):
            return self._tokenizer.decode([own[:-1]])[0].strip() == one.target.text
        so_far = (*own[: found.position], found.piece)
        if not may_become(text_so_far(so_far, self._tokenizer), one.target.text):
            return False
        if found.piece == END:
            return self._tokenizer.decode([so_far[:-1]])[0].strip() == one.target.text
        # It may spell the target in other pieces: what does it say next?
        return Question(one.source, Target(one.target.text, (*so_far, END)), len(so_far) + 1)

    def _force(self, asked: Sequence[Question], sources: dict[str, list[int]]) -> list[Found]:
        """Force each question's target up to its limit, in batches of like lengths."""
        order = sorted(
            range(len(asked)), key=lambda row: (asked[row].limit, len(sources[asked[row].source]))
        )
        found: dict[int, Found] = {}
        while order:
            size = max(POSITIONS // asked[order[-1]].limit, 1)
            rows, order = order[-size:], order[:-size]
            batch = [asked[row] for row in rows]
            found |= dict(zip(rows, self._force_batch(batch, sources), strict=True))
        return [found[row] for row in range(len(asked))]

    def _force_batch(self, asked: list[Question], sources: dict[str, list[int]]) -> list[Found]:
        import torch

        index, end = self._target.index, self._target.eos()
        wanted = [[*map(index, one.target.pieces[: one.limit])] for one in asked]
        with torch.inference_mode():
            read = self._padded([sources[one.source] for one in asked], self._source.pad())
            lengths = torch.tensor([len(sources[one.source]) for one in asked]).to(read)
            encoded = self._model.encoder(read, src_lengths=lengths)
            # What follows a position has no part in it, so it need not be masked as padding.
            given = self._padded([[end, *row[:-1]] for row in wanted], end)
            features, _ = self._model.decoder(given, encoder_out=encoded, features_only=True)
            expected = self._padded(wanted, -1)
            logits = self._model.decoder.output_layer(features[expected >= 0]).float()
            best, which = logits.topk(2, dim=-1)
            own = expected[expected >= 0]
            right = which[:, 0] == own
            rival = torch.where(right, best[:, 1], logits.gather(1, own[:, None])[:, 0])
            columns = (right, which[:, 0], best[:, 0] - rival < NEAR)
            places = [column.cpu().numpy() for column in columns]
        ends = np.cumsum([len(row) for row in wanted])[:-1]
        return [
            self._found(*of_row)
            for of_row in zip(*(np.split(column, ends) for column in places), strict=True)
        ]

    def _found(self, right: BoolArray, best: IntArray, near: BoolArray) -> Found:
        left = len(right) if right.all() else int(right.argmin())
        piece = self._target[int(best[left])] if left < len(right) else ""
        return Found(left, piece, not near[: left + 1].any())

    def _padded(self, rows: Sequence[Sequence[int]], pad: int) -> Any:
        import torch

        width = max(map(len, rows))
        table = np.full((len(rows), width), pad, dtype=np.int64)
        inside = np.arange(width) < np.array([len(row) for row in rows])[:, None]
        table[inside] = [number for row in rows for number in row]
        return torch.from_numpy(table).to(self._device)
