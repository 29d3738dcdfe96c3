"""What each detector of hallucinations finds, alone and beside the others.

    python -m benchmarks.detectors RUN_DIR [RUN_DIR …]

Of the students and the baseline of each run, on every audited split. Planted cases: recall among
the distinct pairs that the model reproduced. Original segments: how many each detector flags, how
many of these no other does, and how many of the translations that equal their target it flags:
false alarms as far as can be known, but for `perturbation`, which flags good translations that one
word destroys. And the quantiles of the scores that thresholds without a common scale are set by.
A detector speaks of segments here, `natural` of all that have a flagged pair. Reads run
directories, models and splits of which all detections are there; prints Markdown, the tables of
docs/results/detectors.md.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kdaudit.artifacts import RunDirectory
from kdaudit.recipe import TRAIN, load_stored
from kdaudit.segments import BoolArray, FloatArray, Segments
from kdaudit.stages import detect, detections
from kdaudit.stages.base import Context
from kdaudit.stages.plan import Plan
from kdaudit.stages.planted_recall import reproduces

KINDS = ("boilerplate", "oscillating")
"""Planted cases that are hallucinations where a model reproduces them."""

SCALED = ("sequence_log_probability", "cross_model", "back_translation")
"""Detectors whose threshold is one on the scale of a model."""

QUANTILES = (0.001, 0.01, 0.05, 0.5)


@dataclass(frozen=True)
class Found:
    """One model's translations of a split, and by detector which are eligible and flagged.

    `kind`: the planted kind of each segment, empty for original ones. `reproduced`: the
    translation is the target (see `planted_recall.reproduces`); false without targets.
    """

    model: str
    split: str
    pairs: list[tuple[str, str]]
    kind: list[str]
    reproduced: BoolArray
    eligible: dict[str, BoolArray]
    flagged: dict[str, BoolArray]
    scores: dict[str, FloatArray]


def read(context: Context, model: str, split: str) -> Found | None:
    """What the detectors of hallucinations say of a model's translations; None where not all that
    the recipe asks for are there."""
    names = [
        name
        for name, of_model, of_split in Plan(context.recipe).detections
        if (of_model, of_split) == (model, split)
        and not detect.against_targets(context.recipe.detector(detect.base_name(name)))
    ]
    files = [context.directory.detections(name, model, split) for name in names]
    if not names or not all(path.is_file() for path in files):
        return None
    segments = context.translated(model, split)
    sources, translations = segments.texts("source"), segments.texts("translation")
    targets = segments.column("target").to_pylist()
    planted = [""] * len(segments)
    if "planted" in segments:
        planted = [kind or "" for kind in segments.column("planted").to_pylist()]
    verdicts = {name: _verdict(context, segments, name, model, split) for name in names}
    rows = zip(planted, targets, translations, strict=True)
    return Found(
        context.called(model),
        split,
        list(zip(sources, translations, strict=True)),
        planted,
        np.array([text is not None and reproduces(kind, text, said) for kind, text, said in rows]),
        {name: eligible for name, (eligible, _) in verdicts.items()},
        {name: flagged for name, (_, flagged) in verdicts.items()},
        {
            name: _joined(context, segments, name, model, split).numbers("score")
            for name in names
            if context.recipe.detectors[name].kind in SCALED
        },
    )


def _joined(context: Context, segments: Segments, name: str, model: str, split: str) -> Segments:
    """The segments with a detection's verdict and score."""
    columns = {column: column for column in ("eligible", "flagged", "score")}
    return segments.join(detections.read(context.directory, name, model, split), columns, name)


def _verdict(
    context: Context, segments: Segments, name: str, model: str, split: str
) -> tuple[BoolArray, BoolArray]:
    """Eligible and flagged rows; all copies of a pair of which a detector takes the first alone."""
    joined = _joined(context, segments, name, model, split).table
    eligible, flagged = (
        np.asarray(joined[column].to_numpy(), dtype=np.bool_) for column in ("eligible", "flagged")
    )
    if context.recipe.detector(name).unit == "translation":
        texts = (segments.texts(column) for column in ("source", "translation"))
        pairs = [(one.strip(), other.strip()) for one, other in zip(*texts, strict=True)]
        eligible, flagged = (_of_pairs(pairs, rows) for rows in (eligible, flagged))
    return eligible, flagged


