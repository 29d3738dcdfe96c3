"""What is known of a detector's recall, for readers; reads `recall.json` beside this file.

The table is of flags against people's labels, made by `benchmarks/labels.py`.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

ANY = "any"
NAMES = {ANY: "hallucinations of any kind", "oscillatory": "oscillations"}
OSCILLATORY = ("oscillatory", "oscillatory_calibrated")
"""Detectors of one kind of hallucination; the others are held against any."""


def known_recall(name: str) -> str:
    """How many of the labelled hallucinations a detector finds at its default settings, and on
    which corpus; empty where that is not known."""
    table = _table()
    measured = table["detectors"].get(name)
    if measured is None:
        return ""
    kind = "oscillatory" if name in OSCILLATORY else ANY
    found, labels = measured["found"][kind]
    return (
        f"of {table['corpus']}'s {table['translations']:,} labelled translations, which detectors "
        f"had chosen, it flags {measured['flagged']} and finds {found} of {labels} {NAMES[kind]} "
        f"(recall {found / labels:.0%})"
    )


@cache
def _table() -> Any:
    return json.loads(files("kdaudit.report").joinpath("recall.json").read_text("utf-8"))
