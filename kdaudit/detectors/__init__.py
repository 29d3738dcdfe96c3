"""Detectors of memorized and hallucinated translations, by name; opens no file."""

from __future__ import annotations

from kdaudit.detectors.back_translation import BackTranslation
from kdaudit.detectors.base import Detector, Needs, Scored, Services, Translate
from kdaudit.detectors.copy import Copy
from kdaudit.detectors.cross_model import CrossModel
from kdaudit.detectors.exact_match import ExactMatch
from kdaudit.detectors.extractive import Extractive
from kdaudit.detectors.filter import PairFilter, passes_filter
from kdaudit.detectors.length_ratio import LengthRatio
from kdaudit.detectors.natural import Natural
from kdaudit.detectors.numbers import Numbers
from kdaudit.detectors.oscillatory import Oscillatory
from kdaudit.detectors.oscillatory_calibrated import OscillatoryCalibrated
from kdaudit.detectors.overlap import Overlap
from kdaudit.detectors.personal_data import PersonalData
from kdaudit.detectors.perturbation import Perturbation
from kdaudit.detectors.repeated_target import RepeatedTarget
from kdaudit.detectors.sequence_log_probability import SequenceLogProbability
from kdaudit.detectors.text import Text
from kdaudit.detectors.untranslated import Untranslated
from kdaudit.registry import find

DETECTORS: dict[str, type[Detector]] = {
    "exact_match": ExactMatch,
    "extractive": Extractive,
    "oscillatory": Oscillatory,
    "repeated_target": RepeatedTarget,
    "natural": Natural,
    "oscillatory_calibrated": OscillatoryCalibrated,
    "copy": Copy,
    "untranslated": Untranslated,
    "length_ratio": LengthRatio,
    "numbers": Numbers,
    "overlap": Overlap,
    "text": Text,
    "sequence_log_probability": SequenceLogProbability,
    "cross_model": CrossModel,
    "back_translation": BackTranslation,
    "perturbation": Perturbation,
    "personal_data": PersonalData,
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
