"""Counterfactual memorization as tables: bands, planted cases, inheritance; opens no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kdaudit.comparison.counterfactual import KEY, auroc, band_names, remarks
from kdaudit.report.text import number
from kdaudit.report.views import Grid


def told(about: Mapping[str, Any]) -> str:
    """What was trained, and what the stopping rule saved; empty where nothing was."""
    return next(iter(remarks(about)), "")


def grids(about: Mapping[str, Any]) -> list[Grid]:
    """The tables of a comparison's section; none where there is none."""
    found = about.get(KEY)
    if not found:
        return []
    return [_bands(found), *_separation(found), *_inheritance(found)]


def _bands(found: Mapping[str, Any]) -> Grid:
    bands = band_names(found["bands"])
    rows = [
        [
            row["model"],
            f"{row['defined']:,}",
            "–" if row["memorization"] is None else f"{row['memorization']:.3f}",
            *(f"{count:,}" for count in row["by_band"]),
            "–" if row["uncertain"] is None else number(100 * row["uncertain"], percent=False),
        ]
        for row in found["models"]
    ]
    head = ["Model", "Pairs", "Mean", *bands, "Uncertain band (%)"]
    return Grid("Distinct pairs by counterfactual memorization", head, rows)


def _separation(found: Mapping[str, Any]) -> list[Grid]:
    """A row per score, a column per kind of planted pair; none where nothing was planted."""
    kinds = list(dict.fromkeys(row["kind"] for row in found["separation"]))
    rows: dict[str, dict[str, str]] = {}
    for row in found["separation"]:
        name = f"{row['by']}, {row['model']}" if row["model"] else row["by"]
        rows.setdefault(name, {})[row["kind"]] = auroc(row)
    if not kinds:
        return []
    counts = {row["kind"]: row["cases"] for row in found["separation"]}
    head = ["Score", *(f"{kind} ({counts[kind]:,})" for kind in kinds)]
    body = [[name, *(cells.get(kind, "–") for kind in kinds)] for name, cells in rows.items()]
    title = (
        "AUROC of planted against original pairs; nearest: the further from all others, the more"
    )
    return [Grid(title, head, body)]


def _inheritance(found: Mapping[str, Any]) -> list[Grid]:
    rows: Sequence[Mapping[str, Any]] = found["inheritance"]
    if not rows:
        return []
    counted = ("inherited", "lost", "alone", "neither")
    body = [[row["model"], row["pairs"], *(f"{row[key]:,}" for key in counted)] for row in rows]
    title = f"Pairs memorized ({rows[0]['threshold']:g} or more) by {rows[0]['teacher']} and others"
    head = ["Model", "Pairs", "By both", "By the teacher alone", "By the model alone", "By neither"]
    return [Grid(title, head, body)]
