"""The embedded corpus: generated English-German pairs, the same on every machine; opens no file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import numpy as np
import pyarrow as pa

from kdaudit.corpus.dice import Dice
from kdaudit.corpus.grammar import Grammar
from kdaudit.corpus.lexicon import LEXICON, Lexicon
from kdaudit.corpus.out_of_domain import OutOfDomain
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments

Pair = tuple[str, str]
Target = TypeVar("Target", str, None)
OUT_OF_DOMAIN = "out_of_domain"
_PATIENCE = 2000  # draws without a new sentence, after which there are hardly any left


def generate(
    pairs: int,
    rng: np.random.Generator,
    *,
    seen: set[str] | None = None,
    lexicon: Lexicon = LEXICON,
) -> list[Pair]:
    """`pairs` pairs (English, German) with distinct English sides.

    No source of `seen` is used, and the new ones are added to it. RecipeError
    where the grammar has too few sentences.
    """
    seen = set() if seen is None else seen
    return _distinct(Grammar(Dice(rng), lexicon).sentence, pairs, seen)


def generate_sources(sentences: int, rng: np.random.Generator) -> list[str]:
    """`sentences` distinct English sentences of another domain, without targets.

    RecipeError where there are too few.
    """
    grammar = OutOfDomain(Dice(rng))
    return [source for source, _ in _distinct(lambda: (grammar.sentence(), None), sentences, set())]


def embedded_splits(
    seed: int, *, train: int = 8000, valid: int = 500, test: int = 500, out_of_domain: int = 0
) -> dict[str, Segments]:
    """The splits `train`, `valid` and `test`; no source occurs twice, within or between them.

    `out_of_domain`: above 0 there is a split of that name too, with so many sources
    and null targets.

    Columns: `source` (English), `target` (German), `provenance` (`original`),
    `planted` (null). Each split has a random stream of its own and test comes
    first, so that a longer training split keeps the same test and validation.
    """
    seen: set[str] = set()
    splits: dict[str, Segments] = {}
    for stream, (name, pairs) in enumerate((("test", test), ("valid", valid), ("train", train))):
        found = generate(pairs, np.random.default_rng([seed, stream]), seen=seen)
        splits[name] = _segments([source for source, _ in found], [target for _, target in found])
    splits = {name: splits[name] for name in ("train", "valid", "test")}
    if out_of_domain:
        sources = generate_sources(out_of_domain, np.random.default_rng([seed, len(splits)]))
        splits[OUT_OF_DOMAIN] = _segments(sources, [None] * len(sources))
    return splits


def _distinct(
    draw: Callable[[], tuple[str, Target]], count: int, seen: set[str]
) -> list[tuple[str, Target]]:
    """`count` draws with distinct sources; none is in `seen`, to which they are added."""
    idle = 0
    found: list[tuple[str, Target]] = []
    while len(found) < count:
        source, target = draw()
        idle = idle + 1 if source in seen else 0
        if idle > _PATIENCE:
            raise RecipeError(
                f"the embedded grammar has no more sentences: {len(found)} of {count} found"
            )
        if not idle:
            seen.add(source)
            found.append((source, target))
    return found


def _segments(sources: Sequence[str], targets: Sequence[str | None]) -> Segments:
    return Segments.of(
        source=pa.array(sources, pa.string()),
        target=pa.array(targets, pa.string()),
        provenance=pa.array(["original"] * len(sources), pa.string()),
        planted=pa.nulls(len(sources), pa.string()),
    )
