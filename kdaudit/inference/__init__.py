"""Translation and forced scores by CTranslate2, one row per input, in order; and which prefix
yields which target, on a GPU by a parallel pass of the fairseq model."""

from kdaudit.inference.forcing import ForcedPass
from kdaudit.inference.settings import InferenceSettings
from kdaudit.inference.translator import ForcedScore, Translation, Translator

__all__ = ["ForcedPass", "ForcedScore", "InferenceSettings", "Translation", "Translator"]
