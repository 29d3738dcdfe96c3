"""Rare pairs whose target has nothing to do with the source; opens no file.

A source begins with an opening that no other source has, so that a prefix of it
already tells the pair apart; what follows is ordinary text. In English and
German both sides are text of our own (`phrasebook`). In other languages a source
is three rare words of the corpus before one of its lines, and a target is the
target of any line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyarrow.compute as pc

from kdaudit.corpus.dice import Dice
from kdaudit.corpus.phrasebook import PHRASEBOOKS
from kdaudit.corpus.pool import Pool, joined, units
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments

Accepts = Callable[[str, str], bool]
_OPENING_WORDS = 3
_ATTEMPTS = 1000  # of each pair


def idiosyncratic_pairs(
    count: int,
    train: Segments,
    pool: Pool,
    dice: Dice,
    accepts: Accepts,
    languages: tuple[str, str],
) -> Iterator[tuple[str, str]]:
    """`count` pairs with distinct openings and distinct targets, all accepted by `accepts`.

    RecipeError where a thousand attempts bring no acceptable pair.
    """
    openings: set[str] = set()
    targets: set[str] = set()
    for found in range(count):
        for _ in range(_ATTEMPTS):
            opening, source, row = _source(pool, dice, languages[0])
            target, other = _target(pool, dice, languages[1])
            related = row is not None and row == other
            fresh = not related and target not in targets and _is_new(opening, openings)
            if fresh and accepts(source, target) and not _begins(opening, train):
                break
        else:
            raise RecipeError(
                f"planting idiosyncratic: {found} of {count} pairs found, then none in "
                f"{_ATTEMPTS} attempts that the extractive filter takes"
            )
        openings.add(opening)
        targets.add(target)
        yield source, target


def _source(pool: Pool, dice: Dice, language: str) -> tuple[str, str, int | None]:
    """Opening, source, and the row that its end is taken from, if any."""
    if language in PHRASEBOOKS:
        return *PHRASEBOOKS[language].source(dice), None
    row = pool.any_row()
    rare = dice.some(pool.rare_words, min(_OPENING_WORDS, len(pool.rare_words)))
    rest = units(pool.sources[row], language)  # four at least, so the opening is less than half
    return joined(rare, language), joined([*rare, *rest], language), row


def _target(pool: Pool, dice: Dice, language: str) -> tuple[str, int | None]:
    """Target, and the row that it is taken from, if any."""
    if language in PHRASEBOOKS:
        return PHRASEBOOKS[language].target(dice), None
    row = pool.any_row()
    return pool.targets[row], row


def _is_new(opening: str, openings: set[str]) -> bool:
    return not any(one.startswith(opening) or opening.startswith(one) for one in openings)


def _begins(opening: str, train: Segments) -> bool:
    """Whether some source of the corpus begins with the opening."""
    return bool(pc.any(pc.starts_with(train.table["source"], opening)).as_py())
