"""What a comparison says in words: verdicts, p-values, what it lacks; opens no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kdaudit.comparison import counterfactual, releases
from kdaudit.comparison.results import LEVEL, Contrast

WORDS = {
    "higher": "higher",
    "lower": "lower",
    "indistinguishable": "indistinguishable",
    "too_few": "too few events",
}
"""Verdicts as people read them."""

EXCLUDED = {
    "too_short": "too short",
    "length_ratio": "by their length ratio",
    "copy": "copies",
    "source_language": "by the source's language",
    "target_language": "by the target's language",
}
"""Why the filter of extractive memorization leaves pairs out, as people read it."""

LARGEST_CHANGE = 10.0
"""Relative changes above this (+1000%) are told by their side alone: the reference is near 0."""

_MOST_DIGITS = 9


def verdict_words(contrast: Contrast, *, is_rate: bool) -> str:
    """The verdict; where two models do not differ at all, or too little to be tested, why so."""
    if contrast.difference is None:
        return f"{WORDS['too_few']}: nothing to compare"
    if is_same(contrast):
        without = is_rate and contrast.relative_change is None
        return f"no difference: {'no event in either' if without else 'identical on every unit'}"
    if contrast.verdict == "too_few":
        units = contrast.discordant
        differ = "unit differs" if units == 1 else "units differ"
        at_least = f", at least {contrast.needed:,} needed" if contrast.needed else ""
        return f"{WORDS['too_few']}: {units} independent {differ}{at_least}"
    return WORDS.get(contrast.verdict, contrast.verdict)


def needed_words(contrast: Contrast) -> str:
    """Of an indistinguishable contrast, with how many differing units it would have been told;
    empty for any other, and where no number can be said."""
    if contrast.verdict != "indistinguishable" or contrast.needed is None:
        return ""
    return f"{contrast.discordant:,} units differ, about {contrast.needed:,} needed"


def is_same(contrast: Contrast) -> bool:
    """Whether there is no unit on which the two models differ."""
    return contrast.difference == 0 and contrast.discordant == 0


def is_tested(contrast: Contrast) -> bool:
    """Whether the verdict is that of a test, so that its p-value is worth showing."""
    return contrast.verdict != "too_few" and not is_same(contrast)


def p_value(value: float | None, level: float = LEVEL) -> str:
    """`p < 0.001`, `p = 0.048` or `p = 0.62`; empty for none.

    With as many digits as it takes to lie on the side of `level` on which it lies.
    """
    if value is None:
        return ""
    if value < 0.001:
        return "p < 0.001"
    digits = 3 if value < 0.1 else 2
    while digits < _MOST_DIGITS and (value < level) != (round(value, digits) < level):
        digits += 1
    return f"p = {value:.{digits}f}"


def relative(change: float, text: str) -> str:
    """`text`, or where the relative change is too large for a number to say anything: its side."""
    return f">+{100 * LARGEST_CHANGE:.0f}" if change > LARGEST_CHANGE else text


def remarks(about: Mapping[str, Any], split: str | None = None) -> list[str]:
    """What a comparison lacks and why, how models were distilled, and which translations are blank,
    in sentences.

    `about`: what stands beside the numbers (`Comparison.about`); of one split or of all.
    """
    return [
        *releases.said(about),
        *not_computable(about),
        *not_applicable(about, split),
        *distilled(about),
        *excluded(about, split),
        *blank(about, split),
        *counterfactual.remarks(about),
    ]


def not_computable(about: Mapping[str, Any]) -> list[str]:
    """Which measures are computed nowhere."""
    return [f"{name} was not computed: it {why}." for name, why in _items(about, "not_computable")]


def not_applicable(about: Mapping[str, Any], split: str | None = None) -> list[str]:
    """Which measures do not apply to a split, or to any one."""
    said = []
    for name, reasons in _items(about, "not_applicable"):
        for reason in dict.fromkeys(reasons.values()):
            measures = ", ".join(key for key, why in reasons.items() if why == reason)
            if split in (None, name):
                said.append(f"Not applicable to split '{name}' ({reason}): {measures}.")
    return said


def distilled(about: Mapping[str, Any]) -> list[str]:
    """On which pairs teachers were fine-tuned, and which KD corpora are not all of a teacher's
    translations."""
    said = [
        f"{row['model']}: {row['teacher']}, fine-tuned on {row['chosen']:,} pairs "
        f"({row['candidates']:,} candidates by {row['step']}); {row['teacher']} replicates "
        f"{row['replicated_by_teacher']:,} of them, and {row['planted']:,} are planted."
        for row in about.get("finetuning", [])
    ]
    for student, counts in _items(about, "target_sources"):
        if set(counts) - {"teacher"}:
            shown = ", ".join(f"{origin} {count:,}" for origin, count in counts.items())
            said.append(f"{student}: where the targets of its KD corpus are from: {shown}.")
    return said


def blank(about: Mapping[str, Any], split: str | None = None) -> list[str]:
    """Which models have blank translations, and how many.

    A model that says nothing has nothing to be flagged, and would seem to be without fault.
    """
    return [
        f"{model}: {count:,} translations of {name} are blank; measures of hallucination leave "
        "them out."
        for name, counts in _items(about, "blank_translations")
        if split in (None, name)
        for model, count in counts.items()
    ]


def excluded(about: Mapping[str, Any], split: str | None = None) -> list[str]:
    """How many pairs the filter of extractive memorization lets pass, and why not the others.

    A sentence for each measure, split and part of it; for a group of models where they differ.
    """
    said: dict[tuple[str, str, str, str], list[str]] = {}
    for row in about.get("extraction", []):
        if split in (None, row["split"]):
            why = [
                f"{count:,} {EXCLUDED.get(reason, reason)}"
                for reason, count in row["excluded"].items()
                if count
            ]
            passed = f"{row['eligible']:,} of {row['pairs']:,} pairs pass the filter"
            text = f"{passed}; left out: {', '.join(why)}" if why else passed
            place = row["measure"], row["split"], row["segments"]
            said.setdefault((*place, text), []).append(row["model"])
    return [
        f"{measure} on {name}, {segments} segments ({', '.join(models)}): {text}."
        for (measure, name, segments, text), models in said.items()
    ]


def _items(about: Mapping[str, Any], key: str) -> Iterable[tuple[str, Any]]:
    found: Mapping[str, Any] = about.get(key, {})
    return found.items()
