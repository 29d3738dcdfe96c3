"""Nothing but CTranslate2 between pieces and texts: what the project's inference costs more than.

Reads a converted model; writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import ctranslate2

from kdaudit.corpus.subwords import Subwords


def bare_loop(
    model: Path, subwords: Subwords, threads: int, chunk: int = 8192
) -> Callable[..., Iterator[str]]:
    """A function from sources and a beam to texts, at the settings that were fastest here."""
    engine = ctranslate2.Translator(
        str(model), compute_type="float32", inter_threads=threads, intra_threads=1
    )

    def translate(sources: Sequence[str], beam: int = 1) -> Iterator[str]:
        iterator = iter(sources)
        while part := list(islice(iterator, chunk)):
            found = engine.translate_batch(
                subwords.encode(part),
                beam_size=beam,
                max_batch_size=2048,
                batch_type="tokens",
                max_decoding_length=256,
                min_decoding_length=min(beam - 1, 1),  # as kdaudit
                max_input_length=0,
            )
            yield from subwords.decode([one.hypotheses[0] for one in found])

    return translate
