"""The flagged segments as rows of a table that a reader can filter; opens no file.

A page that can be mailed has room for so many rows: what does not fit is left out evenly, over
detectors, models and splits, and its number is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from kdaudit.report.content import Example, ReportContent
from kdaudit.report.measures import ORDER, Kind, measure
from kdaudit.report.views import marked_source

LONGEST = 1000
"""Characters of a text that a row shows."""

ORIGIN = ("provenance", "planted")
"""Schemes of which a row says more in its first cell."""

LONGEST_NAME = 80
"""Characters of a subgroup's name."""

_KINDS: tuple[Kind, ...] = ("memorization", "hallucination", "other", "replication", "quality")
"""In this order a reviewer sees them: exact matches are many, and mostly right."""


@dataclass(frozen=True)
class Cut:
    """A text that is short enough to be shown, and how many characters were left out."""

    text: str
    more: int = 0


@dataclass(frozen=True)
class Told:
    """A translation, by the places of the models that made it; None: it is the target."""

    models: Sequence[int]
    names: Sequence[str]
    text: Cut | None


@dataclass(frozen=True)
class Row:
    """A flagged segment: what it is flagged by as places in the lists of `Review`, and its texts.

    `prefix` and `rest` are the source, taken apart where a prefix yields the target.
    """

    example: Example
    label: str
    detector: int
    model: int
    split: int
    subgroups: Sequence[int]
    named: Sequence[str]
    prefix: str
    rest: Cut
    target: Cut | None
    evidence: Cut | None
    relayed: Cut | None
    translations: Sequence[Told]
    score: str


@dataclass(frozen=True)
class Review:
    """All rows, by detector, and what they can be filtered by, in order.

    `subgroups`: (scheme, names with their places) of those that occur.
    """

    rows: Sequence[Row]
    total: int
    detectors: Sequence[str]
    models: Sequence[str]
    splits: Sequence[str]
    subgroups: Sequence[tuple[str, Sequence[tuple[int, str]]]]


def review(content: ReportContent, models: Sequence[str]) -> Review:
    """The examples of a report as rows; `models` in the order of the report's tables."""
    examples = sorted(content.examples, key=lambda one: _order(one, models))
    names = list(dict.fromkeys(one.detector for one in examples))
    every = [*models, *(name for one in examples for name in (one.model, *one.translations))]
    places = {name: place for place, name in enumerate(dict.fromkeys(every))}
    splits = list(dict.fromkeys(one.split for one in examples))
    subgroups = _subgroups(examples)
    rows = [
        _row(one, names.index(one.detector), places, splits.index(one.split), subgroups)
        for one in examples
    ]
    schemes: dict[str, list[tuple[int, str]]] = {}
    for (scheme, name), place in subgroups.items():
        schemes.setdefault(scheme, []).append((place, _short(name)))
    labels = [measure(name, is_rate=True).label for name in names]
    total = sum(content.flagged.values()) or len(rows)
    return Review(rows, total, labels, list(places), splits, list(schemes.items()))


def fitting(rows: Sequence[Row], written: Callable[[Row], str], budget: int) -> list[str]:
    """Rows as text, in their order: all, or as many of each detector, model and split as fit into
    so many bytes."""
    taken: dict[tuple[int, int, int], int] = {}
    ranks = []
    for place, row in enumerate(rows):
        cell = row.detector, row.model, row.split
        taken[cell] = taken.get(cell, 0) + 1
        ranks.append((taken[cell], place))
    kept: dict[int, str] = {}
    for _, place in sorted(ranks):
        text = written(rows[place])
        budget -= len(text.encode())
        if budget < 0:
            break
        kept[place] = text
    return [kept[place] for place in sorted(kept)]


def _order(example: Example, models: Sequence[str]) -> tuple[int, int, str, int]:
    known = measure(example.detector, is_rate=True)
    place = models.index(example.model) if example.model in models else len(models)
    rank = ORDER.get(example.detector, len(ORDER))
    return _KINDS.index(known.kind), rank, example.detector, place


def _subgroups(examples: Iterable[Example]) -> dict[tuple[str, str], int]:
    """Those that occur, with a number each: schemes in the order in which they come, names by
    alphabet."""
    found = {(scheme, name) for one in examples for scheme, name in one.subgroups.items()}
    schemes = list(dict.fromkeys(scheme for one in examples for scheme in one.subgroups))
    ordered = sorted(found, key=lambda key: (schemes.index(key[0]), key[1]))
    return {key: place for place, key in enumerate(ordered)}


def _row(
    example: Example,
    detector: int,
    places: Mapping[str, int],
    split: int,
    subgroups: Mapping[tuple[str, str], int],
) -> Row:
    marked = marked_source(example)
    prefix = marked.prefix[:LONGEST]
    return Row(
        example,
        measure(example.detector, is_rate=True).label,
        detector,
        places[example.model],
        split,
        [subgroups[key] for key in example.subgroups.items()],
        [
            f"{scheme}: {_short(name)}"
            for scheme, name in example.subgroups.items()
            if scheme not in ORIGIN
        ],
        prefix,
        _cut(marked.prefix[len(prefix) :] + marked.rest, LONGEST - len(prefix)),
        _cut(example.target) if example.target else None,
        _cut(example.evidence) if example.evidence and not prefix else None,
        _cut(example.relayed) if example.relayed else None,
        _translations(example, places),
        "" if example.score is None else f"{example.score:.6g}",
    )


def _translations(example: Example, places: Mapping[str, int]) -> list[Told]:
    """The model's own translation first, then the others'; the same text is said once."""
    of_model = {example.model: example.translation, **example.translations}
    by_text: dict[str, list[str]] = {}
    for name, text in of_model.items():
        if text:
            by_text.setdefault(text, []).append(name)
    target = (example.target or "").strip()
    return [
        Told(
            [places[name] for name in names],
            ["all models"] if len(names) == len(of_model) > 1 else names,
            None if target and text.strip() == target else _cut(text),
        )
        for text, names in by_text.items()
    ]


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _cut(text: str, longest: int = LONGEST) -> Cut:
    return Cut(text) if len(text) <= longest else Cut(text[:longest], len(text) - longest)
