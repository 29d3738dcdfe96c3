"""A family of contrasts through Holm's correction, and the word for each; opens no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kdaudit.comparison.estimates import Effect
from kdaudit.comparison.inputs import Flags, Quality
from kdaudit.comparison.needed import units_needed
from kdaudit.comparison.results import Contrast
from kdaudit.comparison.significance import Verdict, holm, verdict


@dataclass(frozen=True)
class Judgement:
    """What is said of one contrast of a family; see `Contrast` for the fields."""

    p_adjusted: float | None
    verdict: Verdict
    needed: int | None


def judged(effects: Sequence[Effect], confidence: float) -> list[Judgement]:
    """The contrasts of one measure, model, reference, split and scheme, in their order."""
    tested = [e.p_value for e in effects if e.p_value is not None]
    adjusted = iter(holm(tested).tolist())
    found = []
    for e in effects:
        p = None if e.p_value is None else next(adjusted)
        word = verdict(e.difference, e.discordant, p, confidence)
        found.append(Judgement(p, word, units_needed(e, word, len(tested), confidence)))
    return found


def contrasts(
    item: Flags | Quality,
    reference: str,
    scheme: str,
    effects: Mapping[str, Effect],
    confidence: float,
) -> list[Contrast]:
    """One family of contrasts, by subgroup."""
    place = {"measure": item.measure, "model": item.model, "split": item.split, "scheme": scheme}
    words = judged(list(effects.values()), confidence)
    found = []
    for (subgroup, effect), word in zip(effects.items(), words, strict=True):
        values = {name: value for name, value in vars(effect).items() if name != "statistic"}
        whole = {**place, **values, **vars(word)}
        found.append(Contrast(reference=reference, subgroup=subgroup, **whole))
    return found
