"""What is simulated for `benchmarks.statistics`: data sets in, how often what was said is true out.

Each trial draws data sets, asks the functions that make a comparison's numbers, and
counts. Opens no file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.simulation import Population, one_model, own_denominators, two_models
from kdaudit.comparison import Flags, Quality, Split, compare
from kdaudit.comparison import quality as bootstrap_of
from kdaudit.comparison.estimates import Effect
from kdaudit.comparison.inputs import Categories
from kdaudit.comparison.rates import RateSettings, paired_effect, rate, unpaired_effect
from kdaudit.comparison.resampling import Resamples
from kdaudit.comparison.significance import verdict
from kdaudit.comparison.units import Strata, Types, Units, components, tabulate
from kdaudit.quality import Chrf, Confidence
from kdaudit.segments import BoolArray, FloatArray, IntArray

RESAMPLES = 1_000
CONFIDENCE = 0.95
TOGETHER = 50
"""Data sets of a quality metric that share their drawn weights, which take most of the time."""

Bounds = tuple[float | None, float | None]
Metric = Confidence | Chrf


@dataclass
class Figure:
    """One number of a setting: of `given` data sets, in how many an interval `held` the truth, or
    a test found what is not there; how many intervals were `exact`, conservative ones; and the
    `events` that are expected of a data set, None for a test."""

    events: float | None
    held: int = 0
    given: int = 0
    exact: int = 0

    def interval(self, bounds: Bounds | None, truth: float, *, exact: bool = False) -> None:
        """Count an interval, if there is one."""
        if bounds is None:
            return
        low, high = bounds
        above = low is None or low - 1e-12 <= truth
        self.held += bool(above and (high is None or truth <= high + 1e-12))
        self.given += 1
        self.exact += exact

    def test(self, found: bool) -> None:
        """Count a test."""
        self.held += found
        self.given += 1

    as_json = asdict


Found = dict[str, Figure]
Trial = Callable[[int, np.random.Generator], Found]


def rates(population: Population, *, shared: bool) -> Trial:
    """Intervals of one model's rate."""

    def trial(sets: int, rng: np.random.Generator) -> Found:
        figure = Figure(population.events)
        for types in one_model(population, sets, rng):
            found = rate(types, CONFIDENCE, shared=shared)
            figure.interval(found.bounds, population.rate, exact=found.interval != "wilson")
        return {"rate": figure}

    return trial


def contrasts(
    model: Population,
    reference: Population,
    together: float,
    *,
    shared: bool,
    resamples: int = RESAMPLES,
) -> Trial:
    """Intervals of a difference and of a relative change; the test where there is none."""
    settings = RateSettings(resamples, CONFIDENCE, shared)

    def trial(sets: int, rng: np.random.Generator) -> Found:
        data = two_models(model, reference, together, sets, rng)
        effects = (paired_effect(types, settings, rng) for types in data)
        return _effects(effects, model.rate, reference.rate, min(model.events, reference.events))

    return trial


def own(
    model: Population,
    reference: Population,
    eligible: tuple[float, float],
    together: float,
) -> Trial:
    """The same where each model has a denominator of its own."""
    settings = RateSettings(RESAMPLES, CONFIDENCE)
    expected = [one.events * share for one, share in zip((model, reference), eligible, strict=True)]

    def trial(sets: int, rng: np.random.Generator) -> Found:
        data = own_denominators(model, reference, eligible, together, sets, rng)
        effects = (unpaired_effect(types, settings, rng) for types in data)
        return _effects(effects, model.rate, reference.rate, min(expected))

    return trial


def _effects(effects: Iterable[Effect], model: float, reference: float, events: float) -> Found:
    found = {name: Figure(events) for name in ("difference", "relative change")}
    if model == reference:
        found["test"] = Figure(None)
    for effect in effects:
        exact = effect.interval != "bootstrap"
        found["difference"].interval(effect.difference_ci, model - reference, exact=exact)
        relative = effect.relative_change_ci
        found["relative change"].interval(relative, model / reference - 1, exact=exact)
        if model == reference:
            word = verdict(effect.difference, effect.discordant, effect.p_value, CONFIDENCE)
            found["test"].test(word in ("higher", "lower"))
    return found


def linked(segments: int, groups: int, chance: float, moved: float) -> Trial:
    """Two models whose shared translations overlap, from rows: `groups` of 5 to 50 segments, each
    flagged as a whole with this chance by either model; a share of the rows has `moved`."""
    everyone = np.ones(segments, dtype=np.bool_)
    settings = RateSettings(RESAMPLES, CONFIDENCE, shared=True)

    def trial(sets: int, rng: np.random.Generator) -> Found:
        events = groups * chance
        found = {name: Figure(events) for name in ("rate", "difference", "relative change")}
        found["test"] = Figure(None)
        for _ in range(sets):
            sizes = rng.integers(5, 51, groups)
            shared = np.arange(segments) + groups
            shared[: sizes.sum()] = np.repeat(np.arange(groups), sizes)[:segments]
            models = [_moved(shared, groups, chance, moved, rng) for _ in range(2)]
            of_one = _types(Units.of(models[0][0]), everyone, models[0][1])
            alone = rate(of_one, CONFIDENCE, shared=True)
            truth = chance * min(sizes.sum(), segments) / segments
            found["rate"].interval(alone.bounds, truth, exact=alone.interval != "wilson")
            units = components(everyone, *(Units.of(one) for one, _ in models))
            both = _types(units, everyone, models[0][1], everyone, models[1][1])
            effect = _effects([paired_effect(both, settings, rng)], 1.0, 1.0, events)
            for name, figure in effect.items():
                for part in ("held", "given", "exact"):
                    setattr(found[name], part, getattr(found[name], part) + getattr(figure, part))
        return found

    return trial