def _of_pairs(pairs: Sequence[tuple[str, str]], rows: BoolArray) -> BoolArray:
    """The rows whose pair is that of one of the given rows."""
    wanted = {pairs[row] for row in np.flatnonzero(rows).tolist()}
    return np.array([pair in wanted for pair in pairs], dtype=np.bool_)


def planted_lines(found: Found) -> Iterator[str]:
    """For each kind and detector: reproduced distinct pairs, found ones, and those found by this
    detector alone."""
    for kind in KINDS:
        of_kind = np.array([one == kind for one in found.kind]) & found.reproduced
        total = _distinct(found, of_kind)
        for name, flagged in found.flagged.items() if total else ():
            mine, alone = _distinct(found, of_kind & flagged), _alone(found, name, of_kind)
            cells = [found.model, kind, f"`{name}`", total, _share(mine, total), alone]
            yield _line(cells)


def original_lines(found: Found) -> Iterator[str]:
    """For each detector: eligible and flagged segments, those flagged by it alone, and flagged ones
    among the translations that equal their target."""
    original = np.array([not kind for kind in found.kind], dtype=np.bool_)
    faithful = original & found.reproduced
    for name, flagged in found.flagged.items():
        eligible = original & found.eligible[name]
        right = int((faithful & eligible).sum())
        wrong = _share(int((faithful & flagged).sum()), right) if right else "-"
        alone = int((original & flagged & ~_others(found, name)).sum())
        total, mine = int(eligible.sum()), int((original & flagged).sum())
        cells = [found.model, found.split, f"`{name}`", total, _share(mine, total), alone, wrong]
        yield _line(cells)


def score_lines(found: Found) -> Iterator[str]:
    """Quantiles of the scores of original segments, for each detector with a scale of its own."""
    original = np.array([not kind for kind in found.kind], dtype=np.bool_)
    for name, scores in found.scores.items():
        values = scores[original & found.eligible[name]]
        if len(values):
            cells = [f"{value:.2f}" for value in np.quantile(values, QUANTILES)]
            yield _line([found.model, found.split, f"`{name}`", *cells])


def _others(found: Found, name: str) -> BoolArray:
    """What any other detector flags."""
    others = [flagged for other, flagged in found.flagged.items() if other != name]
    none = np.zeros(len(found.kind), dtype=np.bool_)
    return np.logical_or.reduce(others, axis=0) if others else none


def _alone(found: Found, name: str, rows: BoolArray) -> int:
    """The distinct pairs among some rows that one detector flags and no other."""
    return _distinct(found, rows & found.flagged[name] & ~_others(found, name))


def _distinct(found: Found, rows: BoolArray) -> int:
    return len({found.pairs[row] for row in np.flatnonzero(rows)})


def _share(part: int, whole: int) -> str:
    return f"{part:,} ({100 * part / whole:.1f}%)" if whole else "0"


def _line(cells: Sequence[object]) -> str:
    shown = (f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in cells)
    return f"| {' | '.join(shown)} |"


def tables(path: Path) -> str:
    """The tables of a run."""
    directory = RunDirectory(path)
    context = Context(directory, load_stored(directory.recipe))
    recipe = context.recipe
    models = [name for name in recipe.audited_models if recipe.models[name].role != "teacher"]
    splits = Plan(recipe).splits
    read_all = [read(context, model, split) for model in models for split in splits]
    found = [one for one in read_all if one is not None]
    planted = [line for one in found if one.split == TRAIN for line in planted_lines(one)]
    original = [line for one in found for line in original_lines(one)]
    return "\n".join(
        [
            f"## `{recipe.name}`, seed {recipe.seed}",
            "",
            "Planted cases that the model reproduced, distinct pairs:",
            "",
            "| model | planted | detector | reproduced | found | by it alone |",
            "| --- | --- | --- | --- | --- | --- |",
            *planted,
            "",
            "Original segments:",
            "",
            "| model | split | detector | eligible | flagged | by it alone | flagged among those "
            "equal to their target |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *original,
            "",
            "Quantiles of the scores of original segments:",
            "",
            f"| model | split | detector | {' | '.join(f'{one:.1%}' for one in QUANTILES)} |",
            "| --- | --- | --- |" + " --- |" * len(QUANTILES),
            *(line for one in found for line in score_lines(one)),
        ]
    )


def main(paths: Sequence[str]) -> None:
    """Print the tables of each run."""
    print("\n\n".join(tables(Path(path)) for path in paths))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
