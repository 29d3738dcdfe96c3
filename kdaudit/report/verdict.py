"""The comparison in a few sentences, for the reader who decides; opens no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kdaudit.comparison.tables import ALL, TITLES, Part
from kdaudit.comparison.wording import is_same, is_tested, needed_words, p_value, verdict_words
from kdaudit.report.answers import Answer, answers
from kdaudit.report.measures import Measure
from kdaudit.report.tables import Lookup, relative_text, value_text

if TYPE_CHECKING:
    from kdaudit.comparison import Contrast
    from kdaudit.report.content import Model

_TOLD_MEASURES = ("exact_match", "extractive", "oscillatory", "natural", "repeated_target")
_HEADLINES = {
    "replication": ("replicates {} training targets", "more", "fewer"),
    "memorization": ("memorizes {}", "more", "less"),
    "hallucination": ("hallucinates {}", "more", "less"),
}
"""What the headline says of the measures of a kind, and its words for `higher` and for `lower`. Of
other kinds it says nothing."""
_COMPARED = {
    "higher": "higher than",
    "lower": "lower than",
    "indistinguishable": "indistinguishable from",
}


@dataclass(frozen=True)
class Verdict:
    """`headline`: one sentence for a model against its reference; `answers`: five lines;
    `findings`: one per measure."""

    headline: str
    answers: Sequence[Answer]
    findings: Sequence[str]


def verdicts(lookup: Lookup, models: Sequence[Model], several: bool = False) -> list[Verdict]:
    """A verdict per audited model: the students where there are any, else all but teachers; and
    one for each deployed form against the model itself.

    It speaks of the split with the most memorization and hallucination measures
    (the training split), of original segments only where cases were planted. `several`:
    whether the report has several runs together.
    """
    roles = {model.name: model.role for model in models}
    called = {name: f"the {name}" if name == role else name for name, role in roles.items()}
    pairs = [pair for pair in lookup.contrasts if roles.get(pair[0]) != "teacher"]
    students = [pair for pair in pairs if roles.get(pair[0]) == "student"]
    split = main_split(lookup)
    if split is None:
        return []
    judged = dict.fromkeys([*(students or pairs), *_forms(lookup, models)])
    return [_verdict(lookup, pair, split, called, several) for pair in judged]


def _forms(lookup: Lookup, models: Sequence[Model]) -> list[tuple[str, str]]:
    """Each deployed form with the model that it is a form of, where the two were compared."""
    compared = {(one.model, one.reference) for one in lookup.comparison.contrasts}
    forms = [(model.name, model.form_of) for model in models if model.form_of is not None]
    return [pair for pair in forms if pair in compared]


def main_split(lookup: Lookup) -> str | None:
    """The split with the most measures of memorization and hallucination, if there is any."""

    def audited(split: str) -> int:
        measures = lookup.measures(split, lookup.parts(split)[0])
        return sum(m.name in _TOLD_MEASURES for m in measures)

    return max(lookup.splits, key=audited, default=None)


def _verdict(
    lookup: Lookup, pair: tuple[str, str], split: str, called: Mapping[str, str], several: bool
) -> Verdict:
    part = lookup.parts(split)[0]
    found = _contrasts(lookup, pair, split, part)
    findings = [_finding(lookup, m, c, part) for m, c in found]
    for other in lookup.splits:
        if other != split:
            quality = _contrasts(lookup, pair, other, lookup.parts(other)[0], names=("bleu",))
            findings += [_finding(lookup, m, c, lookup.parts(other)[0]) for m, c in quality]
    names = {name: called.get(name, name) for name in lookup.models}
    return Verdict(
        _headline([names[name] for name in pair], found),
        answers(lookup, pair, split, found, names, several),
        findings,
    )


def _contrasts(
    lookup: Lookup,
    pair: tuple[str, str],
    split: str,
    part: Part,
    names: Sequence[str] = _TOLD_MEASURES,
) -> list[tuple[Measure, Contrast]]:
    found = ((m, lookup.contrast(m.name, pair, split, part)) for m in lookup.measures(split, part))
    return [(m, c) for m, c in found if c is not None and m.name in names]


def _headline(pair: Sequence[str], found: Sequence[tuple[Measure, Contrast]]) -> str:
    """What the model does beyond its reference, kind by kind; the same is said once."""
    said: dict[str, list[str]] = {}
    for kind, (sentence, more, less) in _HEADLINES.items():
        if contrasts := [(m, c) for m, c in found if m.kind == kind]:
            differing = _differing(contrasts, sentence, more, less)
            what = differing or [" ".join(sentence.format("").split())]
            said.setdefault("" if differing else _alike(contrasts), []).extend(what)
    if not said:
        return f"{pair[0]} against {pair[1]}: nothing was measured that could be compared."
    parts = [f"{_listed(verbs)} {ending}".rstrip() for ending, verbs in said.items()]
    return f"Compared with {pair[1]}, {pair[0]} {'; it '.join(parts)}."


def _differing(
    outcomes: Sequence[tuple[Measure, Contrast]], sentence: str, more: str, less: str
) -> list[str]:
    """More or less, and by which measures."""
    found = []
    for verdict, word in (("higher", more), ("lower", less)):
        labels = [m.label.lower() for m, c in outcomes if c.verdict == verdict]
        if labels:
            found.append(f"{sentence.format(word)} ({', '.join(labels)})")
    return found


def _alike(outcomes: Sequence[tuple[Measure, Contrast]]) -> str:
    """Never "no more" where there was too little to tell."""
    if all(c.verdict == "too_few" and not _same_events(c) for _, c in outcomes):
        return "too rarely to tell a difference"
    return "without a difference that this corpus can show"


def _listed(items: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(items[:-1]), items[-1]]))


def _same_events(c: Contrast) -> bool:
    """Whether there are events, and they are the same in both models."""
    return is_same(c) and c.relative_change is not None


def _finding(lookup: Lookup, m: Measure, c: Contrast, part: Part) -> str:
    """`Extractive memorization on train: 0.63% …, higher than baseline's 0.42% (…)`."""
    where = "" if part == ALL else f"{TITLES[part]} of "
    mine = lookup.value(m.name, c.model, c.split, part)
    theirs = lookup.value(m.name, c.reference, c.split, part)
    if mine is None or theirs is None:
        return f"{m.label} on {where}{c.split}: not measured for both."
    a, b = value_text(mine, m), value_text(theirs, m)
    if not is_tested(c):
        word = verdict_words(c, is_rate=m.kind != "quality")
        counts = f"{a.count} against {b.count}"
        return f"{m.label} on {where}{c.split}: {word} ({counts})."
    relative = "" if m.kind == "quality" else relative_text(c)
    certainty = p_value(c.p_adjusted, lookup.comparison.level)
    how_sure = "; ".join(text for text in (relative, certainty, needed_words(c)) if text)
    words = _COMPARED.get(c.verdict, f"{c.verdict} against")
    return (
        f"{m.label} on {where}{c.split}: {a.value} ({a.interval}), "
        f"{words} {c.reference}'s {b.value}: {how_sure}."
    )
