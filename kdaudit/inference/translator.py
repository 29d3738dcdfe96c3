"""Translating and scoring with a converted model through CTranslate2.

Reads a CTranslate2 model directory; writes nothing. Texts stream through in
chunks, so that memory does not grow with their number.
"""

from __future__ import annotations

import math
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from kdaudit.errors import ArtifactError, first_line
from kdaudit.inference.devices import check_compute_type, uses_cuda
from kdaudit.inference.lengths import too_long
from kdaudit.inference.pieces import Pieces
from kdaudit.inference.positions import Room, positions
from kdaudit.inference.prefixes import Counts, Questions, Tokenizer, Watch
from kdaudit.inference.settings import InferenceSettings

CHUNK = 8192
"""Texts that are handed to the engine at once; it sorts them by length into batches."""

SCORED_TOKENS = 512
"""At most so many source pieces in a batch that is scored on a CPU: more of them, all positions
at once, leave its cache."""

QUESTIONS = 32_768
"""Pairs of a prefix and a target that are answered at once; equal prefixes of them meet."""

T = TypeVar("T")


@dataclass(frozen=True)
class Translation:
    """A translation with its score.

    `log_probability`: sum of natural logs over `tokens` pieces, end of sentence included;
    nan, with 0 tokens, for an empty source, which is not translated. `source_cut`: the
    source was longer than the model takes. `unfinished`: the translation reached the
    limit of its length, so that no end of sentence is counted. `hypotheses`: the best
    ones, best first, where more than one was asked for and the source is not empty.
    """

    text: str
    log_probability: float
    tokens: int
    source_cut: bool = False
    unfinished: bool = False
    hypotheses: tuple[str, ...] = ()


@dataclass(frozen=True)
class ForcedScore:
    """The model's score of a given target: sum of natural logs over `tokens` pieces, end
    of sentence included; nan, with 0 tokens, where the source is empty or a side is longer
    than the model takes."""

    log_probability: float
    tokens: int


