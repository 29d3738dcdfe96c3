"""The last release against the candidate: two comparisons of the same corpus; writes nothing.

Reads run directories or `comparison.json` files. Where both are whole run directories the
segments themselves are compared, else the stored values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from kdaudit.artifacts import RunDirectory
from kdaudit.comparison import Comparison, Flags, Quality, Split
from kdaudit.comparison import releases as two_releases
from kdaudit.detectors.signatures import same_detector
from kdaudit.errors import ArtifactError, RecipeError
from kdaudit.progress import Progress, silent
from kdaudit.recipe import load_stored
from kdaudit.stages import compare, gate
from kdaudit.stages.base import Context


def run(previous: Path, candidate: Path, progress: Progress = silent) -> Comparison:
    """What changed from one to the other: each model against itself before.

    RecipeError where they are of other corpora, or were judged by other detectors; ArtifactError
    where there is no comparison.
    """
    paths = {"previous": previous, "candidate": candidate}
    old, new = (gate.read_comparison(path) for path in paths.values())
    if reason := two_releases.difference(old, new, same_detector):
        raise RecipeError(f"{candidate}: {reason} ({previous})")
    left_out = two_releases.other_metrics(old, new)
    old, new = _without(old, left_out), _without(new, left_out)
    remarks = [f"Left out, computed in another way: {n} ({how})." for n, how in left_out.items()]
    why, runs = _whole_runs(paths, progress)
    if runs:
        found, more = _paired(runs, left_out)
        remarks += more
    else:
        found = two_releases.from_values(old, new)
    if not found.measurements:
        reason = two_releases.apart(old, new)
        raise RecipeError(f"{candidate}: has nothing to compare with {previous}: {reason}")
    about = {
        **{side: str(path) for side, path in paths.items()},
        "paired": bool(runs),
        "why": why,
        "alone": two_releases.alone(old, new),
        "remarks": [*remarks, *_beams(old, new)],
    }
    signature = {key: value for key, value in new.signature.items() if key != "reference"}
    blank = _blank(old, new)
    return replace(
        found,
        signature={**signature, "previous": old.signature},
        about={"blank_translations": blank, two_releases.ABOUT: about},
    )


def _without(found: Comparison, measures: Mapping[str, str]) -> Comparison:
    rows = [row for row in found.measurements if row.measure not in measures]
    return replace(found, measurements=rows)


def _whole_runs(paths: Mapping[str, Path], progress: Progress) -> tuple[str, list[Context]]:
    """Both runs, the last release first; or why they cannot be compared segment by segment."""
    runs = []
    for path in paths.values():
        directory = RunDirectory(path)
        if not directory.recipe.is_file():
            return f"{path} is a comparison without its segments", []
        context = Context(directory, load_stored(directory.recipe), progress)
        try:
            context.check_finished(compare.inputs(directory, context.recipe))
        except ArtifactError as error:
            return str(error), []
        runs.append(context)
    return "", runs


@dataclass(frozen=True)
class _Side:
    """One release: its splits by name, and all that was measured on them."""

    splits: Mapping[str, Split]
    items: Sequence[Flags | Quality]

    @classmethod
    def of(cls, context: Context, left_out: Mapping[str, str]) -> _Side:
        found = compare.gathered(context)
        quality = [one for one in found.quality if one.measure not in left_out]
        return cls({one.name: one for one in found.splits}, [*found.flags, *quality])


def _paired(runs: Sequence[Context], left_out: Mapping[str, str]) -> tuple[Comparison, list[str]]:
    """The comparison segment by segment, and which schemes are left out of it.

    Subgroups that hold other segments in the two, as bands of a model's own scores do, cannot be
    paired.
    """
    old, new = (_Side.of(context, left_out) for context in runs)
    splits, remarks = [], []
    for name, split in new.splits.items():
        if name not in old.splits:
            continue
        theirs = old.splits[name]
        if not np.array_equal(split.unit, theirs.unit):
            raise RecipeError(
                f"{runs[1].directory.path}: was audited on another corpus: the split '{name}' has "
                f"other segments ({runs[0].directory.path})"
            )
        alike = {scheme for scheme in split.schemes if _same(scheme, split, theirs)}
        splits.append(
            Split(name, split.unit, {k: v for k, v in split.schemes.items() if k in alike})
        )
        other = [one for one in split.schemes if one in theirs.schemes and one not in alike]
        if other:
            remarks.append(
                f"Left out, other segments in their subgroups: {name}: {', '.join(other)}."
            )
    recipe = runs[1].recipe
    drawn: dict[str, Any] = {
        "seed": recipe.seed,
        "bootstrap": recipe.comparison.bootstrap,
        "quality_bootstrap": recipe.comparison.quality_bootstrap,
        "confidence": recipe.comparison.confidence,
    }
    progress = runs[1].progress
    return two_releases.from_segments(splits, old.items, new.items, drawn, progress), remarks


def _same(scheme: str, split: Split, other: Split) -> bool:
    if scheme not in other.schemes:
        return False
    ours, theirs = split.schemes[scheme], other.schemes[scheme]
    return ours.names == theirs.names and bool(np.array_equal(ours.codes, theirs.codes))


def _beams(old: Comparison, new: Comparison) -> list[str]:
    """Splits that were decoded in another way: part of a release, but not of its model."""
    splits = dict.fromkeys(row.split for row in new.measurements)
    beams = {split: (old.beam(split), new.beam(split)) for split in splits}
    return [
        f"{split} was decoded with a beam of {ours}, before with {theirs}."
        for split, (theirs, ours) in beams.items()
        if None not in (ours, theirs) and ours != theirs
    ]


def _blank(old: Comparison, new: Comparison) -> dict[str, dict[str, int]]:
    """Blank translations of both, by split and model."""
    found: dict[str, dict[str, int]] = {}
    for split, counts in old.about.get("blank_translations", {}).items():
        named = {two_releases.before(model): count for model, count in counts.items()}
        found.setdefault(split, {}).update(named)
    for split, counts in new.about.get("blank_translations", {}).items():
        found.setdefault(split, {}).update(counts)
    return found
