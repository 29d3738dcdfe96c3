"""Distillation steps, by name: how a KD corpus is made; opens no file."""

from __future__ import annotations

from kdaudit.distillation.base import DistillationStep, Targets
from kdaudit.distillation.seqkd import SeqKD
from kdaudit.registry import find

STEPS: dict[str, type[DistillationStep]] = {"seqkd": SeqKD}


def distillation_step(name: str) -> type[DistillationStep]:
    """The step of that name, ours or a plug-in's; RecipeError where there is none."""
    return find("distillation", STEPS, name)


__all__ = ["STEPS", "DistillationStep", "Targets", "distillation_step"]
