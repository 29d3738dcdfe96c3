"""Which schemes of a recipe have subgroups that a user named; opens no file."""

from __future__ import annotations

from kdaudit.recipe import Recipe
from kdaudit.subgroups import SUBGROUPS, Column, Product, UsersFile


def schemes_named_by_users(recipe: Recipe) -> set[str]:
    """The schemes whose subgroups are called as a column or a file says, products with them, and
    plug-ins, of which nothing is known."""
    kinds = {name: entry.kind for name, entry in recipe.subgroups.items()}
    found = {
        name
        for name, kind in kinds.items()
        if kind in (Column.name, UsersFile.name) or kind not in SUBGROUPS
    }
    while more := {
        name
        for name, entry in recipe.subgroups.items()
        if entry.kind == Product.name
        and name not in found
        and found.intersection(entry.settings["schemes"])
    }:
        found |= more
    return found
