"""Sequence log-probability: how unlikely a model finds its own translation; opens no file.

Seq-Logprob of Guerreiro et al. 2023: the sum of the tokens' log-probabilities over
their number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.likelihood import UNLIKELY, below, check_threshold, per_token, scored_by
from kdaudit.detectors.settings import signature
from kdaudit.segments import BoolArray, Segments


@dataclass(frozen=True)
class SequenceLogProbability:
    """Flagged: the model's own score of its translation, per token, is below `threshold`.

    `threshold`: natural log, 0 or less. Each model is its own ruler, so rates of two models
    compare their calibration as well as their translations: see `cross_model`.

    Eligible: translations that have a score, which those of empty sources do not. `score`:
    sum of natural logs over the tokens, end of sentence included in both.
    """

    threshold: float = UNLIKELY

    name: ClassVar[str] = "sequence_log_probability"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_threshold(self.threshold, self.name)

    @property
    def needs(self) -> Needs:
        return Needs(("log_probability", "tokens"))

    def score(self, segments: Segments, services: Services) -> Scored:
        columns = segments.numbers("log_probability"), segments.numbers("tokens")
        return scored_by(per_token(*columns))

    def judge(self, scored: Scored) -> BoolArray:
        return below(scored, self.threshold)

    def signature(self) -> str:
        return signature(self, log="natural")
