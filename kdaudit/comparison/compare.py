"""All measurements, and all contrasts with the reference models; opens no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from kdaudit.comparison import quality as bootstrap_of
from kdaudit.comparison.checks import check
from kdaudit.comparison.estimates import Effect, Estimate
from kdaudit.comparison.families import contrasts
from kdaudit.comparison.inputs import Categories, Denoising, Flags, Quality, Split
from kdaudit.comparison.needed import chi_square
from kdaudit.comparison.rates import RateSettings, paired_effect, rate, unpaired_effect
from kdaudit.comparison.resampling import Resamples, stream
from kdaudit.comparison.results import Comparison, Contrast, Measurement, as_json
from kdaudit.comparison.units import Strata, Types, Units, components, dense, tabulate
from kdaudit.segments import BoolArray, FloatArray, IntArray, same_length

Item = TypeVar("Item", Flags, Quality)

THREADS, MANY = 2, 10_000
"""Splits of so many rows are counted and resampled by so many threads, others by one."""


@dataclass(frozen=True)
class Settings:
    """What all numbers of a comparison depend on beside the data."""

    reference: tuple[str, ...]
    seed: int
    bootstrap: int
    quality_bootstrap: int
    confidence: float
    denoising: tuple[Denoising, ...] = ()


@dataclass
class _Found:
    """Results so far; `family` puts one family of contrasts through Holm's correction."""

    settings: Settings
    measurements: list[Measurement] = field(default_factory=list)
    contrasts: list[Contrast] = field(default_factory=list)
    denoising: list[dict[str, Any]] = field(default_factory=list)

    def add(self, item: Flags | Quality, scheme: str, subgroup: str, found: Estimate) -> None:
        self.measurements.append(
            Measurement(
                measure=item.measure,
                model=item.model,
                split=item.split,
                scheme=scheme,
                subgroup=subgroup,
                n=found.n,
                flagged=found.flagged,
                value=found.value,
                ci_low=found.bounds[0],
                ci_high=found.bounds[1],
                interval=found.interval,
            )
        )

    def family(
        self, item: Flags | Quality, reference: str, scheme: str, effects: Mapping[str, Effect]
    ) -> None:
        self.contrasts += contrasts(item, reference, scheme, effects, self.settings.confidence)


def compare(
    splits: Sequence[Split],
    flags: Sequence[Flags],
    quality: Sequence[Quality] = (),
    reference: str | Sequence[str] = (),
    *,
    seed: int = 1,
    bootstrap: int = 10_000,
    quality_bootstrap: int = 1_000,
    confidence: float = 0.95,
    signature: Mapping[str, Any] | None = None,
    denoising: Sequence[Denoising] = (),
) -> Comparison:
    """Measure every model on every subgroup, and contrast it with each reference model.

    A model is contrasted on the measures and splits that the reference has too. The contrasts
    of `denoising` are families of their own, in `about`.
    The numbers depend on the values and the seed, not on the order of the inputs.
    RecipeError: a setting out of range, an unknown reference, an unknown or doubled
    split, or a measure given twice; AlignmentError: columns of unlike lengths.
    """
    references = (reference,) if isinstance(reference, str) else tuple(reference)
    settings = Settings(
        references, seed, bootstrap, quality_bootstrap, confidence, tuple(denoising)
    )
    check(splits, flags, quality, references, vars(settings))
    found = _Found(settings)
    for split in splits:
        on_split = _Split(split, found)
        on_split.rates([item for item in flags if item.split == split.name])
        on_split.quality([item for item in quality if item.split == split.name])
    with_settings = {
        **(signature or {}),
        "reference": list(references),
        "seed": seed,
        "bootstrap": bootstrap,
        "quality_bootstrap": quality_bootstrap,
        "confidence": confidence,
    }
    about = {"denoising": found.denoising} if denoising else {}
    return Comparison(found.measurements, found.contrasts, with_settings, about)


