"""What stage `detect` hands to a detector beside the segments; reads the corpus and a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from kdaudit.artifacts import CORPUS, read_parts
from kdaudit.detectors.base import Detector, Services
from kdaudit.detectors.insertion import counted_words
from kdaudit.inference.prefixes import Counts
from kdaudit.recipe import TRAIN
from kdaudit.stages.base import Context


def services(
    context: Context, detector: Detector, model: str, split: str, counts: Counts
) -> Services:
    """Languages, progress, and what the detector needs beside: the model, words of the corpus.

    What is decoded and was cut or empty is added to `counts`.
    """
    corpus, needs = context.recipe.corpus, detector.needs
    languages = corpus.source_language, corpus.target_language

    def progress(done: int, total: int) -> None:
        if done % 64 == 0 or done == total:
            context.progress(done, max(total, 1), f"{total} {needs.translated}")

    words = _words(context) if needs.words else {}
    if not needs.translate:
        return Services(*languages, words=words, progress=progress)
    translator, beam = context.translator(model), context.recipe.beam_of(split)

    def translate(sources: Sequence[str]) -> Iterator[str]:
        for one in translator.translate(sources, beam):
            counts.empty += one.tokens == 0
            counts.cut += one.source_cut
            yield one.text

    def yields(pairs: Iterable[tuple[str, str]]) -> Iterator[bool]:
        return context.verifier(model, translator).yields(pairs, counts)

    # A beam's hypothesis that has left the target may be overtaken: decoded in full.
    short_way = yields if beam == 1 else None
    return Services(
        *languages, translate=translate, yields=short_way, words=words, progress=progress
    )


def _words(context: Context) -> Mapping[str, int]:
    """How often each word occurs in the sources of the training split."""
    parts = read_parts(context.directory.corpus(TRAIN), CORPUS, ["id", "source"])
    texts = (text for part in parts for text in part.column("source").to_pylist())
    return counted_words(texts, context.recipe.corpus.source_language)
