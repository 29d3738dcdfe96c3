"""What a stage's job may take on a cluster; reads and writes nothing.

Nothing that is computed depends on it: another memory or partition runs nothing again.
"""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from kdaudit.artifacts import NAME
from kdaudit.errors import RecipeError
from kdaudit.registry import unknown
from kdaudit.settings import Settings

EVERY_STAGE = "all"
"""The key of `resources` that holds for stages without a word of their own."""


class ResourceSettings(Settings):
    """What each job of a stage asks for; None: what is usual for the stage."""

    processors: int | None = Field(None, ge=1)
    memory_mb: int | None = Field(None, ge=1, description="a second attempt gets twice as much")
    minutes: int | None = Field(None, ge=1)
    gpus: int | None = Field(None, ge=0, description="of each node")
    partition: str | None = Field(None, pattern=f"^{NAME.pattern}$")


USUAL = {
    "prepare": ResourceSettings(memory_mb=8_000, minutes=240),
    "train": ResourceSettings(memory_mb=16_000, minutes=2_880),
    "select": ResourceSettings(memory_mb=8_000, minutes=480),
    "distill": ResourceSettings(memory_mb=8_000, minutes=240),
    "translate": ResourceSettings(memory_mb=8_000, minutes=1_440),
    "score": ResourceSettings(memory_mb=8_000, minutes=1_440),
    "detect": ResourceSettings(memory_mb=8_000, minutes=1_440),
    "measure": ResourceSettings(memory_mb=8_000, minutes=1_440),
    "group": ResourceSettings(memory_mb=8_000, minutes=240),
    "counterfactual": ResourceSettings(memory_mb=8_000, minutes=240),
    "compare": ResourceSettings(memory_mb=8_000, minutes=240),
    "report": ResourceSettings(memory_mb=4_000, minutes=60),
}
"""What a stage asks for where the recipe says nothing."""


def check_resources(chosen: Mapping[str, ResourceSettings]) -> None:
    """RecipeError where there is no such stage."""
    for name in chosen:
        if name != EVERY_STAGE and name not in USUAL:
            raise RecipeError(unknown(name, [EVERY_STAGE, *USUAL], "stage"), place="resources")


def resources_of(chosen: Mapping[str, ResourceSettings], stage: str) -> ResourceSettings:
    """What the jobs of a stage ask for: the recipe's word for it, or for all, or what is usual."""
    words = (chosen.get(EVERY_STAGE), chosen.get(stage))
    given = [one.model_dump(exclude_none=True) for one in words if one is not None]
    merged = {key: value for one in given for key, value in one.items()}
    return USUAL[stage].model_copy(update=merged)