class _Split:
    """One split: its units, numbered once, under each of its schemes."""

    def __init__(self, split: Split, found: _Found):
        self.split, self.found, self.settings = split, found, found.settings
        self.strata = Strata.of(split.schemes)
        self.pairs = Units.of(split.unit)
        self.shared: dict[int, Units] = {}
        self.rate_settings = RateSettings(self.settings.bootstrap, self.settings.confidence)

    def rates(self, flags: Sequence[Flags]) -> None:
        """Measurements and contrasts of detectors' verdicts."""
        for item in flags:
            same_length(rows=self.split.unit, **{item.measure: item.eligible})
        contrasts = _against(flags, self.settings.reference)
        of_one, of_two = self._tables(flags, contrasts)
        effects = iter(self._effects(contrasts, of_two))
        for scheme, categories in self.split.schemes.items():
            for item, types in zip(flags, of_one, strict=True):
                for subgroup, table in zip(categories.names, types[scheme], strict=True):
                    found = rate(table, self.settings.confidence, shared=item.shared is not None)
                    self.found.add(item, scheme, subgroup, found)
            for item, reference in contrasts:
                by_subgroup = {subgroup: next(effects) for subgroup in categories.names}
                self.found.family(item, reference.model, scheme, by_subgroup)

    def _tables(
        self, flags: Sequence[Flags], contrasts: Sequence[tuple[Flags, Flags]]
    ) -> tuple[list[dict[str, list[Types]]], list[dict[str, list[Types]]]]:
        """The unit types of each measure and of each contrast."""
        import scipy.sparse.csgraph  # noqa: F401 - two threads that both import it first can fail

        shared = {id(item.shared): item.shared for item in flags if item.shared is not None}
        with ThreadPoolExecutor(self._threads) as pool:
            self.shared = dict(zip(shared, pool.map(Units.of, shared.values()), strict=True))
            of_one = pool.map(
                lambda item: self._types(self._units(item), item.eligible, item.flagged), flags
            )
            of_two = pool.map(lambda contrast: self._types_of_both(*contrast), contrasts)
            return list(of_one), list(of_two)

    @property
    def _threads(self) -> int:
        return THREADS if len(self.split.unit) >= MANY else 1

    def _units(self, item: Flags) -> Units:
        """The units of one measure; measures with the same translations have the same."""
        return self.pairs if item.shared is None else self.shared[id(item.shared)]

    def _types(self, units: Units, *masks: BoolArray) -> dict[str, list[Types]]:
        """The unit types in each subgroup of each scheme."""
        parts = [tabulate(strata, units, masks) for strata in self.strata]
        return {scheme: types for part in parts for scheme, types in part.items()}

    def _types_of_both(self, item: Flags, reference: Flags) -> dict[str, list[Types]]:
        """The unit types of a contrast."""
        both = item.eligible & reference.eligible
        units = self.pairs
        if item.shared is not None and reference.shared is not None:
            units = components(both, self._units(item), self._units(reference))
        if item.paired and reference.paired:
            return self._types(units, both, item.flagged & both, both, reference.flagged & both)
        return self._types(
            units, item.eligible, item.flagged, reference.eligible, reference.flagged
        )

    def _effects(
        self, contrasts: Sequence[tuple[Flags, Flags]], types: Sequence[dict[str, list[Types]]]
    ) -> list[Effect]:
        """The effects of all contrasts: by scheme, contrast and subgroup.

        Resampling is most of the work here, and leaves Python's lock alone. Each effect
        has its own stream, so threads change no number.
        """
        import scipy.special  # noqa: F401 - two threads that both import it first can fail

        jobs = []
        for scheme, categories in self.split.schemes.items():
            for (item, reference), of_both in zip(contrasts, types, strict=True):
                kind = paired_effect if item.paired and reference.paired else unpaired_effect
                place = item.measure, item.model, reference.model, self.split.name, scheme
                chosen = replace(self.rate_settings, shared=item.shared is not None)
                for name, table in zip(categories.names, of_both[scheme], strict=True):
                    jobs.append((kind, table, chosen, stream(self.settings.seed, *place, name)))
        with ThreadPoolExecutor(self._threads) as pool:
            found = pool.map(lambda job: job[0](*job[1:]), jobs)
            return [
                replace(one, statistic=chi_square(table)) if kind is paired_effect else one
                for one, (kind, table, *_) in zip(found, jobs, strict=True)
            ]

    def quality(self, quality: Sequence[Quality]) -> None:
        """Measurements and contrasts of quality metrics."""
        for item in quality:
            same_length(rows=self.split.unit, **{item.measure: item.statistics})
        of_rows = {id(item): bootstrap_of.row_units(item) for item in quality}
        pairs = dense(self.split.unit) if quality else self.split.unit
        for scheme, categories in self.split.schemes.items():
            found = [
                self._resampled(quality, of_rows, pairs, scheme, categories, code)
                for code in range(len(categories.names))
            ]
            by_name = dict(zip(categories.names, found, strict=True))
            for item in quality:
                for subgroup, models in by_name.items():
                    estimate = bootstrap_of.estimate(models[id(item)], self.settings.confidence)
                    self.found.add(item, scheme, subgroup, estimate)
            for item, reference in _against(quality, self.settings.reference):
                effects = self._quality_effects(item, reference, by_name)
                self.found.family(item, reference.model, scheme, effects)
            for asked, item, reference in _asked(quality, self.settings.denoising):
                effects = self._quality_effects(item, reference, by_name)
                self.found.denoising += [
                    {**row, "higher_is_better": asked.higher_is_better}
                    for row in as_json(
                        contrasts(item, reference.model, scheme, effects, self.settings.confidence)
                    )
                ]

    def _quality_effects(
        self,
        item: Quality,
        reference: Quality,
        by_name: Mapping[str, Mapping[int, bootstrap_of.Resampled]],
    ) -> dict[str, Effect]:
        return {
            subgroup: bootstrap_of.effect(
                models[id(item)],
                models[id(reference)],
                paired=item.metric.paired,
                confidence=self.settings.confidence,
            )
            for subgroup, models in by_name.items()
        }

    def _resampled(
        self,
        quality: Sequence[Quality],
        of_rows: Mapping[int, FloatArray | None],
        pairs: IntArray,
        scheme: str,
        categories: Categories,
        code: int,
    ) -> dict[int, bootstrap_of.Resampled]:
        """The quality of all models on one subgroup, from one set of draws."""
        rows: IntArray = (categories.codes == code).nonzero()[0]
        place = "quality", self.split.name, scheme, categories.names[code]
        draws = Resamples(self.settings.seed, place, self.settings.quality_bootstrap)
        return {
            id(item): bootstrap_of.resample(item, of_rows[id(item)], rows, pairs[rows], draws)
            for item in quality
        }


def _against(items: Sequence[Item], references: Sequence[str]) -> list[tuple[Item, Item]]:
    """Each item with each reference model's item of the same measure, itself apart."""
    return [
        (item, other)
        for name in references
        for item in items
        for other in items
        if other.model == name and item.model != name and item.measure == other.measure
    ]


def _asked(
    items: Sequence[Quality], denoising: Sequence[Denoising]
) -> list[tuple[Denoising, Quality, Quality]]:
    """What is asked of denoising and measured for both, with the student's and the teacher's."""
    found = {(item.measure, item.model): item for item in items}
    return [
        (asked, found[asked.measure, asked.student], found[asked.measure, asked.teacher])
        for asked in denoising
        if {(asked.measure, asked.student), (asked.measure, asked.teacher)} <= found.keys()
    ]
