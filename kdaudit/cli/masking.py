"""The options that mask what may tell of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from kdaudit.personal import Finder
    from kdaudit.stages.base import Context

Redact = Annotated[
    bool,
    typer.Option(
        "--redact",
        help="Mask e-mail addresses, phone numbers, URLs, long numbers and IBAN-like strings; "
        "always on where the recipe has report.redact: true.",
    ),
]
Patterns = Annotated[
    list[str] | None,
    typer.Option(
        "--pattern",
        metavar="NAME=REGEX",
        help="A further kind to mask, by a regular expression; turns --redact on.",
    ),
]


def masking(run: Context, redact: bool, patterns: list[str] | None) -> Finder | None:
    """What is to be masked, None for nothing; RecipeError for a pattern that cannot be used."""
    from kdaudit.errors import RecipeError
    from kdaudit.stages import flagged

    own: dict[str, str] = {}
    for pattern in patterns or ():
        name, equals, text = pattern.partition("=")
        if not equals:
            raise RecipeError(f"--pattern {pattern}: give it as NAME=REGEX")
        if name in own:
            raise RecipeError(f"--pattern {name}: the name is given twice")
        own[name] = text
    if not (redact or own or run.recipe.report.redact):
        return None
    return flagged.masking(run.recipe, own)
