"""What counterfactual memorization says, in words, and where the band of a number is; pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from kdaudit.errors import ArtifactError

KEY = "counterfactual"
"""Where a comparison keeps it, beside its numbers (`Comparison.about`)."""

SCORES = {
    "geometric_mean": "geometric mean probability per token",
    "log_probability": "mean log-probability per token, natural",
    "chrf": "sentence chrF",
}

DESIGNS = {
    "subsets": "{trained} models, each on {share:.0%} of {pairs:,} distinct pairs",
    "folds": "{trained} models, each without one fold of {pairs:,} distinct pairs ({share:.0%} in)",
    "held_out": "a model on {share:.0%} of {pairs:,} distinct pairs, against one on all of them",
}

_ROWS = {
    "models": ("model", "defined", "memorization", "by_band", "uncertain"),
    "separation": ("kind", "by", "model", "cases", "others", "auroc", "ci_low", "ci_high"),
    "inheritance": ("model", "teacher", "pairs", "threshold", "inherited", "lost", "alone"),
}
_WHOLE = ("design", "score", "share", "pairs", "planned", "trained", "saved", "stopping", "bands")


def check(found: Mapping[str, Any]) -> None:
    """ArtifactError where a stored section lacks what is said of it; an empty one is none."""
    for key in (*_WHOLE, *_ROWS) if found else ():
        if key not in found:
            raise ArtifactError(f"comparison: {KEY} lacks '{key}'")
    for name, keys in _ROWS.items() if found else ():
        for index, row in enumerate(found[name]):
            for key in keys:
                if key not in row:
                    raise ArtifactError(f"comparison: {KEY}.{name}[{index}] lacks '{key}'")


def remarks(about: Mapping[str, Any]) -> list[str]:
    """What was trained and saved, how certain it is, what it tells apart, who inherits what.

    Nothing where it was not computed.
    """
    found = about.get(KEY)
    if not found:
        return []
    return [_trained(found), *_certainty(found), *_separations(found), *_inheritance(found)]


def band_names(edges: Sequence[float]) -> list[str]:
    """The bands between edges that rise, as people read them."""
    names = [f"below {edges[0]:g}"] if edges else []
    names += [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return [*names, f"{edges[-1]:g} and more"] if edges else []


def auroc(row: Mapping[str, Any]) -> str:
    """An AUROC with its interval; a dash where there is nothing to tell apart."""
    if row["auroc"] is None:
        return "–"
    return f"{row['auroc']:.3f} [{row['ci_low']:.3f}, {row['ci_high']:.3f}]"


def _trained(found: Mapping[str, Any]) -> str:
    how = DESIGNS[found["design"]].format(**found)
    text = f"Counterfactual memorization ({SCORES[found['score']]}): {how}"
    if found["stopping"] is not None:
        text += f"; the stopping rule saved {found['saved']} of {found['planned']}"
    return f"{text}."


def _certainty(found: Mapping[str, Any]) -> Iterator[str]:
    for row in found["models"]:
        if row["uncertain"] is not None:
            yield (
                f"{row['model']}: counterfactual memorization of {row['defined']:,} pairs is "
                f"known; the band of {row['uncertain']:.1%} is uncertain."
            )


def _separations(found: Mapping[str, Any]) -> Iterator[str]:
    """For each kind of planted pair what tells it from the original ones."""
    kinds = dict.fromkeys(row["kind"] for row in found["separation"])
    for kind in kinds:
        said = ", ".join(
            f"{row['by']}{' of ' + row['model'] if row['model'] else ''} {auroc(row)}"
            for row in found["separation"]
            if row["kind"] == kind
        )
        yield f"AUROC of {kind} against original pairs: {said}."


def _inheritance(found: Mapping[str, Any]) -> Iterator[str]:
    for row in found["inheritance"]:
        yield (
            f"{row['teacher']} memorizes {row['inherited'] + row['lost']:,} {row['pairs']} pairs "
            f"({row['threshold']:g} or more); {row['model']} memorizes {row['inherited']:,} of "
            f"them too, and {row['alone']:,} alone."
        )
