"""What a student flags of what its teacher flags, against its baseline; opens no file.

Paired: student and baseline on the same segments, those that the teacher flags, and those
that it does not. The units are those of any contrast, linked for all three models.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kdaudit.comparison.estimates import Effect, Estimate
from kdaudit.comparison.families import Judgement, judged
from kdaudit.comparison.inherited import GIVEN, Given, Inherited, Interval
from kdaudit.comparison.inputs import Flags, Split
from kdaudit.comparison.needed import chi_square
from kdaudit.comparison.rates import RateSettings, paired_effect, rate
from kdaudit.comparison.resampling import stream
from kdaudit.comparison.results import Contrast
from kdaudit.comparison.units import Strata, Types, Units, components, tabulate
from kdaudit.segments import BoolArray

ALL, STUDENT, BASELINE, BOTH = range(4)
"""Columns of the types: segments, and those that are flagged by these models."""


@dataclass(frozen=True)
class Lineage:
    """A student, the teacher whose translations it learned, and a model that did not have them."""

    student: str
    teacher: str
    baseline: str | None = None


def inheritance(
    splits: Sequence[Split],
    flags: Sequence[Flags],
    lineages: Sequence[Lineage],
    *,
    seed: int = 1,
    bootstrap: int = 10_000,
    confidence: float = 0.95,
) -> list[Inherited]:
    """A row for each measure that all models of a lineage have, split, scheme and subgroup.

    Measures whose denominator is the model's own are left out: the same ones without it are
    there. Holm's correction runs over the subgroups, as in `compare`.
    """
    settings = RateSettings(bootstrap, confidence)
    found: list[Inherited] = []
    for split in splits:
        by_model = {(item.model, item.measure): item for item in flags if item.split == split.name}
        tables = _Split(split, settings, seed)
        for lineage in lineages:
            for (model, measure), student in by_model.items():
                teacher = by_model.get((lineage.teacher, measure))
                baseline = by_model.get((lineage.baseline or "", measure))
                lacking = lineage.baseline is not None and baseline is None
                if model == lineage.student and student.paired and teacher and not lacking:
                    found += tables.rows(lineage, student, teacher, baseline)
    return found


class _Split:
    """One split, with the units of its pairs and of shared translations numbered once."""

    def __init__(self, split: Split, settings: RateSettings, seed: int):
        self.split, self.settings, self.seed = split, settings, seed
        self.strata = Strata.of(split.schemes)
        self.pairs = Units.of(split.unit)

    def rows(
        self, lineage: Lineage, student: Flags, teacher: Flags, baseline: Flags | None
    ) -> Iterator[Inherited]:
        """The rows of one measure, by scheme and subgroup."""
        models = [student, teacher, *([] if baseline is None else [baseline])]
        eligible = np.logical_and.reduce([item.eligible for item in models])
        units = self._units(models, eligible)
        nothing = np.zeros(len(eligible), dtype=np.bool_)
        theirs = nothing if baseline is None else baseline.flagged
        parts = []
        for chosen in (eligible & teacher.flagged, eligible & ~teacher.flagged):
            masks = (chosen, *(chosen & one for one in (student.flagged, theirs)))
            masks = (*masks, chosen & student.flagged & theirs)
            parts.append(self._types(units, masks))
        elsewhere = student.flagged & ~eligible
        settings = replace(self.settings, shared=student.shared is not None)
        for scheme, categories in self.split.schemes.items():
            codes = categories.codes[elsewhere]
            uncompared = np.bincount(codes, minlength=len(categories.names))
            both = []
            for given, part in zip(GIVEN, parts, strict=True):
                place = given, student.measure, *map(str, vars(lineage).values()), scheme
                of_given = dict(zip(categories.names, part[scheme], strict=True))
                both.append(self._given(of_given, place, settings, alone=baseline is None))
            for code, subgroup in enumerate(categories.names):
                flagged, others = (part[scheme][code] for part in parts)
                yield Inherited(
                    measure=student.measure,
                    **vars(lineage),
                    split=self.split.name,
                    scheme=scheme,
                    subgroup=subgroup,
                    n=flagged.total(ALL) + others.total(ALL),
                    **_origins(flagged, others, alone=baseline is None),
                    uncompared=int(uncompared[code]),
                    teacher_flagged=both[0][subgroup],
                    teacher_not_flagged=both[1][subgroup],
                )

    def _units(self, models: Sequence[Flags], eligible: BoolArray) -> Units:
        """Pairs; or what a chain of shared translations links, whichever of the models made them:
        what the teacher flags is drawn together, too."""
        shared = [item.shared for item in models]
        first, *others = [None if keys is None else Units.of(keys) for keys in shared]
        if first is None:
            return self.pairs
        for other in others:
            assert other is not None, "one measure has one kind of unit"
            first = components(eligible, first, other)
        return first

    def _types(self, units: Units, masks: Sequence[BoolArray]) -> dict[str, list[Types]]:
        tables = [tabulate(strata, units, masks) for strata in self.strata]
        return {scheme: types for table in tables for scheme, types in table.items()}

    def _given(
        self,
        types: Mapping[str, Types],
        place: Sequence[str],
        settings: RateSettings,
        *,
        alone: bool,
    ) -> dict[str, Given]:
        """All subgroups of a scheme, which are one family."""
        effects: list[Effect] = []
        for subgroup, table in types.items():
            rng = stream(self.seed, "inheritance", *place, self.split.name, subgroup)
            pair = Types(table.values[:, [ALL, STUDENT, ALL, BASELINE]], table.counts)
            effect = paired_effect(pair, settings, rng)
            effects.append(replace(effect, statistic=chi_square(pair)))
        words = judged(effects, settings.confidence)
        found = {}
        for (subgroup, table), effect, word in zip(types.items(), effects, words, strict=True):
            student, baseline = (_rate(table, one, settings) for one in (STUDENT, BASELINE))
            found[subgroup] = (
                _of_student(student) if alone else _against(student, baseline, effect, word)
            )
        return found


def contrast(row: Inherited, given: Given) -> Contrast:
    """Student against baseline, which is there, on these segments, as a contrast like any other."""
    assert row.baseline is not None, "there is something to compare with"
    assert given.interval is not None, "there is something to compare with"
    low, high = given.ratio_ci or (None, None)
    bounds = None if low is None else low - 1, None if high is None else high - 1
    return Contrast(
        measure=row.measure,
        model=row.student,
        reference=row.baseline,
        split=row.split,
        scheme=row.scheme,
        subgroup=row.subgroup,
        n=given.n,
        difference=given.difference,
        difference_ci=given.difference_ci,
        relative_change=None if given.ratio is None else given.ratio - 1,
        relative_change_ci=None if given.ratio_ci is None else bounds,
        interval=given.interval,
        p_value=given.p_value,
        p_adjusted=given.p_adjusted,
        verdict=given.verdict or "too_few",
        discordant=given.discordant or 0,
        needed=given.needed,
    )


def _rate(table: Types, flagged: int, settings: RateSettings) -> Estimate:
    """The share of these segments that a model flags."""
    types = Types(table.values[:, [ALL, flagged]], table.counts)
    return rate(types, settings.confidence, shared=settings.shared)


def _origins(flagged: Types, others: Types, *, alone: bool) -> dict[str, Any]:
    """The student's flags, by who else has them: of what the teacher flags, and of the rest."""
    return {
        "inherited": flagged.total(STUDENT) - flagged.total(BOTH),
        "common": None if alone else flagged.total(BOTH),
        "corpus": None if alone else others.total(BOTH),
        "own": others.total(STUDENT) - others.total(BOTH),
    }


def _of_student(student: Estimate) -> Given:
    """All there is to say where there is no baseline."""
    assert student.flagged is not None, "a rate counts"
    return Given(student.n, student.flagged, student.value, _bounds(student))


def _against(student: Estimate, baseline: Estimate, effect: Effect, word: Judgement) -> Given:
    """A student and a baseline on the same segments."""
    bounds = effect.relative_change_ci
    return replace(
        _of_student(student),
        baseline=baseline.flagged,
        baseline_value=baseline.value,
        baseline_ci=_bounds(baseline),
        ratio=student.value / baseline.value
        if student.value is not None and baseline.value
        else None,
        ratio_ci=None if bounds is None else _plus_one(bounds),
        difference=effect.difference,
        difference_ci=effect.difference_ci,
        interval=effect.interval,
        p_value=effect.p_value,
        discordant=effect.discordant,
        **vars(word),
    )


def _bounds(estimate: Estimate) -> Interval | None:
    return None if estimate.value is None else estimate.bounds


def _plus_one(bounds: Interval) -> Interval:
    low, high = (None if bound is None else 1 + bound for bound in bounds)
    return low, high
