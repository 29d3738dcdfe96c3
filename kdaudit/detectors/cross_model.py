"""Cross-model score: how unlikely another model of the run finds a translation; opens no file.

The other model reads the translation by forced decoding. It is one for all models that are
judged, so that their rates are on one scale; it does not judge itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.likelihood import UNLIKELY, below, check_threshold, scored_by
from kdaudit.detectors.settings import require, signature
from kdaudit.segments import BoolArray, Segments


@dataclass(frozen=True)
class CrossModel:
    """Flagged: the score of the translation under `model`, per token, is below `threshold`.

    `model`: `teacher` or `baseline`, the run's first model of that role, or a model's name.
    `threshold`: natural log, 0 or less, on that model's scale.

    Eligible: translations that the model can score: not those of empty sources, nor where
    a side is longer than it takes. `score`: sum of natural logs over the tokens, end of
    sentence included in both.
    """

    model: str = "teacher"
    threshold: float = UNLIKELY

    name: ClassVar[str] = "cross_model"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_threshold(self.threshold, self.name)
        require(bool(self.model), self.name, "model is 'teacher', 'baseline' or a model's name")

    @property
    def needs(self) -> Needs:
        return Needs((f"score.{self.model}",))

    def score(self, segments: Segments, services: Services) -> Scored:
        return scored_by(segments.numbers(f"score.{self.model}"))

    def judge(self, scored: Scored) -> BoolArray:
        return below(scored, self.threshold)

    def signature(self) -> str:
        return signature(self, log="natural")
