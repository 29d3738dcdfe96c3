"""Hallucination under perturbation: one word more in the source, and the translation detaches.

Opens no file. After Lee et al. 2018 and Raunak et al. 2021: a translation that shares enough
with the target, and a word inserted into the source that leaves nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import ClassVar, Literal

import numpy as np

from kdaudit.detectors.adjusted_bleu import Smoothing, adjusted_bleu
from kdaudit.detectors.base import Needs, Scored, Services
from kdaudit.detectors.insertion import POSITIONS, Frequency, band, draw, insertions
from kdaudit.detectors.settings import require, signature
from kdaudit.errors import NotComputable
from kdaudit.segments import BoolArray, FloatArray, Segments

Perturbed = tuple[str, str | None, str]
"""The source with the word at each place; None where it has no middle."""

Said = list[str | None]
"""The translations of these."""

Shared = Callable[[Sequence[str], Sequence[str]], FloatArray]
"""Adjusted BLEU of texts with others."""

_ANY = 0.5


@dataclass(frozen=True)
class Perturbation:
    """One word, inserted at the start, in the middle and at the end of a source.

    Flagged: the translation is good, and that of one of the three perturbed sources is
    detached. Good: its adjusted BLEU with the target is above `good`; without a target, it is
    not blank, which is all that can be known. Detached: the adjusted BLEU of the perturbed
    translation with the unperturbed one is below `detached`. Both from 0 to 1;
    `smoothing` is that of the measure (see `adjusted_bleu`).

    `frequency`: whether the word is one of the 100 most frequent of the training corpus's
    sources, of 100 in the middle of the ranking, or of the 100 rarest. `sample`: so many
    distinct pairs at most (sources, where there are no targets) are perturbed, drawn by `seed`
    as the words are: the same for all models.

    Eligible: pairs that are drawn and whose source is not blank, the same for all models.
    `score`: the least of the three values of adjusted BLEU, nan where not eligible.
    `evidence`: the perturbed translation of that value, after its place and the word.
    Features: `reason` (`empty_source`, `not_drawn`, or empty); `translated`: the translation is
    not blank; `of_target`: its adjusted BLEU with the target, nan without one; `start`,
    `middle`, `end`: that of each perturbed translation, nan where there is none.
    """

    good: float = 0.09
    detached: float = 0.01
    frequency: Frequency = "common"
    smoothing: Smoothing = "exp"
    sample: int = 10_000
    seed: int = 1

    name: ClassVar[str] = "perturbation"
    unit: ClassVar[Literal["pair", "translation"]] = "pair"
    by_segment: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for name in ("good", "detached"):
            message = f"{name} is an adjusted BLEU, from 0 to 1"
            require(0 <= getattr(self, name) <= 1, self.name, message)
        require(self.sample >= 1, self.name, "sample is 1 or more")
        require(self.seed >= 0, self.name, "seed is 0 or more")

    @property
    def needs(self) -> Needs:
        return Needs(
            ("source", "translation"),
            optional=("target",),
            translate=True,
            translated="insertions",
            words=True,
        )

    def score(self, segments: Segments, services: Services) -> Scored:
        """Raises NotComputable without a translator, or without a word to insert."""
        sources, translations = segments.texts("source"), segments.texts("translation")
        targets: list[str | None] = [None] * len(segments)
        if "target" in segments:
            targets = segments.column("target").to_pylist()
        reasons = self._reasons(sources, targets)
        eligible = np.array([not reason for reason in reasons], dtype=np.bool_)
        words = self._words(sources, np.flatnonzero(eligible).tolist(), services)
        perturbed = {
            row: insertions(sources[row], word, services.source_language)
            for row, word in words.items()
        }
        said = _translated(perturbed, services)

        def shared(texts: Sequence[str], others: Sequence[str]) -> FloatArray:
            return adjusted_bleu(texts, others, services.target_language, self.smoothing)

        values = _of_unperturbed(said, translations, shared)
        evidence = [""] * len(segments)
        for row, word in words.items():
            place = int(np.nanargmin(values[row]))
            evidence[row] = f"{POSITIONS[place]}, '{word}': {said[row][place]}"
        features = {
            "reason": reasons,
            "translated": np.array([bool(text.strip()) for text in translations], dtype=np.bool_),
            "of_target": _of_target(translations, targets, shared),
            **dict(zip(POSITIONS, values.T, strict=True)),
        }
        return Scored(eligible, np.fmin.reduce(values, axis=1), evidence, features)

    def _reasons(self, sources: Sequence[str], targets: Sequence[str | None]) -> list[str]:
        """Why a row is not perturbed; empty where it is."""
        filled = [bool(source.strip()) for source in sources]
        pairs = [f"{source}\0{target}" for source, target in zip(sources, targets, strict=True)]
        drawn = {pair for pair, text in zip(pairs, filled, strict=True) if text}
        if len(drawn) > self.sample:
            drawn = set(nsmallest(self.sample, drawn, key=lambda pair: draw(pair, self.seed)))
        return [
            "empty_source" if not text else "" if pair in drawn else "not_drawn"
            for pair, text in zip(pairs, filled, strict=True)
        ]

    def _words(
        self, sources: Sequence[str], rows: Sequence[int], services: Services
    ) -> dict[int, str]:
        """The word that is inserted into the source of each row."""
        words = band(services.words, self.frequency)
        if rows and not words:
            raise NotComputable(f"{self.name} needs words: the training sources have none")
        return {row: words[draw(sources[row], self.seed) % len(words)] for row in rows}

    def judge(self, scored: Scored) -> BoolArray:
        features = {name: np.asarray(values) for name, values in scored.features.items()}
        of_target = features["of_target"].astype(np.float64)
        good = np.where(np.isnan(of_target), features["translated"], of_target > self.good)
        # Undefined where there is no middle: then the others are compared.
        flags: BoolArray = scored.eligible & good.astype(np.bool_) & (scored.score < self.detached)
        return flags

    def signature(self) -> str:
        return signature(self, bleu="1-gram:1,2-gram:0.8")

    def scoring(self) -> str:
        """What `score` depends on: the signature at any thresholds."""
        return replace(self, good=_ANY, detached=_ANY).signature()


def _translated(perturbed: Mapping[int, Perturbed], services: Services) -> dict[int, Said]:
    """The translations of the perturbed sources of each row, each distinct source once."""
    once = list(dict.fromkeys(text for texts in perturbed.values() for text in texts if text))
    found: dict[str | None, str | None] = {None: None}
    if once and services.translate is None:
        raise NotComputable("perturbation needs the audited model, to translate other sources")
    translations = services.translate(once) if once and services.translate else []
    for done, (text, said) in enumerate(zip(once, translations, strict=True), start=1):
        found[text] = said
        services.progress(done, len(once))
    return {row: [found[text] for text in texts] for row, texts in perturbed.items()}


def _of_unperturbed(
    said: Mapping[int, Said], translations: Sequence[str], shared: Shared
) -> FloatArray:
    """Adjusted BLEU of the perturbed translations with the unperturbed one, (n, 3); nan where a
    row is not perturbed, or not there."""
    values: FloatArray = np.full((len(translations), len(POSITIONS)), np.nan)
    for place in range(len(POSITIONS)):
        there = {row: text for row, texts in said.items() if (text := texts[place]) is not None}
        own = [translations[row] for row in there]
        values[list(there), place] = shared(list(there.values()), own)
    return values


def _of_target(
    translations: Sequence[str], targets: Sequence[str | None], shared: Shared
) -> FloatArray:
    """Adjusted BLEU of the translations with their targets, (n,); nan without a target."""
    values: FloatArray = np.full(len(translations), np.nan)
    there = {row: text for row, text in enumerate(targets) if text is not None}
    own = [translations[row] for row in there]
    values[list(there)] = shared(own, list(there.values()))
    return values
