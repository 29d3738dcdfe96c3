"""CTranslate2: translation and forced scores, one row per input, in order."""

from kdaudit.inference.settings import InferenceSettings
from kdaudit.inference.translator import ForcedScore, Translation, Translator

__all__ = ["ForcedScore", "InferenceSettings", "Translation", "Translator"]