class Translator:
    """One model with its subwords, ready to translate and to score.

    `tokenizer`: of both sides, or `Pieces` for a model that has two, or a frame.
    """

    def __init__(self, model: Path, tokenizer: Tokenizer | Pieces, settings: InferenceSettings):
        import ctranslate2

        if not isinstance(tokenizer, Pieces):
            tokenizer = Pieces(tokenizer, tokenizer)
        self._pieces = tokenizer
        self._settings = settings
        cuda = uses_cuda(settings.device)
        device = "cuda" if cuda else "cpu"
        most = settings.batch_tokens
        self._scored_tokens = most if cuda else min(most, SCORED_TOKENS)
        check_compute_type(settings.compute_type, device)
        try:
            self._engine = ctranslate2.Translator(
                str(model),
                device=device,
                compute_type=settings.compute_type,
                inter_threads=1 if cuda else settings.cpu_threads,
                intra_threads=1,
            )
        except (RuntimeError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"{model}: CTranslate2 cannot load it: {first_line(error)}"
            ) from error
        self._room = Room.of(positions(model), tokenizer.frame)

    def translate(
        self, sources: Iterable[str], beam: int = 1, best: int = 1
    ) -> Iterator[Translation]:
        """The best hypothesis for each source, in order; greedy decoding for beam 1.

        Where more than one is asked for, at most `beam`, each has its `hypotheses`.
        """
        for chunk, cut, rows, results, ended in _ahead(
            self._start_translating(chunk, beam, best) for chunk in _chunks(sources, CHUNK)
        ):
            with self._room.watched(self._settings):
                found = [result.result() for result in results]
            decode = self._pieces.target.decode
            texts = iter(decode([self._said(own) for one in found for own in one.hypotheses]))
            translations = [Translation("", float("nan"), 0)] * len(chunk)
            for row, one, at_once in zip(rows, found, ended, strict=True):
                own = list(islice(texts, len(one.hypotheses)))
                missing = (
                    0.0 if at_once is None else _log_complement(at_once.result().log_probs[-1])
                )
                translations[row] = self._translation(own, one, beam, cut[row], missing)
            yield from translations

    def score(self, sources: Iterable[str], targets: Iterable[str]) -> Iterator[ForcedScore]:
        """The forced score of each target given its source, in order."""
        pairs = _chunks(zip(sources, targets, strict=True), CHUNK)
        for chunk, rows, results in _ahead(self._start_scoring(chunk) for chunk in pairs):
            scores = [ForcedScore(float("nan"), 0)] * len(chunk)
            with self._room.watched(self._settings):
                scored = [result.result() for result in results]
            for row, result in zip(rows, scored, strict=True):
                log_probabilities = result.log_probs[self._pieces.given :]
                scores[row] = ForcedScore(sum(log_probabilities), len(log_probabilities))
            yield from scores

    def yields(
        self, pairs: Iterable[tuple[str, str]], counts: Counts | None = None
    ) -> Iterator[bool]:
        """Whether each source, decoded greedily, yields the target beside it, in order.

        Outer white space aside. The answers are those of comparing `translate`'s texts,
        but no source is decoded further than it needs to be. Equal sources are decoded,
        and counted, once where at most `QUESTIONS` pairs lie between them.
        """
        for chunk in _chunks(pairs, QUESTIONS):
            questions = Questions(chunk, self._pieces.target, self._pieces.given)
            pieces, cut = self._encode_sources(questions.sources)
            if counts is not None:
                counts.cut += sum(cut)
                counts.empty += sum(not row for row in pieces)
            yield from questions.answers(pieces, self._decode_watched)

    def _decode_watched(self, pieces: list[list[str]], watch: Watch) -> list[list[str]]:
        # Not asynchronous: no thread of the engine may call back into a process that ends.
        # Nor with scores, which cost a softmax at every step.
        settings = self._decoding(1) | {"return_scores": False}
        prefix = self._prefix(len(pieces))
        with self._room.watched(self._settings):
            results = self._engine.translate_batch(
                pieces, target_prefix=prefix, **settings, callback=watch
            )
        return [self._said(result.hypotheses[0]) for result in results]

    def _prefix(self, rows: int) -> list[list[str]] | None:
        """The pieces that lead every translation, row by row; None where there are none."""
        return [[*self._pieces.frame.target_before]] * rows if self._pieces.given else None

    def _said(self, hypothesis: list[str]) -> list[str]:
        """A hypothesis without what leads every one."""
        return hypothesis[self._pieces.given :]

    def _start_translating(
        self, chunk: list[str], beam: int, best: int
    ) -> tuple[list[str], list[bool], list[int], list[Any], list[Any]]:
        pieces, cut = self._encode_sources(chunk)
        rows = [row for row in range(len(chunk)) if pieces[row]]
        decoded = [pieces[row] for row in rows]
        results: list[Any] = self._engine.translate_batch(
            decoded,
            target_prefix=self._prefix(len(rows)),
            **self._decoding(beam),
            num_hypotheses=best,
            asynchronous=True,
        )
        ended: list[Any] = [None] * len(rows)
        if beam > 1:
            ended = self._start_scoring_pieces(decoded, [[]] * len(rows))
        return chunk, cut, rows, results, ended

    def _start_scoring(
        self, chunk: list[tuple[str, str]]
    ) -> tuple[list[tuple[str, str]], list[int], list[Any]]:
        source_pieces, cut = self._encode_sources([source for source, _ in chunk])
        target_pieces = self._pieces.target.encode([target for _, target in chunk])
        limit = self._room.target_pieces(self._settings.max_source_pieces)
        rows = [
            row
            for row in range(len(chunk))
            if source_pieces[row] and not cut[row] and len(target_pieces[row]) <= limit
        ]
        results = self._start_scoring_pieces(
            [source_pieces[row] for row in rows], [target_pieces[row] for row in rows]
        )
        return chunk, rows, results

    def _start_scoring_pieces(self, sources: list[list[str]], targets: list[list[str]]) -> Any:
        before = self._pieces.frame.target_before
        return self._engine.score_batch(
            sources,
            [[*before, *row] for row in targets],
            max_batch_size=self._scored_tokens,
            batch_type="tokens",
            max_input_length=0,
            asynchronous=True,
        )

    def _encode_sources(self, sources: Sequence[str]) -> tuple[list[list[str]], list[bool]]:
        limit = self._settings.max_source_pieces
        pieces = self._pieces.source.encode(sources)
        cut = too_long(sources, pieces, self._settings)
        return [self._pieces.framed(row[:limit]) for row in pieces], cut

    def _decoding(self, beam: int) -> dict[str, Any]:
        """What every decoding is done with."""
        return {
            "beam_size": beam,
            "length_penalty": self._length_penalty(beam),
            # The engine counts what leads every translation, too.
            "max_decoding_length": self._settings.max_target_pieces + self._pieces.given,
            "max_input_length": 0,  # the engine would cut in silence
            # Of a beam, as fairseq has it, no hypothesis is empty: an empty one would take the
            # place of another. The engine leaves it out before the softmax of the first step, so
            # what it had there is put back into the score. A greedy translation may be empty.
            "min_decoding_length": min(beam - 1, 1) * (1 + self._pieces.given),
            "max_batch_size": self._settings.batch_tokens,
            "batch_type": "tokens",
            "return_scores": True,
        }

    def _length_penalty(self, beam: int) -> float:
        # Greedy decoding ranks nothing: without a penalty its score is the raw sum.
        return 0.0 if beam == 1 else self._settings.length_penalty

    def _translation(
        self, texts: list[str], result: Any, beam: int, cut: bool, missing: float
    ) -> Translation:
        pieces = len(self._said(result.hypotheses[0]))
        unfinished = pieces >= self._settings.max_target_pieces
        tokens = pieces if unfinished else pieces + 1
        log_probability = result.scores[0] * tokens ** self._length_penalty(beam) + missing
        hypotheses = tuple(texts) if texts[1:] else ()
        return Translation(texts[0], log_probability, tokens, cut, unfinished, hypotheses)


def _log_complement(log_probability: float) -> float:
    """ln(1 - p) of the probability p that a translation ends at once, given as ln p."""
    return math.log(max(-math.expm1(log_probability), sys.float_info.min))


def _ahead(jobs: Iterable[T]) -> Iterator[T]:
    """The jobs in order, each when the next one has been started: the engine never waits."""
    started: deque[T] = deque()
    for job in jobs:
        started.append(job)
        if len(started) > 1:
            yield started.popleft()
    yield from started


def _chunks(values: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
