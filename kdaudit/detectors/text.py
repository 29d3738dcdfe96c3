"""One score of all that texts alone say of a hallucination; reads its coefficients.

They are `text.json` beside this file, a logistic regression that `benchmarks/fit_text.py` fits
on labelled translations. Each feature is 0 where nothing is suspicious and grows with the
suspicion, and no coefficient is negative, so the score is monotone in each of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, ClassVar, Literal

import numpy as np

from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.bigrams import top_bigrams
from kdaudit.detectors.characters import both_filled, letters
from kdaudit.detectors.ngrams import compared
from kdaudit.detectors.numbers import Numbers
from kdaudit.detectors.oscillatory_calibrated import ORDER, oscillation
from kdaudit.detectors.settings import require, signature
from kdaudit.detectors.sharing import sharing
from kdaudit.segments import BoolArray, FloatArray, Segments

FEATURES = ("oscillation", "repetition", "short", "long", "unlike", "numbers", "shared", "copied")

USUAL, WEIGHT = 0.18, 20.0
"""The trigrams that translations and sources usually have in common (Dice, German and English),
and how many trigrams that expectation counts as: short texts are drawn to it."""

SHARED = 8
"""So many sources of one translation are as suspicious as any greater number."""

MOST_OSCILLATION, LONGEST_RATIO, COPIED = 2.0, 20.0, 0.5


@dataclass(frozen=True)
class Text:
    """Flagged: `score` is at least `threshold`.

    `score`: a logistic regression's probability that people call the translation a
    hallucination, in a sample in which detectors had put many: it ranks, and is no rate.
    Eligible: neither text is blank. `evidence`: the feature that adds most. Features: those of
    `features`.
    """

    threshold: float = 0.5

    name: ClassVar[str] = "text"
    unit: ClassVar[Literal["pair", "translation"]] = "translation"
    by_segment: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require(0 < self.threshold <= 1, self.name, "threshold is above 0 and at most 1")

    @property
    def needs(self) -> Needs:
        return Needs(("source", "translation"))

    def score(self, segments: Segments, services: Services) -> Scored:
        found = features(segments)
        eligible = both_filled(segments.strings("source"), segments.strings("translation"))
        fitted = coefficients()
        added = np.array([found[name] * fitted["weights"][name] for name in FEATURES])
        logit = fitted["intercept"] + added.sum(axis=0)
        score = np.where(eligible, 1 / (1 + np.exp(-logit)), np.nan)
        most = np.array(FEATURES, dtype=object)[added.argmax(axis=0)]
        evidence = np.where(eligible & (added.max(axis=0) > 0), most, "").tolist()
        return Scored(eligible, score, evidence, found)

    def judge(self, scored: Scored) -> BoolArray:
        flags: BoolArray = scored.eligible & (scored.score >= self.threshold)
        return flags

    def signature(self) -> str:
        return signature(self, coefficients=coefficients()["name"])


def features(segments: Segments) -> dict[str, FloatArray]:
    """What the score is made of, each (n,); 0 where a feature says nothing of a row.

    `oscillation`: the score of `oscillatory_calibrated`, up to 2. `repetition`: by how much the
    share of repeated character 4-grams exceeds the source's. `short`, `long`: natural log of
    the lengths' ratio. `unlike`: how far trigrams in common fall below what is usual; 0 across
    scripts. `numbers`: the score of `numbers`, small numbers included. `shared`: log2 of the
    sources that share the translation over log2 of 8, 1 at most. `copied`: the share of the
    translation's character 6-grams that the source has, from a half up.
    """
    source, translation = segments.strings("source"), segments.strings("translation")
    grams = compared(source, translation, own=(ORDER, 4), shared=(3, 6))
    bigrams = (top_bigrams(side, show=False) for side in (source, translation))
    oscillating = oscillation(grams.repeated[ORDER], *bigrams)
    numbers = Numbers(spelled=-1).score(segments, Services()).score
    ours, theirs = letters(source), letters(translation)
    longer = np.log((theirs.width + 1) / (ours.width + 1))
    trigrams = grams.common[3].dice(USUAL, WEIGHT)
    sources = sharing(source, translation).sources
    contained = grams.common[6].contained()
    eligible, most = both_filled(source, translation), np.log(LONGEST_RATIO)
    repeated, usual = grams.repeated[4][1], grams.repeated[4][0]
    columns = (
        np.where(eligible, np.clip(oscillating, 0, MOST_OSCILLATION), 0.0),
        np.maximum(repeated - usual, 0),
        np.clip(-longer, 0, most),
        np.clip(longer, 0, most),
        np.where(ours.script == theirs.script, np.maximum(USUAL - trigrams, 0), 0.0),
        np.nan_to_num(numbers),
        np.log2(np.clip(np.nan_to_num(sources, nan=1), 1, SHARED)) / np.log2(SHARED),
        np.maximum(contained - COPIED, 0) / (1 - COPIED),
    )
    return dict(zip(FEATURES, columns, strict=True))


@cache
def coefficients() -> Any:
    """The fitted `weights` by feature, the `intercept`, and a `name` that changes with them."""
    return json.loads(files("kdaudit.detectors").joinpath("text.json").read_text("utf-8"))
