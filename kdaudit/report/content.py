"""What a report is made of, as values; reads and writes no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdaudit.comparison import Comparison
    from kdaudit.comparison.directions import Combined

TrainingRow = Mapping[str, float | int | None]
"""One row of a training curve: `epoch`, `update`, `loss` and `valid_loss` (bits per subword,
log base 2, as fairseq prints them; None where there is none), `seconds`."""


@dataclass(frozen=True)
class Model:
    """A model of the run. `role`: `teacher`, `student`, `baseline`, or any other word. `form_of`:
    the model that it is a deployed form of."""

    name: str
    role: str
    description: str = ""
    form_of: str | None = None


@dataclass(frozen=True)
class Example:
    """A flagged segment for a reader.

    `evidence` is the detector's: for extractive memorization the shortest source
    prefix that yields the target. `target` is None on a split without targets.
    `planted` is the kind of a planted case, empty for an original segment. `score` and
    `features` are the detector's; `occurrences`: how often the pair occurs in the split,
    for measures of memorization; `detail`: what of all this a reader is told in words.
    `relayed`: the source of the teacher's line that relayed a student's memorized output,
    where it is another than `source`. `translations`: those of all audited models, by model;
    `subgroups`: the segment's, by scheme.
    """

    detector: str
    model: str
    split: str
    id: int
    source: str
    target: str | None
    translation: str
    evidence: str = ""
    provenance: str = ""
    planted: str = ""
    score: float | None = None
    occurrences: int | None = None
    features: Mapping[str, Any] = field(default_factory=dict)
    detail: str = ""
    relayed: str = ""
    translations: Mapping[str, str] = field(default_factory=dict)
    subgroups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PlantedRecall:
    """The two steps from a planted case to a finding, for one kind, repetition, model and detector.

    `planted` cases are in the corpus; the model `reproduced` so many of them; the
    detector `found` so many of those that were reproduced.
    """

    kind: str
    repetitions: int
    model: str
    detector: str
    planted: int
    reproduced: int
    found: int


@dataclass(frozen=True)
class Extraction:
    """Extractive memorization by one measure of one model on one split, beside its rate.

    Counts are in segments of the part `segments` of the split: `original`, `planted`, or `all`
    where nothing was planted. `excluded`: pairs that the filter leaves out, by reason.
    `by_ratio`: points with `ratio`, `memorized`, and the shares `of_eligible` and
    `of_replicated`, None where there is no such pair. `origins` of a student's outputs.
    """

    measure: str
    model: str
    split: str
    segments: str
    pairs: int
    eligible: int
    replicated: int
    excluded: Mapping[str, int]
    by_ratio: Sequence[Mapping[str, Any]]
    origins: Mapping[str, int] | None = None


@dataclass(frozen=True)
class StageCost:
    """What a stage of the workflow took: `seconds`, summed over its jobs, and the greatest memory
    of one of them in `megabytes` (resident; None where it was not measured)."""

    stage: str
    seconds: float
    megabytes: float | None = None


@dataclass(frozen=True)
class ReportContent:
    """All that the page and the Markdown show.

    `examples`: already bounded in number by the caller; `flagged`: how many flagged segments there
    are in all, by detector, model and split; `redacted`: whether strings of personal form are
    masked in the examples. `curves`: training rows by
    model, in order. `notes`: sentences, such as what could not be computed.
    `recipe`: the recipe's YAML text. `versions`: package to version. `machine`: what
    the stages ran on. `remarks`: what is said below the tables of a split: which
    measures it has not for want of targets, which models leave it blank. `combined`: this
    run and others together, where there are any.
    """

    name: str
    comparison: Comparison
    models: Sequence[Model]
    examples: Sequence[Example] = ()
    flagged: Mapping[tuple[str, str, str], int] = field(default_factory=dict)
    redacted: bool = False
    curves: Mapping[str, Sequence[TrainingRow]] = field(default_factory=dict)
    planted_recall: Sequence[PlantedRecall] = ()
    extraction: Sequence[Extraction] = ()
    notes: Sequence[str] = ()
    recipe: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    machine: str = ""
    costs: Sequence[StageCost] = ()
    remarks: Mapping[str, str] = field(default_factory=dict)
    combined: Combined | None = None
