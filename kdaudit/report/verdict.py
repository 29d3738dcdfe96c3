"""The comparison in a few sentences, for the reader who decides; opens no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kdaudit.report.measures import Measure
from kdaudit.report.tables import Lookup, Slice, change_text, value_text
from kdaudit.report.text import p_value

if TYPE_CHECKING:
    from kdaudit.comparison import Contrast
    from kdaudit.report.content import Model

ONE_SEED = "One seed speaks of these models, not of the method."
_HEADLINE_MEASURES = ("exact_match", "extractive", "oscillatory", "natural", "repeated_target")
_TEXTS = {"memorization": "memorizes", "hallucination": "hallucinates"}
_COMPARED = {
    "higher": "higher than",
    "lower": "lower than",
    "indistinguishable": "indistinguishable from",
}


@dataclass(frozen=True)
class Verdict:
    """`headline`: one sentence for a model against its reference; `findings`: one per measure."""

    headline: str
    findings: Sequence[str]


def verdicts(lookup: Lookup, models: Sequence[Model]) -> list[Verdict]:
    """A verdict per audited model: the students where there are any, else all but teachers.

    It speaks of the split with the most memorization and hallucination measures
    (the training split), of original segments only where cases were planted.
    """
    roles = {model.name: model.role for model in models}
    called = {name: f"the {name}" if name == role else name for name, role in roles.items()}
    pairs = [pair for pair in lookup.contrasts if roles.get(pair[0]) != "teacher"]
    students = [pair for pair in pairs if roles.get(pair[0]) == "student"]
    split = _main_split(lookup)
    if split is None:
        return []
    return [_verdict(lookup, pair, split, called) for pair in students or pairs]


def _main_split(lookup: Lookup) -> str | None:
    def audited(split: str) -> int:
        measures = lookup.measures(split, lookup.slices(split)[0])
        return sum(m.name in _HEADLINE_MEASURES for m in measures)

    return max(lookup.splits, key=audited, default=None)


def _verdict(
    lookup: Lookup, pair: tuple[str, str], split: str, called: Mapping[str, str]
) -> Verdict:
    part = lookup.slices(split)[0]
    found = _contrasts(lookup, pair, split, part)
    findings = [_finding(lookup, m, c, part) for m, c in found]
    for other in lookup.splits:
        if other != split:
            quality = _contrasts(lookup, pair, other, lookup.slices(other)[0], names=("bleu",))
            findings += [_finding(lookup, m, c, lookup.slices(other)[0]) for m, c in quality]
    return Verdict(_headline([called.get(name, name) for name in pair], found), findings)


def _contrasts(
    lookup: Lookup,
    pair: tuple[str, str],
    split: str,
    part: Slice,
    names: Sequence[str] = _HEADLINE_MEASURES,
) -> list[tuple[Measure, Contrast]]:
    found = ((m, lookup.contrast(m.name, pair, split, part)) for m in lookup.measures(split, part))
    return [(m, c) for m, c in found if c is not None and m.name in names]


def _headline(pair: Sequence[str], found: Sequence[tuple[Measure, Contrast]]) -> str:
    """What the model does beyond its reference, kind by kind."""
    parts = [
        f"{_TEXTS[kind]} {_amount([(m.label, c.verdict) for m, c in found if m.kind == kind])}"
        for kind in _TEXTS
        if any(m.kind == kind for m, _ in found)
    ]
    if not parts:
        return f"{pair[0]} against {pair[1]}: nothing was measured that could be compared."
    return f"Compared with {pair[1]}, {pair[0]} {'; it '.join(parts)}."


def _amount(outcomes: Sequence[tuple[str, str]]) -> str:
    """More or less, and by which measures; never "no more" where there was too little to tell."""
    parts = []
    for verdict, word in (("higher", "more"), ("lower", "less")):
        labels = [label.lower() for label, outcome in outcomes if outcome == verdict]
        if labels:
            parts.append(f"{word} ({', '.join(labels)})")
    if parts:
        return " and ".join(parts)
    if all(outcome == "too_few" for _, outcome in outcomes):
        return "too rarely to tell a difference"
    return "without a difference that this corpus can show"


def _finding(lookup: Lookup, m: Measure, c: Contrast, part: Slice) -> str:
    """`Extractive memorization on train: 0.63% …, higher than baseline's 0.42% (…)`."""
    where = {"planted": "planted cases of ", "original": "original segments of "}.get(part[1], "")
    mine = lookup.value(m.name, c.model, c.split, part)
    theirs = lookup.value(m.name, c.reference, c.split, part)
    if mine is None or theirs is None:
        return f"{m.label} on {where}{c.split}: not measured for both."
    a, b = value_text(mine, m), value_text(theirs, m)
    if c.verdict == "too_few":
        counts = f"{a.count} against {b.count}"
        return f"{m.label} on {where}{c.split}: too few events to compare ({counts})."
    change = change_text(c, m)
    how_sure = "; ".join(text for text in (change.relative, p_value(c.p_adjusted)) if text)
    sure = f": {how_sure}" if how_sure else ""
    words = _COMPARED.get(c.verdict, f"{c.verdict} against")
    return (
        f"{m.label} on {where}{c.split}: {a.value} ({a.interval}), "
        f"{words} {c.reference}'s {b.value}{sure}."
    )
