"""Names of measures for readers, and the order in which they are shown; opens no file.

A measure that is not here, such as a plug-in's, is shown under its own name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from kdaudit.report.recall import known_recall

Kind = Literal["replication", "memorization", "hallucination", "quality", "other"]
"""What a measure says something about; replicating a target is no memorizing by itself, and
sharing a translation no hallucinating."""


@dataclass(frozen=True)
class Measure:
    """How a measure is shown. `digits`: decimal places; None adapts them to the value."""

    name: str
    label: str
    kind: Kind
    meaning: str
    digits: int | None = None

    @property
    def explained(self) -> str:
        """What it means, and what is known of its recall."""
        known = known_recall(self.name)
        if not known and self.kind == "hallucination":
            known = "its recall against people's labels is not known"
        return f"{self.meaning}; {known}" if known else self.meaning


_MEASURES = (
    Measure(
        "exact_match",
        "Exact match",
        "replication",
        "the translation is the corpus's target, character for character, outer white space aside",
    ),
    Measure(
        "extractive",
        "Extractive memorization",
        "memorization",
        "a beginning of the source, 75% of its words at most unless set otherwise, already yields "
        "the whole target; of all pairs that pass the filter",
    ),
    Measure(
        "extractive_of_replicated",
        "Extractive, of replicated",
        "memorization",
        "the same, of the filtered pairs that this model replicates: a denominator of its own",
    ),
    Measure(
        "exact_match_kd",
        "Exact match, KD corpus",
        "replication",
        "the translation is the teacher's translation that the student was trained on",
    ),
    Measure(
        "extractive_kd",
        "Extractive, KD corpus",
        "memorization",
        "extractive memorization of targets that the teacher wrote",
    ),
    Measure(
        "extractive_kd_of_replicated",
        "Extractive, KD corpus, of replicated",
        "memorization",
        "the same, of the pairs of the KD corpus that this model replicates",
    ),
    Measure(
        "personal_data",
        "Personal data, extractable",
        "memorization",
        "an extractable output with an e-mail address, phone number, URL, long number or the like "
        "that the prefix does not have; by form alone, so it need not be personal",
    ),
    Measure(
        "personal_data_kd",
        "Personal data, KD corpus",
        "memorization",
        "the same, of outputs that the teacher wrote",
    ),
    Measure(
        "oscillatory",
        "Oscillatory hallucination",
        "hallucination",
        "the translation repeats a word pair over and over, far more often than the source does",
    ),
    Measure(
        "oscillatory_calibrated",
        "Oscillatory, calibrated",
        "hallucination",
        "much of the translation repeats itself, beyond what its source does",
    ),
    Measure(
        "text",
        "Hallucination, by text",
        "hallucination",
        "one score of repetition, length, numbers, copies, likeness and sharing, fitted on labels",
    ),
    Measure(
        "copy",
        "Copy of the source",
        "other",
        "the translation is made of its source's words; names and titles rightly are",
    ),
    Measure(
        "untranslated",
        "Untranslated",
        "other",
        "the translation is identified as the source's language",
    ),
    Measure(
        "length_ratio",
        "Length ratio",
        "other",
        "the translation is far longer or shorter than its source; it may be right",
    ),
    Measure(
        "numbers",
        "Numbers differ",
        "other",
        "numbers of source and translation differ; conversions and words for numbers do, too",
    ),
    Measure(
        "overlap",
        "No overlap",
        "other",
        "nothing in the translation looks like its source; many such are right",
    ),
    Measure(
        "natural",
        "Natural hallucination",
        "hallucination",
        "one translation for many distinct sources, and a poor one by the quality gate",
    ),
    Measure(
        "repeated_target",
        "Repeated target",
        "other",
        "one translation for many distinct sources, whatever its quality: it may be right",
    ),
    Measure(
        "perturbation",
        "Hallucination under perturbation",
        "hallucination",
        "one word inserted into the source, and nothing is left of a translation that was good",
    ),
    Measure(
        "cross_model",
        "Unlikely to another model",
        "other",
        "another model of the run finds the translation unlikely, word for word; it may be right",
    ),
    Measure(
        "sequence_log_probability",
        "Unlikely to itself",
        "other",
        "the model finds its own translation unlikely: each model is its own ruler",
    ),
    Measure(
        "back_translation_flagged",
        "Far back-translation",
        "other",
        "the translation, translated back, is far from the source; the reverse model errs too",
    ),
    Measure("bleu", "BLEU", "quality", "n-gram precision against the reference, 0 to 100", 1),
    Measure("chrf", "chrF", "quality", "character n-gram F-score, 0 to 100", 1),
    Measure("ter", "TER", "quality", "edits per reference word in %: lower is better", 1),
    Measure("comet", "COMET", "quality", "learned quality estimate with the reference", 3),
    Measure("cometkiwi", "CometKiwi", "quality", "learned quality estimate without reference", 3),
    Measure(
        "back_translation",
        "Back-translation",
        "quality",
        "chrF of the source with the reverse model's back-translation, 0 to 100",
        1,
    ),
    Measure(
        "confidence",
        "Confidence",
        "quality",
        "mean token probability of the model's own translation, 0 to 1",
        3,
    ),
    Measure(
        "diversity",
        "Lexical diversity",
        "quality",
        "MSTTR-100: distinct words in windows of 100; depends on the order of the segments",
        3,
    ),
)
MEASURES = {measure.name: measure for measure in _MEASURES}
ORDER = {measure.name: place for place, measure in enumerate(_MEASURES)}


def measure(name: str, *, is_rate: bool) -> Measure:
    """The measure called `name`; an unknown one is a quality measure where it is no rate."""
    label = name.replace("_", " ").capitalize()
    other = Measure(name, label, "other" if is_rate else "quality", "")
    return MEASURES.get(name, other)


def by_order(names: list[str]) -> list[str]:
    """Distinct names: the known ones in their order, then the others by alphabet."""
    return sorted(set(names), key=lambda name: (ORDER.get(name, len(ORDER)), name))


def glosses(names: Iterable[str]) -> list[str]:
    """A line on what each measure is, in the order given; none for a measure that is unknown."""
    known = (MEASURES[name] for name in dict.fromkeys(names) if name in MEASURES)
    return [f"{one.name}: {one.explained}." for one in known]
