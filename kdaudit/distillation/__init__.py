"""Distillation steps, by name: how a KD corpus is made; opens no file."""

from __future__ import annotations

from kdaudit.distillation.adaptive import Adaptive
from kdaudit.distillation.base import (
    Chosen,
    DistillationStep,
    FineTuning,
    Needs,
    Services,
    Targets,
)
from kdaudit.distillation.mixed import Mixed
from kdaudit.distillation.recovered import Recovered
from kdaudit.distillation.seqkd import SeqKD
from kdaudit.registry import find

STEPS: dict[str, type[DistillationStep]] = {
    "seqkd": SeqKD,
    "adaptive": Adaptive,
    "mixed": Mixed,
    "recovered": Recovered,
}


def distillation_step(name: str) -> type[DistillationStep]:
    """The step of that name, ours or a plug-in's; RecipeError where there is none."""
    return find("distillation", STEPS, name)


__all__ = [
    "STEPS",
    "Adaptive",
    "Chosen",
    "DistillationStep",
    "FineTuning",
    "Mixed",
    "Needs",
    "Recovered",
    "SeqKD",
    "Services",
    "Targets",
    "distillation_step",
]
