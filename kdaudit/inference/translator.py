"""Translating and scoring with a converted model through CTranslate2.

Reads a CTranslate2 model directory; writes nothing. Texts stream through in
chunks, so that memory does not grow with their number.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from kdaudit.errors import ArtifactError, first_line
from kdaudit.inference.prefixes import Counts, Questions, Tokenizer, Watch
from kdaudit.inference.settings import InferenceSettings

CONTROL = {"<s>", "</s>", "<blank>", "<unk>"}
"""What a converted model's vocabulary has beside the pieces of text."""

CHUNK = 8192
"""Texts that are handed to the engine at once; it sorts them by length into batches."""

QUESTIONS = 32_768
"""Pairs of a prefix and a target that are answered at once; equal prefixes of them meet."""

T = TypeVar("T")


@dataclass(frozen=True)
class Translation:
    """A translation with its score.

    `log_probability`: sum of natural logs over `tokens` pieces, end of sentence included;
    nan, with 0 tokens, for an empty source, which is not translated. `source_cut`: the
    source was longer than the model takes. `unfinished`: the translation reached the
    limit of its length, so that no end of sentence is counted.
    """

    text: str
    log_probability: float
    tokens: int
    source_cut: bool = False
    unfinished: bool = False


@dataclass(frozen=True)
class ForcedScore:
    """The model's score of a given target: sum of natural logs over `tokens` pieces, end
    of sentence included; nan, with 0 tokens, where the source is empty or a side is longer
    than the model takes."""

    log_probability: float
    tokens: int


