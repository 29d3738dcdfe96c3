"""Subgroup schemes: every segment of a split gets the name of one subgroup; opens no file."""

from __future__ import annotations

from kdaudit.registry import find
from kdaudit.subgroups.base import SubgroupScheme
from kdaudit.subgroups.confidence import Confidence
from kdaudit.subgroups.counterfactual import Corners, Counterfactual
from kdaudit.subgroups.counts import Frequency, Length, Repetition
from kdaudit.subgroups.extremes import Extremes
from kdaudit.subgroups.plain import All, Column, Random
from kdaudit.subgroups.product import Product
from kdaudit.subgroups.quality import Quality
from kdaudit.subgroups.users import UsersFile

SUBGROUPS: dict[str, type[SubgroupScheme]] = {
    "all": All,
    "random": Random,
    "quality": Quality,
    "confidence": Confidence,
    "extremes": Extremes,
    "counterfactual": Counterfactual,
    "corners": Corners,
    "frequency": Frequency,
    "repetition": Repetition,
    "length": Length,
    "column": Column,
    "file": UsersFile,
    "product": Product,
}

__all__ = ["SUBGROUPS", "Column", "Product", "SubgroupScheme", "UsersFile", "subgroup_scheme"]


def subgroup_scheme(name: str) -> type[SubgroupScheme]:
    """The scheme called `name`; RecipeError, with the nearest known name, where there is none."""
    return find("subgroups", SUBGROUPS, name)
