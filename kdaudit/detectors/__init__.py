"""Detectors of memorized and hallucinated translations, by name; opens no file."""

from __future__ import annotations

from kdaudit.detectors.base import Detector, Needs, Scored, Services, Translate
from kdaudit.detectors.exact_match import ExactMatch
from kdaudit.detectors.extractive import Extractive
from kdaudit.detectors.filter import PairFilter, passes_filter
from kdaudit.detectors.natural import Natural
from kdaudit.detectors.oscillatory import Oscillatory
from kdaudit.detectors.repeated_target import RepeatedTarget
from kdaudit.registry import find

DETECTORS: dict[str, type[Detector]] = {
    "exact_match": ExactMatch,
    "extractive": Extractive,
    "oscillatory": Oscillatory,
    "repeated_target": RepeatedTarget,
    "natural": Natural,
}


def detector(name: str) -> type[Detector]:
    """The detector of that name, ours or a plug-in's; RecipeError where there is none."""
    return find("detectors", DETECTORS, name)


__all__ = [
    "DETECTORS",
    "Detector",
    "Needs",
    "PairFilter",
    "Scored",
    "Services",
    "Translate",
    "detector",
    "passes_filter",
]
