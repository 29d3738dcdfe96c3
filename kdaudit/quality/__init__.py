"""Quality metrics of translations, by name; opens no file."""

from __future__ import annotations

from kdaudit.quality.base import QualityMetric, QualityScores
from kdaudit.quality.bleu import Bleu
from kdaudit.quality.chrf import BackTranslation, Chrf
from kdaudit.quality.comet import Comet, CometKiwi
from kdaudit.quality.confidence import Confidence
from kdaudit.quality.diversity import Diversity
from kdaudit.quality.ter import Ter
from kdaudit.registry import find

QUALITY: dict[str, type[QualityMetric]] = {
    "bleu": Bleu,
    "chrf": Chrf,
    "ter": Ter,
    "confidence": Confidence,
    "diversity": Diversity,
    "back_translation": BackTranslation,
    "comet": Comet,
    "cometkiwi": CometKiwi,
}


def quality_metric(name: str) -> type[QualityMetric]:
    """The metric of that name, ours or a plug-in's; RecipeError where there is none."""
    return find("quality", QUALITY, name)


__all__ = ["QUALITY", "QualityMetric", "QualityScores", "quality_metric"]
