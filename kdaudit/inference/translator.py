"""Translating and scoring with a converted model through CTranslate2.

Reads a CTranslate2 model directory; writes nothing. Texts stream through in
chunks, so that memory does not grow with their number.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TypeVar

from kdaudit.errors import ArtifactError
from kdaudit.inference.settings import InferenceSettings

CHUNK = 8192
"""Texts that are handed to the engine at once; it sorts them by length into batches."""

T = TypeVar("T")


class Tokenizer(Protocol):
    """Text to pieces and back."""

    def encode(self, texts: Sequence[str]) -> list[list[str]]: ...

    def decode(self, pieces: Sequence[Sequence[str]]) -> list[str]: ...


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
            raise ArtifactError(f"{model}: CTranslate2 cannot load it: {error}") from error

    def translate(self, sources: Iterable[str], beam: int = 1) -> Iterator[Translation]:
        """The best hypothesis for each source, in order; greedy decoding for beam 1."""
        for chunk in _chunks(sources):
            pieces, cut = self._encode_sources(chunk)
            rows = [row for row in range(len(chunk)) if pieces[row]]
            results = self._translate_batch([pieces[row] for row in rows], beam)
            texts = self._tokenizer.decode([result.hypotheses[0] for result in results])
            translations = [Translation("", float("nan"), 0)] * len(chunk)
            for row, result, text in zip(rows, results, texts, strict=True):
                translations[row] = self._translation(text, result, beam, cut[row])
            yield from translations

    def score(self, sources: Iterable[str], targets: Iterable[str]) -> Iterator[ForcedScore]:
        """The forced score of each target given its source, in order."""
        for chunk in _chunks(zip(sources, targets, strict=True)):
            source_pieces, cut = self._encode_sources([source for source, _ in chunk])
            target_pieces = self._tokenizer.encode([target for _, target in chunk])
            limit = self._settings.max_source_pieces
            rows = [
                row
                for row in range(len(chunk))
                if source_pieces[row] and not cut[row] and len(target_pieces[row]) <= limit
            ]
            results = self._engine.score_batch(
                [source_pieces[row] for row in rows],
                [target_pieces[row] for row in rows],
                max_batch_size=self._settings.batch_tokens,
                batch_type="tokens",
                max_input_length=0,
            )
            scores = [ForcedScore(float("nan"), 0)] * len(chunk)
            for row, result in zip(rows, results, strict=True):
                scores[row] = ForcedScore(sum(result.log_probs), len(result.log_probs))
            yield from scores

    def _encode_sources(self, sources: Sequence[str]) -> tuple[list[list[str]], list[bool]]:
        limit = self._settings.max_source_pieces
        pieces = self._tokenizer.encode(sources)
        return [row[:limit] for row in pieces], [len(row) > limit for row in pieces]

    def _translate_batch(self, pieces: list[list[str]], beam: int) -> list[Any]:
        results: list[Any] = self._engine.translate_batch(
            pieces,
            beam_size=beam,
            length_penalty=self._length_penalty(beam),
            max_decoding_length=self._settings.max_target_pieces,
            max_input_length=0,  # the engine would cut in silence
            # The engine's default of 1 masks the end of sentence at the first step before the
            # softmax, so that a translation's score would not be the one that forcing it gives.
            min_decoding_length=0,
            max_batch_size=self._settings.batch_tokens,
            batch_type="tokens",
            return_scores=True,
        )
        return results

    def _length_penalty(self, beam: int) -> float:
        # Greedy decoding ranks nothing: without a penalty its score is the raw sum.
        return 0.0 if beam == 1 else self._settings.length_penalty

    def _translation(self, text: str, result: Any, beam: int, cut: bool) -> Translation:
        pieces = len(result.hypotheses[0])
        unfinished = pieces >= self._settings.max_target_pieces
        tokens = pieces if unfinished else pieces + 1
        log_probability = result.scores[0] * tokens ** self._length_penalty(beam)
        return Translation(text, log_probability, tokens, cut, unfinished)


def uses_cuda(device: str) -> bool:
    """Whether `device` (`cpu`, `cuda`, or `auto`: a GPU where there is one) means a GPU."""
    import ctranslate2

    return device == "cuda" or (device == "auto" and ctranslate2.get_cuda_device_count() > 0)


def _chunks(values: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
