"""Five lines for the reader who decides: what a model memorizes and hallucinates beyond its
reference, where, how sure that is, and what it inherited; opens no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kdaudit.comparison import inherited
from kdaudit.comparison.tables import Part
from kdaudit.comparison.wording import is_same, is_tested, p_value
from kdaudit.report.measures import Measure
from kdaudit.report.tables import Lookup, relative_text, value_text
from kdaudit.report.text import number

if TYPE_CHECKING:
    from kdaudit.comparison import Contrast
    from kdaudit.comparison.inherited import Inherited

MEMORIZED = "extractive"
ONE_SEED = "One seed speaks of these models, not of the method."
PLAIN_WORDS = (
    "Memorizing: the whole training target comes out, word for word, though only the beginning of "
    "its source was given. Hallucinating: writing what the source does not say, or the same words "
    "over and over. Exact matches alone prove neither: an easy sentence is translated alike by all."
)
MOST_PLACES = 4
NO_PLACES = ("provenance", "planted", "random")
"""Schemes that say nothing of where: planted cases are no findings, and a random sample is all."""
NOWHERE = ("planted", "rest")
"""Subgroups of any scheme: planted cases, and what a sample leaves."""
_OUTCOMES = {
    "higher": "more than {}",
    "lower": "less than {}",
    "indistinguishable": "no difference from {} can be shown",
    "too_few": "too few cases to compare with {}",
}


@dataclass(frozen=True)
class Answer:
    """A line: its `term`, what it says, and the section of the page (`anchor`) that says more."""

    term: str
    text: str
    anchor: str


Found = Sequence[tuple[Measure, "Contrast"]]


def answers(
    lookup: Lookup,
    pair: tuple[str, str],
    split: str,
    found: Found,
    called: Mapping[str, str],
    several: bool = False,
) -> list[Answer]:
    """The five lines of a model against its reference on the audited split.

    `found`: its contrasts there, on the part that the main table shows first. `called`: models as
    they are named in a sentence. `several`: whether a section of several runs follows.
    """
    part = lookup.parts(split)[0]
    memorized = [(m, c) for m, c in found if m.name == MEMORIZED]
    hallucinated = [(m, c) for m, c in found if m.kind == "hallucination"]
    reference = called[pair[1]]
    sure = _how_sure(lookup, [*memorized, *hallucinated], several)
    lines = [
        ("Memorizes", _memorizes(lookup, memorized, reference, part), "comparison"),
        ("Hallucinates", _counted(lookup, hallucinated, reference, part), "comparison"),
        ("Where", _where(lookup, pair, split, found, reference), "subgroups"),
        ("How sure", sure, "comparison"),
        ("Inherited", _inherited(lookup, pair, split, part, called), "inheritance"),
    ]
    return [Answer(term, text[0].upper() + text[1:], anchor) for term, text, anchor in lines]


def _memorizes(lookup: Lookup, found: Found, reference: str, part: Part) -> str:
    if not found:
        return "not measured: it takes the model itself, to translate beginnings of its sources."
    return _counted(lookup, found, reference, part)


def _counted(lookup: Lookup, found: Found, reference: str, part: Part) -> str:
    """`38 of 6,042 segments (0.63%) by extractive memorization, against 25: more than …`."""
    if not found:
        return "not measured."
    lines = []
    for m, c in found:
        mine = lookup.value(m.name, c.model, c.split, part)
        theirs = lookup.value(m.name, c.reference, c.split, part)
        if mine is None or theirs is None or mine.flagged is None or theirs.flagged is None:
            lines.append(f"{m.label.lower()}: not measured for both")
            continue
        shown = value_text(mine, m)
        if not mine.flagged and not theirs.flagged:
            lines.append(f"{m.label.lower()}: no case among {mine.n:,} segments, in either")
            continue
        lines.append(
            f"{m.label.lower()}: {shown.count} segments ({shown.value}), {reference} "
            f"{theirs.flagged:,} ({value_text(theirs, m).value}): {_outcome(c, reference)}"
        )
    return _sentence("; ".join(lines))


def _outcome(c: Contrast, reference: str) -> str:
    if is_same(c):
        return f"the same as {reference}"
    said = _OUTCOMES.get(c.verdict, c.verdict).format(reference)
    change = relative_text(c) if c.verdict in ("higher", "lower") else ""
    return f"{said}, {change}" if change else said


def _where(lookup: Lookup, pair: tuple[str, str], split: str, found: Found, reference: str) -> str:
    """The subgroups in which a measure differs, the surest first."""
    names = {m.name: m for m, _ in found if m.kind in ("memorization", "hallucination")}
    names = names or {m.name: m for m, _ in found}
    schemes = lookup.subgroups(split)
    schemes = {scheme: some for scheme, some in schemes.items() if scheme not in NO_PLACES}
    places = [
        (scheme, name) for scheme, some in schemes.items() for name in some if name not in NOWHERE
    ]
    if not places:
        return "not known: no subgroups of the training data were compared."
    contrasts = [
        (lookup.contrast(name, pair, split, place), place) for name in names for place in places
    ]
    differing = [(c, p) for c, p in contrasts if c and c.verdict in ("higher", "lower")]
    if not differing:
        return (
            f"in none of {len(places)} subgroups of {split} ({', '.join(schemes)}) can a "
            f"difference from {reference} be shown."
        )
    differing.sort(key=lambda item: (_certainty(item[0]), -abs(item[0].difference or 0)))
    told = [
        f"{'more' if c.verdict == 'higher' else 'less'} {names[c.measure].label.lower()} where "
        f"{scheme} is {name} ({p_value(c.p_adjusted, lookup.comparison.level)})"
        for c, (scheme, name) in differing[:MOST_PLACES]
    ]
    left = len(differing) - len(told)
    return _sentence("; ".join([*told, *([f"and {left:,} more"] if left else [])]))


def _certainty(c: Contrast) -> float:
    return 1.0 if c.p_adjusted is None else c.p_adjusted


def _how_sure(lookup: Lookup, found: Found, several: bool) -> str:
    told = []
    for m, c in found:
        if is_tested(c):
            told.append(f"{m.label.lower()}: {p_value(c.p_adjusted, lookup.comparison.level)}")
        elif not is_same(c):
            differ = "segment differs" if c.discordant == 1 else "segments differ"
            needed = f", at least {c.needed:,} needed" if c.needed else ""
            told.append(f"{m.label.lower()}: {c.discordant:,} independent {differ}{needed}")
    level = f"{100 * lookup.comparison.level:.3g}"
    rule = f"a difference is told where chance makes one as large in less than {level}% of cases"
    cases = f" ({'; '.join(told)})" if told else ""
    seed = "Several trainings are compared below." if several else ONE_SEED
    return f"{rule}{cases}. {seed}"


def _inherited(
    lookup: Lookup, pair: tuple[str, str], split: str, part: Part, called: Mapping[str, str]
) -> str:
    """By extractive memorization where the teacher has any, else by exact matches."""
    known = [
        row
        for row in inherited.rows(lookup.comparison.about)
        if (row.student, row.split, (row.scheme, row.subgroup)) == (pair[0], split, part)
    ]
    if not known:
        return "not known: no model was named as its teacher."
    rows = [row for row in known if row.baseline in (pair[1], None)]
    if not rows:
        return _told_elsewhere(lookup, known, pair, called)
    for name, words in ((MEMORIZED, "memorizes"), ("exact_match", "matches exactly")):
        for row in rows:
            if row.measure == name and row.teacher_flagged.n:
                return _handed_down(row, words, called, lookup.comparison.level)
    return (
        f"nothing to inherit: {called[rows[0].teacher]} memorizes none of {rows[0].n:,} segments."
    )


def _told_elsewhere(
    lookup: Lookup, known: Sequence[Inherited], pair: tuple[str, str], called: Mapping[str, str]
) -> str:
    """Where what is inherited is told: it takes a baseline, and the reference is none of it."""
    baselines = dict.fromkeys(row.baseline for row in known if row.baseline is not None)
    judged = any((pair[0], name) in lookup.contrasts for name in baselines)
    where = "where it is compared with" if judged else "in the tables of inheritance, against"
    names = " and ".join(called.get(name, name) for name in baselines)
    is_teacher = any(row.teacher == pair[1] for row in known)
    why = "this is against its own teacher" if is_teacher else f"{called[pair[1]]} is no baseline"
    return f"told {where} {names}: {why}."


def _handed_down(row: Inherited, words: str, called: Mapping[str, str], level: float) -> str:
    given = row.teacher_flagged
    teacher = called.get(row.teacher, row.teacher)
    text = (
        f"of {given.n:,} segments that {teacher} {words} it has {given.student:,} "
        f"({number(given.student_value, percent=True)}%)"
    )
    if row.baseline is not None and given.baseline is not None:
        text += (
            f", {called.get(row.baseline, row.baseline)} without that teacher {given.baseline:,} "
            f"({number(given.baseline_value, percent=True)}%)"
        )
        if given.verdict in ("higher", "lower"):
            word = "more" if given.verdict == "higher" else "fewer"
            text += f": {word}, {p_value(given.p_adjusted, level)}"
        elif given.verdict is not None:
            text += ": no difference can be shown"
    own = f"{row.own:,} that it {words} are neither the teacher's nor the baseline's."
    return f"{_sentence(text)} {own}"


def _sentence(text: str) -> str:
    """With a full stop."""
    return text if text.endswith(".") else f"{text}."
