"""The cure of Finding Memo (Raunak & Menezes 2022, algorithm 3); opens no file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kdaudit.distillation.base import (
    RECOVERED,
    Chosen,
    DistillationStep,
    FineTuning,
    Needs,
    Services,
    Targets,
    of_teacher,
    require,
)
from kdaudit.errors import RecipeError
from kdaudit.segments import Segments

SYMBOLS = ("!", "*", "@", "#", "$", "%")
"""Those of the paper, in its order."""


@dataclass(frozen=True)
class Recovered(DistillationStep):
    """Fine-tune the teacher on what it says of its memorized sources once they are disturbed.

    A source that `detector` finds memorized is translated with an isolated symbol in front,
    one of `symbols` after the other, until the translation is another one: that is its
    target for fine-tuning. A symbol that the translation begins with is taken off, and does
    not count as a change; sources for which nothing changes are left out. Less than
    `fewest` recovered pairs is an error. `epochs` and `learning_rate`: of the fine-tuning.
    """

    detector: str = "extractive"
    symbols: tuple[str, ...] = SYMBOLS
    fewest: int = 1
    epochs: int = 1
    learning_rate: float = 3.266e-5
    beam: int = 1

    name: ClassVar[str] = "recovered"

    def __post_init__(self) -> None:
        for setting in ("fewest", "epochs", "beam"):
            require(getattr(self, setting) >= 1, self.name, f"{setting} is 1 or more")
        require(self.learning_rate > 0, self.name, "learning_rate is above 0")
        plain = all(len(symbol.split()) == 1 for symbol in self.symbols)
        require(bool(self.symbols) and plain, self.name, "symbols are words without white space")

    @property
    def needs(self) -> Needs:
        return Needs(select=(f"memorized.{self.detector}",))

    @property
    def fine_tuning(self) -> FineTuning:
        return FineTuning(self.epochs, self.learning_rate)

    def select(self, segments: Segments, services: Services) -> Chosen:
        if services.listed is None:
            memorized = segments.numbers(f"memorized.{self.detector}") > 0
        else:
            memorized = np.isin(segments.ids, services.listed)
        recovered = self._recover(segments.take(memorized), services)
        ids = np.array(list(recovered), dtype=np.int64)
        if len(ids) < self.fewest:
            raise RecipeError(
                f"{self.name}: {len(ids)} pairs can be recovered, and fewest is {self.fewest}: of "
                f"{len(segments)} pairs {int(memorized.sum())} are memorized by '{self.detector}', "
                f"and for the others of them no symbol changes the translation"
            )
        return Chosen(ids, [*recovered.values()], [RECOVERED] * len(ids), int(memorized.sum()))

    def targets(self, segments: Segments) -> Targets:
        return of_teacher(segments)

    def _recover(self, segments: Segments, services: Services) -> dict[int, str]:
        """The first changed translation of each source, by id, in the segments' order."""
        ids: list[int] = segments.ids.tolist()
        sources = dict(zip(ids, segments.texts("source"), strict=True))
        usual = dict(zip(ids, segments.texts("translation"), strict=True))
        found: dict[int, str] = {}
        for symbol in self.symbols:
            left = [one for one in ids if one not in found]
            if not left:
                break
            disturbed = services.translate([f"{symbol} {sources[one]}" for one in left])
            for one, text in zip(left, disturbed, strict=True):
                changed = without_symbol(text, symbol)
                if changed and changed != without_symbol(usual[one], symbol):
                    found[one] = changed
        return {one: found[one] for one in ids if one in found}


def without_symbol(text: str, symbol: str) -> str:
    """A text without outer white space and without a symbol, and the space after it, in front."""
    return text.strip().removeprefix(symbol).strip()
