"""The last release and the candidate: what changed from one to the other; opens no file.

The outcome is a comparison like any other, in which each model of the last release is the
reference of its candidate: `student` against `student (previous)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import eq
from typing import Any

from kdaudit.comparison.compare import compare
from kdaudit.comparison.estimates import Effect
from kdaudit.comparison.families import judged
from kdaudit.comparison.inputs import Flags, Quality, Split
from kdaudit.comparison.results import Comparison, Contrast, Measurement
from kdaudit.comparison.unpaired import INTERVAL, unpaired_effect

ABOUT = "releases"
"""The key of what stands beside such a comparison's numbers."""

KINDS = ("model", "measure", "split", "scheme")
"""What may be in one release alone, and is listed then."""

Key = tuple[str, str, str, str, str]


def before(model: str) -> str:
    """What a model of the last release is called beside its candidate."""
    return f"{model} (previous)"


def difference(
    previous: Comparison, candidate: Comparison, same: Callable[[str, str], bool] = eq
) -> str | None:
    """Why two comparisons cannot be set against each other, in words: another corpus, or a detector
    of both with other settings; None where they can. `same`: whether two signatures are those of
    one detector."""
    ours, theirs = candidate.signature, previous.signature
    for split, digest in _both(ours, theirs, "corpus"):
        if digest[0] != digest[1]:
            return (
                f"was audited on another corpus: the split '{split}' has other segments "
                f"({digest[0]}, there {digest[1]})"
            )
    for split, counts in _both(candidate.about, previous.about, "corpus"):
        pairs = [one.get("pairs") for one in counts]
        if pairs[0] != pairs[1]:
            return (
                f"was audited on another corpus: the split '{split}' has {pairs[0]} segments, "
                f"there {pairs[1]}"
            )
    for measure, (own, other) in _both(ours, theirs, "detectors"):
        if not same(str(own), str(other)):
            return f"was audited with another detector '{measure}': '{own}', there '{other}'"
    if candidate.level != previous.level:
        return f"has intervals of level {candidate.level:g}, there {previous.level:g}"
    return None


def other_metrics(previous: Comparison, candidate: Comparison) -> dict[str, str]:
    """The quality metrics of both that were computed in other ways, and how."""
    found = _both(candidate.signature, previous.signature, "quality")
    return {name: f"'{own}', there '{other}'" for name, (own, other) in found if own != other}


def _both(
    ours: Mapping[str, Any], theirs: Mapping[str, Any], key: str
) -> Iterator[tuple[str, tuple[Any, Any]]]:
    """What both have under the key, by name."""
    own, other = ours.get(key), theirs.get(key)
    if isinstance(own, Mapping) and isinstance(other, Mapping):
        yield from ((name, (own[name], other[name])) for name in own if name in other)


def from_values(previous: Comparison, candidate: Comparison) -> Comparison:
    """Both by their stored values and intervals, where nothing of single segments is at hand."""
    known = {_key(row): row for row in previous.measurements}
    rows = [row for row in candidate.measurements if _key(row) in known]
    measurements: list[Measurement] = []
    families: dict[tuple[str, ...], dict[str, Effect]] = {}
    confidence = 1 - candidate.level
    for row in rows:
        old = known[_key(row)]
        measurements += [replace(old, model=before(row.model)), row]
        family = families.setdefault(_key(row)[:4], {})
        family[row.subgroup] = unpaired_effect(row, old, confidence)
    contrasts = [
        contrast
        for place, effects in families.items()
        for contrast in _contrasts(place, effects, confidence)
    ]
    return Comparison(measurements, contrasts)


def _key(row: Measurement) -> Key:
    return row.measure, row.model, row.split, row.scheme, row.subgroup


def _contrasts(
    place: tuple[str, ...], effects: Mapping[str, Effect], confidence: float
) -> Iterator[Contrast]:
    """One family of contrasts, after Holm's correction."""
    measure, model, split, scheme = place
    words = judged(list(effects.values()), confidence)
    for (subgroup, effect), word in zip(effects.items(), words, strict=True):
        values: dict[str, Any] = {k: v for k, v in vars(effect).items() if k != "statistic"}
        values |= {"split": split, "scheme": scheme, "subgroup": subgroup}
        values |= {"measure": measure, "model": model, "reference": before(model)}
        # How many segments it would have taken is known of few events alone.
        needed = word.needed if word.verdict == "too_few" else None
        yield Contrast(**values, **{**vars(word), "needed": needed})