def _moved(
    shared: IntArray, groups: int, chance: float, moved: float, rng: np.random.Generator
) -> tuple[IntArray, BoolArray]:
    """One model's translations, with some rows of one in the place of others, and its flags."""
    own_shared = shared.copy()
    rows = np.flatnonzero(rng.random(len(shared)) < moved)
    own_shared[rows] = own_shared[rng.permutation(rows)]
    hit = np.zeros(len(shared) + groups, dtype=np.bool_)
    hit[:groups] = rng.random(groups) < chance
    return own_shared, hit[own_shared]


def _types(units: Units, *masks: BoolArray) -> Types:
    everything = Categories(np.zeros(len(masks[0]), dtype=np.int64), ("all",))
    (strata,) = Strata.of({"all": everything})
    return tabulate(strata, units, masks)["all"][0]


def families(pairs: int, chance: float, differing: int) -> Trial:
    """Whole comparisons of two models on a scheme of five subgroups, in all of which but
    `differing` they are exchangeable: a family is wrong where one of those is told apart."""

    def trial(sets: int, rng: np.random.Generator) -> Found:
        figure = Figure(None)
        for _ in range(sets):
            copies = rng.choice([1, 1, 1, 2, 4], pairs)
            group = rng.integers(5, size=pairs)
            chances = np.where(group < differing, 3 * chance, chance), np.full(pairs, chance)
            luck = np.where(rng.random((2, pairs)) < 0.5, rng.random(pairs), rng.random((2, pairs)))
            unit = np.repeat(np.arange(pairs), copies)
            everyone = np.ones(len(unit), dtype=np.bool_)
            flags = [
                Flags("extractive", name, "train", everyone, (luck[place] < chances[place])[unit])
                for place, name in enumerate(("student", "baseline"))
            ]
            categories = Categories(group[unit], tuple("12345"))
            split = Split("train", unit, {"five": categories})
            seed = int(rng.integers(2**31))
            told = compare([split], flags, (), "baseline", seed=seed, bootstrap=100).contrasts
            wrong = [row for row in told if int(row.subgroup) > differing]
            figure.test(any(row.verdict in ("higher", "lower") for row in wrong))
        return {"family": figure}

    return trial


def quality(metric: Metric, segments: int, copies: tuple[int, ...]) -> Trial:
    """A metric's value, and the difference of two models that are exchangeable."""
    of_segment = _statistics(metric)
    truth = _expected(metric)
    units = max(2, round(segments / np.mean(copies)))

    def trial(sets: int, rng: np.random.Generator) -> Found:
        names = "value", "difference", "relative change"
        found = {name: Figure(float(units)) for name in names} | {"test": Figure(None)}
        for number in range(sets):
            if number % TOGETHER == 0:
                draws = Resamples(int(rng.integers(2**31)), ("simulated",), RESAMPLES)
            weights = rng.choice(copies, units)
            pairs = np.repeat(np.arange(units), weights)
            common = rng.random(units)
            models = []
            for name in ("student", "baseline"):
                level = np.where(rng.random(units) < 0.5, common, rng.random(units))
                rows = of_segment(level, rng)[pairs]
                item = Quality(metric.name, name, "train", metric, rows)
                of_rows = bootstrap_of.row_units(item)
                where = np.arange(len(pairs))
                models.append(bootstrap_of.resample(item, of_rows, where, pairs, draws))
            value = bootstrap_of.estimate(models[0], CONFIDENCE)
            found["value"].interval(value.bounds, truth)
            effect = bootstrap_of.effect(*models, paired=True, confidence=CONFIDENCE)
            found["difference"].interval(effect.difference_ci, 0.0)
            found["relative change"].interval(effect.relative_change_ci, 0.0)
            p_value = effect.p_value
            word = verdict(effect.difference, effect.discordant, p_value, CONFIDENCE)
            found["test"].test(word in ("higher", "lower"))
        return found

    return trial


def _statistics(metric: Metric) -> Callable[[FloatArray, np.random.Generator], FloatArray]:
    """Statistics of segments whose translations are this good, 0 to 1."""

    def confidence(level: FloatArray, rng: np.random.Generator) -> FloatArray:
        return np.stack([level ** (1 / 3), np.ones(len(level))], axis=1)

    def chrf(level: FloatArray, rng: np.random.Generator) -> FloatArray:
        length = np.exp(rng.normal(4, 0.6, len(level))).astype(np.int64) + 6
        theirs = np.maximum(6, (length * rng.uniform(0.8, 1.2, len(level))).astype(np.int64))
        columns = []
        for order in range(1, 7):
            ours, other = length - order + 1, theirs - order + 1
            matches = rng.binomial(np.minimum(ours, other), level ** (order / 2))
            columns += [ours, other, matches]
        return np.stack(columns, axis=1).astype(np.float64)

    return confidence if isinstance(metric, Confidence) else chrf


def _expected(metric: Metric) -> float:
    """The metric's value of so many segments that it is known to four digits."""
    rng = np.random.default_rng(1)
    sums = sum(_statistics(metric)(rng.random(50_000), rng).sum(axis=0) for _ in range(20))
    return float(metric.aggregate(np.asarray(sums)))
