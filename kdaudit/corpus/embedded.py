"""The embedded corpus: generated English-German pairs, the same on every machine; opens no file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from kdaudit.corpus.dice import Dice
from kdaudit.corpus.grammar import Grammar
from kdaudit.corpus.lexicon import LEXICON, Lexicon
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments

Pair = tuple[str, str]
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
    grammar, idle = Grammar(Dice(rng), lexicon), 0
    found: list[Pair] = []
    while len(found) < pairs:
        source, target = grammar.sentence()
        idle = idle + 1 if source in seen else 0
        if idle > _PATIENCE:
            raise RecipeError(
                f"the embedded grammar has no more sentences: {len(found)} of {pairs} pairs found"
            )
        if not idle:
            seen.add(source)
            found.append((source, target))
    return found


def embedded_splits(
    seed: int, *, train: int = 8000, valid: int = 500, test: int = 500
) -> dict[str, Segments]:
    """The splits `train`, `valid` and `test`; no source occurs twice, within or between them.

    Columns: `source` (English), `target` (German), `provenance` (`original`),
    `planted` (null). Each split has a random stream of its own and test comes
    first, so that a longer training split keeps the same test and validation.
    """
    seen: set[str] = set()
    splits: dict[str, Segments] = {}
    for stream, (name, pairs) in enumerate((("test", test), ("valid", valid), ("train", train))):
        splits[name] = _segments(generate(pairs, np.random.default_rng([seed, stream]), seen=seen))
    return {name: splits[name] for name in ("train", "valid", "test")}


def _segments(pairs: list[Pair]) -> Segments:
    return Segments.of(
        source=pa.array([source for source, _ in pairs], pa.string()),
        target=pa.array([target for _, target in pairs], pa.string()),
        provenance=pa.array(["original"] * len(pairs), pa.string()),
        planted=pa.nulls(len(pairs), pa.string()),
    )