def from_segments(
    splits: Sequence[Split],
    previous: Sequence[Flags | Quality],
    candidate: Sequence[Flags | Quality],
    drawn: Mapping[str, Any],
    progress: Callable[[int, int, str], None],
) -> Comparison:
    """Both by their segments, which are the same: paired, model by model. `drawn`: seed, resamples
    and confidence of `compare`."""
    known = {(one.measure, one.model, one.split): one for one in previous}
    places = {split.name for split in splits}
    models: dict[str, list[Flags | Quality]] = {}
    for one in candidate:
        old = known.get((one.measure, one.model, one.split))
        if old is not None and one.split in places:
            both = [replace(old, model=before(one.model)), one]
            models.setdefault(one.model, []).extend(both)
    measurements: list[Measurement] = []
    contrasts: list[Contrast] = []
    for number, (model, items) in enumerate(models.items()):
        progress(number, len(models), model)
        flags = [item for item in items if isinstance(item, Flags)]
        quality = [item for item in items if isinstance(item, Quality)]
        found = compare(splits, flags, quality, before(model), **drawn)
        measurements += found.measurements
        contrasts += found.contrasts
    return Comparison(measurements, contrasts)


def alone(previous: Comparison, candidate: Comparison) -> dict[str, dict[str, list[str]]]:
    """What one release alone has: by `previous` and `candidate`, then `model`, `measure` and so on.

    What is alone for another reason (a measure of a model that is) is not told twice.
    """
    found: dict[str, dict[str, list[str]]] = {"previous": {}, "candidate": {}}
    rows = {"previous": previous.measurements, "candidate": candidate.measurements}
    for kind in KINDS:
        names = {side: _names(of_one, kind) for side, of_one in rows.items()}
        for side, other in (("previous", "candidate"), ("candidate", "previous")):
            if lone := [name for name in names[side] if name not in names[other]]:
                found[side][kind] = lone
        common = set(names["previous"]) & set(names["candidate"])
        rows = {
            side: [row for row in of_one if getattr(row, kind) in common]
            for side, of_one in rows.items()
        }
    return found


def apart(previous: Comparison, candidate: Comparison) -> str:
    """Why two comparisons have no measurement in common, in words."""
    kinds = [*KINDS, "subgroup"]
    for kind in kinds:
        ours, theirs = (_names(one.measurements, kind) for one in (candidate, previous))
        if set(ours).isdisjoint(theirs):
            named = [", ".join(names) or "none" for names in (ours, theirs)]
            return f"no {kind} is in both ({named[0]}; there {named[1]})"
    return f"no measurement is of the same {', '.join(kinds[:-1])} and {kinds[-1]}"


def _names(rows: Iterable[Measurement], kind: str) -> list[str]:
    return list(dict.fromkeys(getattr(row, kind) for row in rows))


def said(about: Mapping[str, Any]) -> list[str]:
    """How the two releases were compared, and what is in one alone, in sentences."""
    if not (found := about.get(ABOUT)):
        return []
    told = [f"Candidate: {found['candidate']}; last release, `(previous)`: {found['previous']}."]
    if found["paired"]:
        told.append("Paired: both hold their verdicts on the same segments.")
    else:
        told.append(
            f"Not paired ({found['why']}): differences of stored values, with Newcombe's "
            f"interval ('{INTERVAL}') and the test that goes with it; they take the two for "
            "independent. In place of units that differ stand the flagged segments of the release "
            "that has more."
        )
    for side, words in (("candidate", "candidate"), ("previous", "last release")):
        told += [
            f"In the {words} alone ({kind}): {', '.join(names)}."
            for kind, names in found["alone"].get(side, {}).items()
        ]
    return [*told, *found["remarks"]]