class Translator:
    """One model with its subwords, ready to translate and to score."""

    def __init__(self, model: Path, tokenizer: Tokenizer, settings: InferenceSettings):
        import ctranslate2

        self._tokenizer = tokenizer
        self._settings = settings
        cuda = uses_cuda(settings.device)
        try:
            self._engine = ctranslate2.Translator(
                str(model),
                device="cuda" if cuda else "cpu",
                compute_type=settings.compute_type,
                inter_threads=1 if cuda else settings.threads,
                intra_threads=1,
            )
        except (RuntimeError, ValueError) as error:
            raise ArtifactError(
                f"{model}: CTranslate2 cannot load it: {first_line(error)}"
            ) from error

    def translate(self, sources: Iterable[str], beam: int = 1) -> Iterator[Translation]:
        """The best hypothesis for each source, in order; greedy decoding for beam 1."""
        for chunk, cut, rows, results in _ahead(
            self._start_translating(chunk, beam) for chunk in _chunks(sources)
        ):
            found = [result.result() for result in results]
            texts = self._tokenizer.decode([one.hypotheses[0] for one in found])
            translations = [Translation("", float("nan"), 0)] * len(chunk)
            for row, one, text in zip(rows, found, texts, strict=True):
                translations[row] = self._translation(text, one, beam, cut[row])
            yield from translations

    def score(self, sources: Iterable[str], targets: Iterable[str]) -> Iterator[ForcedScore]:
        """The forced score of each target given its source, in order."""
        pairs = _chunks(zip(sources, targets, strict=True))
        for chunk, rows, results in _ahead(self._start_scoring(chunk) for chunk in pairs):
            scores = [ForcedScore(float("nan"), 0)] * len(chunk)
            for row, result in zip(rows, results, strict=True):
                log_probabilities = result.result().log_probs
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
            questions = Questions(chunk, self._tokenizer)
            pieces, cut = self._encode_sources(questions.sources)
            if counts is not None:
                counts.cut += sum(cut)
                counts.empty += sum(not row for row in pieces)
            yield from questions.answers(pieces, self._decode_watched)

    def _decode_watched(self, pieces: list[list[str]], watch: Watch) -> list[list[str]]:
        # Not asynchronous: no thread of the engine may call back into a process that ends.
        results = self._engine.translate_batch(pieces, **self._decoding(1), callback=watch)
        return [result.hypotheses[0] for result in results]

    def _start_translating(
        self, chunk: list[str], beam: int
    ) -> tuple[list[str], list[bool], list[int], list[Any]]:
        pieces, cut = self._encode_sources(chunk)
        rows = [row for row in range(len(chunk)) if pieces[row]]
        results: list[Any] = self._engine.translate_batch(
            [pieces[row] for row in rows], **self._decoding(beam), asynchronous=True
        )
        return chunk, cut, rows, results

    def _start_scoring(
        self, chunk: list[tuple[str, str]]
    ) -> tuple[list[tuple[str, str]], list[int], list[Any]]:
        source_pieces, cut = self._encode_sources([source for source, _ in chunk])
        target_pieces = self._tokenizer.encode([target for _, target in chunk])
        limit = self._settings.max_source_pieces
        rows = [
            row
            for row in range(len(chunk))
            if source_pieces[row] and not cut[row] and len(target_pieces[row]) <= limit
        ]
        results: list[Any] = self._engine.score_batch(
            [source_pieces[row] for row in rows],
            [target_pieces[row] for row in rows],
            max_batch_size=self._settings.batch_tokens,
            batch_type="tokens",
            max_input_length=0,
            asynchronous=True,
        )
        return chunk, rows, results

    def _encode_sources(self, sources: Sequence[str]) -> tuple[list[list[str]], list[bool]]:
        limit = self._settings.max_source_pieces
        pieces = self._tokenizer.encode(sources)
        return [row[:limit] for row in pieces], [len(row) > limit for row in pieces]

    def _decoding(self, beam: int) -> dict[str, Any]:
        """What every decoding is done with."""
        return {
            "beam_size": beam,
            "length_penalty": self._length_penalty(beam),
            "max_decoding_length": self._settings.max_target_pieces,
            "max_input_length": 0,  # the engine would cut in silence
            # The engine's default of 1 masks the end of sentence at the first step before the
            # softmax, so that a translation's score would not be the one that forcing it gives.
            "min_decoding_length": 0,
            "max_batch_size": self._settings.batch_tokens,
            "batch_type": "tokens",
            "return_scores": True,
        }

    def _length_penalty(self, beam: int) -> float:
        # Greedy decoding ranks nothing: without a penalty its score is the raw sum.
        return 0.0 if beam == 1 else self._settings.length_penalty

    def _translation(self, text: str, result: Any, beam: int, cut: bool) -> Translation:
        pieces = len(result.hypotheses[0])
        unfinished = pieces >= self._settings.max_target_pieces
        tokens = pieces if unfinished else pieces + 1
        log_probability = result.scores[0] * tokens ** self._length_penalty(beam)
        return Translation(text, log_probability, tokens, cut, unfinished)


def check_vocabulary(model: Path, subwords: Path, pieces: Iterable[str]) -> None:
    """ArtifactError where a converted model does not know just the `pieces` of a subword model.

    The engine would take pieces that it does not know for unknown words, and say nothing.
    """
    ours = set(pieces)
    for path in sorted(model.glob("*_vocabulary.json")):
        theirs = set(_vocabulary(path)) - CONTROL
        if ours != theirs:
            example = min(ours ^ theirs)
            raise ArtifactError(
                f"{model}: its vocabulary is not that of {subwords}: {len(ours - theirs)} pieces "
                f"are unknown to the model and {len(theirs - ours)} to the subwords (such as "
                f"'{example}'); it was trained on another corpus"
            )


def _vocabulary(path: Path) -> list[str]:
    try:
        found: list[str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{path}: is no vocabulary: {first_line(error)}") from error
    return found


def uses_cuda(device: str) -> bool:
    """Whether `device` (`cpu`, `cuda`, or `auto`: a GPU where there is one) means a GPU."""
    import ctranslate2

    return device == "cuda" or (device == "auto" and ctranslate2.get_cuda_device_count() > 0)


def _ahead(jobs: Iterable[T]) -> Iterator[T]:
    """The jobs in order, each when the next one has been started: the engine never waits."""
    started: deque[T] = deque()
    for job in jobs:
        started.append(job)
        if len(started) > 1:
            yield started.popleft()
    yield from started


def _chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
