"""The entries of a recipe's sections, and the parts of the registries that they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import Field, field_validator

from kdaudit.distillation import distillation_step
from kdaudit.distillation.base import DistillationStep
from kdaudit.errors import RecipeError
from kdaudit.personal import Finder
from kdaudit.registry import unknown
from kdaudit.settings import Settings, parse

T = TypeVar("T")


class Selection(Settings):
    """A registry entry of the recipe: its settings, and where it applies."""

    kind: str
    settings: dict[str, Any]
    splits: tuple[str, ...]


class SchemeSelection(Selection):
    """A subgroup scheme of the recipe."""

    cap: int | None = Field(None, ge=1, description="distinct pairs of a subgroup, at most")
    cap_seed: int = Field(1, ge=0, lt=2**63)


class ComparisonSettings(Settings):
    """What is compared with what, and how often it is resampled."""

    reference: str | None = Field(
        None, description="a model; the baseline by default; 'all': every pair of models"
    )
    bootstrap: int = Field(10_000, ge=100)
    quality_bootstrap: int = Field(1_000, ge=100)
    confidence: float = Field(0.95, gt=0.5, lt=1)


class ReportSettings(Settings):
    """What the report shows."""

    examples: int = Field(20, ge=0, description="flagged segments of each detector and model")
    texts: bool = Field(True, description="false: examples by id only, where the text is not ours")
    redact: bool = Field(False, description="true: strings of personal form are masked in examples")
    patterns: dict[str, str] = Field(
        default_factory=dict, description="further kinds to mask: regular expressions by name"
    )

    @field_validator("patterns")
    @classmethod
    def _patterns(cls, patterns: dict[str, str]) -> dict[str, str]:
        Finder(patterns)
        return patterns


def step_of(kind: str, settings: Mapping[str, Any], where: str) -> DistillationStep:
    """The distillation step of that name, with its settings, which are a key of their own."""
    found = _found(distillation_step, kind, where)
    return parse(found, settings, f"{where}.settings")


def part(find: Callable[[str], type[T]], kind: str, settings: Mapping[str, Any], where: str) -> T:
    """The part that `find` has for `kind`, with its settings; `where`: its place in a recipe."""
    return parse(_found(find, kind, where), settings, where)


def _found(find: Callable[[str], type[T]], kind: str, where: str) -> type[T]:
    try:
        return find(kind)
    except RecipeError as error:
        raise RecipeError(str(error), place=where) from error


def entry(entries: Mapping[str, Selection], name: str, what: str) -> Selection:
    """The entry of that name; RecipeError, with the nearest one, where there is none."""
    if name not in entries:
        raise RecipeError(unknown(name, entries, what))
    return entries[name]
