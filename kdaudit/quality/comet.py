"""COMET (Rei et al. 2022): quality by a learned model, from its scores; opens no file.

The model runs elsewhere, in a process of its own: a metric is given its scores as a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from kdaudit.errors import RecipeError
from kdaudit.quality.base import QualityScores
from kdaudit.quality.sums import averaged, mean, stacked
from kdaudit.segments import FloatArray, Segments

ESTIMATE = "estimate"
"""The column of a learned model's scores, one for each segment; nan where there is none."""


@dataclass(frozen=True)
class Comet:
    """The mean score of a COMET model that compares with the source and the target.

    `model`: a name on the Hugging Face hub, or the folder of a local copy (in it `hparams.yaml`
    and `checkpoints/model.ckpt`); `batch_size`: segments that are scored together;
    `environment`: a Python interpreter that has unbabel-comet, or the folder of its environment.
    The last two change the speed alone. Statistics (2,): the score and 1. Undefined, and left
    out, where source or target is blank.
    """

    model: str = "Unbabel/wmt22-comet-da"
    batch_size: int = 16
    environment: str | None = None

    name: ClassVar[str] = "comet"
    higher_is_better: ClassVar[bool] = True
    paired: ClassVar[bool] = True

    def __post_init__(self) -> None:
        if not self.model or self.batch_size < 1:
            raise RecipeError(f"{self.name}: 'model' is a name, and batch_size 1 or more")

    @property
    def needs(self) -> tuple[str, ...]:
        return ("source", "target", "translation", ESTIMATE)

    @property
    def is_local(self) -> bool:
        """Whether the model is a path, and no name on the hub."""
        return Path(self.model).is_absolute()

    def score(self, segments: Segments) -> QualityScores:
        return averaged(segments.numbers(ESTIMATE))

    def units(self, statistics: Sequence[FloatArray]) -> FloatArray:
        return stacked(statistics, 2)

    def aggregate(self, sums: FloatArray) -> FloatArray:
        return mean(sums)

    def signature(self) -> str:
        model = Path(self.model).name if self.is_local else self.model
        return f"{self.name}|model:{model}|segments:arithmetic_mean"


@dataclass(frozen=True)
class CometKiwi(Comet):
    """The mean score of a COMET model that reads source and translation alone (COMET-QE).

    It needs no target, so the corpus's own targets have it, too. Undefined where the source is
    blank.
    """

    model: str = "Unbabel/wmt22-cometkiwi-da"

    name: ClassVar[str] = "cometkiwi"

    @property
    def needs(self) -> tuple[str, ...]:
        return ("source", "translation", ESTIMATE)
