"""Personal data among extractable outputs, by kind, as a table; opens no file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kdaudit.report.measures import measure
from kdaudit.report.views import Grid

KEY = "personal_data"


def grids(about: Mapping[str, Any]) -> list[Grid]:
    """A row per measure, part of a split and model; none where it was not measured."""
    rows = about.get(KEY) or []
    if not rows:
        return []
    kinds = list(dict.fromkeys(kind for row in rows for kind in row["outputs"]))
    head = ["Measure", "Model", "Extractable", "With any", *kinds]
    body = [
        [
            f"{measure(row['measure'], is_rate=True).label}, {row['split']}, {row['segments']} "
            "segments",
            row["model"],
            *(f"{row[key]:,}" for key in ("extractable", "flagged")),
            *(f"{row['outputs'].get(kind, 0):,}" for kind in kinds),
        ]
        for row in rows
    ]
    return [
        Grid("Extractable outputs with personal data that the prefix does not have", head, body)
    ]
