"""Made-up inputs for the comparison, flags and quality of three models, and a made-up outcome; no
files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from kdaudit.comparison import Flags, Quality, Split
from kdaudit.comparison.results import Comparison, Contrast, Measurement

MODELS = {"teacher": 0.10, "student": 0.07, "baseline": 0.04}
"""How often each model is flagged."""


@dataclass(frozen=True)
class Mean:
    """The mean of one number per segment; statistics: the number and 1."""

    paired: ClassVar[bool] = True

    def units(self, statistics):
        return np.asarray(statistics, dtype=np.float64).reshape(-1, 2)

    def aggregate(self, sums):
        sums = np.asarray(sums)
        with np.errstate(invalid="ignore", divide="ignore"):
            return sums[..., 0] / sums[..., 1]


@dataclass(frozen=True)
class Windows(Mean):
    """A mean over windows of ten segments, which have no partner in another model."""

    paired: ClassVar[bool] = False

    def units(self, statistics):
        rows = super().units(statistics)
        return np.add.reduceat(rows, np.arange(0, len(rows), 10)) if len(rows) else rows


@dataclass(frozen=True)
class Data:
    """All that `compare` takes but its settings."""

    splits: list[Split]
    flags: list[Flags]
    quality: list[Quality]

    def arguments(self):
        return self.splits, self.flags, self.quality


def data(seed: int = 1, size: int = 600) -> Data:
    """One split of pairs that occur once to three times, three measures, two metrics."""
    rng = np.random.default_rng(seed)
    unit = rng.integers(0, size // 2, size)
    bands = np.array(["1", "2", "3", "10+"])[rng.integers(0, 4, size)].tolist()
    split = Split.of("train", unit, {"all": ["all"] * size, "frequency": bands})
    luck = rng.random(size // 2)[unit]
    flags, quality = [], []
    for model, chance in MODELS.items():
        own = rng.random(size // 2)[unit]
        flagged = 0.5 * (luck + own) < np.sqrt(chance / 2)  # correlated between the models
        everyone = np.ones(size, dtype=np.bool_)
        flags.append(Flags("exact_match", model, "train", everyone, flagged))
        rate_of = Flags("of_own", model, "train", own < 0.5, flagged & (own < 0.5), paired=False)
        flags.append(rate_of)
        shared = rng.integers(0, size // 4, size)
        hit = (rng.random(size // 4) < chance)[shared]
        flags.append(Flags("natural", model, "train", everyone, hit, shared))
        numbers = rng.normal(60 + 40 * chance, 10, size)
        rows = list(np.stack([numbers, np.ones(size)], axis=1))
        quality.append(Quality("mean", model, "train", Mean(), rows))
        quality.append(Quality("windows", model, "train", Windows(), rows))
    return Data([split], flags, quality)


RATE = Measurement(
    "extractive", "student", "train", "all", "all", 1000, 20, 0.02, 0.012, 0.031, "wilson"
)
AGAINST = Contrast(
    measure="extractive",
    model="student",
    reference="baseline",
    split="train",
    scheme="all",
    subgroup="all",
    n=1000,
    difference=0.01,
    difference_ci=(0.001, 0.02),
    relative_change=1.0,
    relative_change_ci=(0.1, 2.5),
    interval="bootstrap",
    p_value=0.02,
    p_adjusted=0.02,
    verdict="higher",
    discordant=14,
)


def comparison(rate=RATE, contrast=AGAINST):
    """A comparison of one measurement and one contrast."""
    return Comparison([rate], [] if contrast is None else [contrast])
