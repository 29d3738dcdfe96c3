"""Adaptive-SeqKD (Dankers & Raunak 2025): a teacher fine-tuned on good pairs; opens no file."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import ClassVar, Literal

import numpy as np

from kdaudit.distillation.base import (
    CORPUS,
    Chosen,
    DistillationStep,
    FineTuning,
    Needs,
    Services,
    Targets,
    draw,
    of_teacher,
    require,
)
from kdaudit.errors import RecipeError
from kdaudit.segments import BoolArray, FloatArray, IntArray, Segments
from kdaudit.texts import equal, stripped

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def _published() -> dict[str, float]:
    return {"quality.chrf": 85.0, "quality.confidence": 0.85}


@dataclass(frozen=True)
class Adaptive(DistillationStep):
    """Fine-tune the teacher briefly on pairs of high quality, then let it translate.

    A pair may be chosen whose source has `min_source_words` and whose columns `above` are
    above their thresholds; by default, as in the released script, sentence chrF of the
    teacher's translation with the target above 85 and the teacher's confidence in it above
    0.85. Any column does: see `Needs`. `replicated`: false leaves out the pairs whose target
    the teacher replicates, which an overfit teacher has memorized. `most` of them are drawn;
    less than `fewest` is an error. `control`: `random` draws as many pairs, of as many
    source words, at random. Ids that the user lists are taken as they are, instead.
    `epochs` and `learning_rate`: of the fine-tuning; the default is that of the published
    teacher's size, 6+6 layers of 1,024.
    """

    above: dict[str, float] = field(default_factory=_published)
    min_source_words: int = 6
    replicated: bool = True
    most: int = 200_000
    fewest: int = 50
    control: Literal["none", "random"] = "none"
    seed: int = 1
    epochs: int = 1
    learning_rate: float = 3.266e-5
    beam: int = 1

    name: ClassVar[str] = "adaptive"

    def __post_init__(self) -> None:
        for setting in ("most", "fewest", "epochs", "beam"):
            require(getattr(self, setting) >= 1, self.name, f"{setting} is 1 or more")
        require(self.fewest <= self.most, self.name, "fewest is at most most")
        require(self.min_source_words >= 0, self.name, "min_source_words is 0 or more")
        require(self.seed >= 0, self.name, "seed is 0 or more")
        require(self.learning_rate > 0, self.name, "learning_rate is above 0")
        finite = all(map(math.isfinite, self.above.values()))
        require(finite, self.name, "a threshold is a finite number")

    @property
    def needs(self) -> Needs:
        return Needs(select=tuple(self.above))

    @property
    def fine_tuning(self) -> FineTuning:
        return FineTuning(self.epochs, self.learning_rate)

    def select(self, segments: Segments, services: Services) -> Chosen:
        scores = {name: segments.numbers(name) for name in self.above}
        usable = _usable(segments, self.min_source_words)
        good = usable.copy()
        for name, threshold in self.above.items():
            good &= scores[name] > threshold  # what is undefined, nan, is above nothing
        if not self.replicated:
            columns = (segments.strings(name) for name in ("target", "translation"))
            good &= ~equal(*map(stripped, columns))
        rows = np.flatnonzero(good)
        if services.listed is not None:
            rows = _rows_of(segments, services.listed)
        elif len(rows) < self.fewest:
            raise RecipeError(self._too_few(len(rows), usable, scores))
        chosen = rows if services.listed is not None else draw(rows, self.most, self.seed)
        if self.control == "random":
            chosen = self._at_random(np.flatnonzero(usable), len(chosen))
        targets = segments.strings("target").take(chosen).to_pylist()
        return Chosen(
            segments.ids[chosen],
            targets,
            [CORPUS] * len(chosen),
            len(rows),
            {name: column[chosen] for name, column in scores.items()},
        )

    def targets(self, segments: Segments) -> Targets:
        return of_teacher(segments)

    def _at_random(self, rows: IntArray, number: int) -> IntArray:
        """Exactly so many of the rows; RecipeError where there are fewer."""
        if len(rows) < number:
            raise RecipeError(
                f"{self.name}: the control takes as many pairs as the choice, {number:,}, and only "
                f"{len(rows):,} have sources of {self.min_source_words} words or more"
            )
        return draw(rows, number, self.seed)

    def _too_few(self, found: int, usable: BoolArray, scores: dict[str, FloatArray]) -> str:
        """The message, with how the scores are distributed."""
        of_all = int(usable.sum())
        told = [
            f"{self.name}: {found} pairs can be chosen, and fewest is {self.fewest}: of "
            f"{len(usable)} pairs {of_all} have {self.min_source_words} source words and a target"
        ]
        if not self.replicated:
            told[0] += ", less those that the teacher replicates"
        for name, threshold in self.above.items():
            values = scores[name][usable]
            told.append(f"{name}: {distribution(values)}, {_share(values > threshold)} above")
            told[-1] += f" {threshold:g}"
        return "; ".join(told)


def distribution(values: FloatArray) -> str:
    """Quantiles of the values, in words; what is undefined is counted apart."""
    defined = values[~np.isnan(values)]
    if not len(defined):
        return "no value is defined"
    at = np.quantile(defined, _QUANTILES)
    names = (f"{share:.0%}" if share != 0.5 else "median" for share in _QUANTILES)
    shown = ", ".join(f"{name} {value:.3g}" for name, value in zip(names, at, strict=True))
    undefined = len(values) - len(defined)
    return shown + (f" ({undefined} undefined)" if undefined else "")


def _share(passes: BoolArray) -> str:
    return f"{passes.mean():.1%}" if len(passes) else "none"


def _usable(segments: Segments, min_source_words: int) -> BoolArray:
    """The pairs with so many words in their source, and something in both sides."""
    sources, targets = segments.texts("source"), segments.texts("target")
    least = max(min_source_words, 1)
    return np.array(
        [
            len(source.split()) >= least and bool(target.strip())
            for source, target in zip(sources, targets, strict=True)
        ],
        dtype=np.bool_,
    )


def _rows_of(segments: Segments, ids: IntArray) -> IntArray:
    """The rows of listed ids, in the order of the segments; RecipeError for an unknown one."""
    unknown = ids[~np.isin(ids, segments.ids)]
    if len(unknown):
        raise RecipeError(f"the corpus has no id {unknown[0]}, which is listed")
    return np.flatnonzero(np.isin(segments.ids, ids))
