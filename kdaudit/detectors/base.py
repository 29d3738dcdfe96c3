"""The contract of a detector; opens no file.

A detector has two functions. `score` is expensive and stored: per segment, with
the features that the verdict needs. `judge` is cheap: features to flags, so that
a threshold can be changed without scoring again. Its settings are its
constructor arguments: a detector is a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, Protocol

import pyarrow as pa

from kdaudit.segments import BoolArray, FloatArray, Segments

Translate = Callable[[Sequence[str]], Iterable[str]]
"""Translations of sources by the audited model, decoded as those that are audited, one for each,
in their order."""

Yields = Callable[[Iterable[tuple[str, str]]], Iterable[bool]]
"""For pairs of a source and a target: whether `translate` makes just that target of the source,
outer white space aside; one answer for each, in their order, as they are asked for. It takes less
than translating, and equal sources that come close together are looked at once."""

EXTRACTED = "extracted."
"""What leads the name of the column of prefixes that a detector of extraction has found."""


@dataclass(frozen=True)
class Services:
    """What a stage hands to a detector beside the segments.

    `yields` is there where the engine has a shorter way to its answers than `translate`.
    `words`: how often each white-space token (each character, where a language is counted so)
    occurs in the sources of the training corpus, for a detector that needs them.
    """

    source_language: str = "en"
    target_language: str = "de"
    translate: Translate | None = None
    yields: Yields | None = None
    words: Mapping[str, int] = field(default_factory=dict)
    progress: Callable[[int, int], None] = lambda done, total: None


@dataclass(frozen=True)
class Needs:
    """What a detector must be given.

    `columns` of the segments: `source`, `target`, `translation`; `log_probability`, the sum of
    natural logs that the model gave its translation, and `tokens`, over so many;
    `quality.<metric>`, the metric's score of this model's translations; `score.<model>`, the
    mean natural log-probability of their tokens under another model of the run, or under the
    run's first `teacher` or `baseline`, which is not judged itself; `extracted.<detector>`, the
    shortest prefix that yields the output where that detector has flagged it, empty where it has
    not, null where the row is not eligible for it. `optional`: columns that
    are used where a split has values in them; `target` among `columns` means that there must be
    some, and that the detector is one of memorization. `translate`: the audited model itself,
    to translate further sources, and what these are called in messages (`translated`). `words`:
    see `Services`. `languages`: those of `Services` must be the texts' own.
    """

    columns: tuple[str, ...]
    optional: tuple[str, ...] = ()
    translate: bool = False
    translated: str = "prefixes"
    words: bool = False
    languages: bool = False


@dataclass(frozen=True)
class Scored:
    """What `score` found, row by row in the order of the segments.

    `eligible` (n,): the rows that the measure's rate is about. `score` (n,): nan
    where undefined. `evidence` (n,): texts for a reader, empty where there is nothing
    to show; as Arrow has them where there may be many. `features`: named columns of n
    values, all that `judge` needs.
    """

    eligible: BoolArray
    score: FloatArray
    evidence: Sequence[str] | pa.ChunkedArray
    features: Mapping[str, Any] = field(default_factory=dict)


class Detector(Protocol):
    """One way of finding memorized or hallucinated translations."""

    name: ClassVar[str]
    unit: ClassVar[Literal["pair", "translation"]]
    """What is counted as one event: the distinct (source, target) pair, or the group of
    segments that share a translation."""
    by_segment: ClassVar[bool]
    """Whether what is found of a row follows from that row and the services alone, so that shards
    of a split may be scored apart. A plug-in that does not say so is given the whole split."""

    @property
    def needs(self) -> Needs: ...

    def score(self, segments: Segments, services: Services) -> Scored: ...

    def judge(self, scored: Scored) -> BoolArray:
        """The flags (n,): true only on eligible rows."""
        ...

    def signature(self) -> str:
        """Name, settings and variant, as they go with every number."""
        ...
