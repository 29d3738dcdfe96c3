"""Experiment tracking with comet_ml; writes an archive in offline mode, nothing else.

comet_ml runs in a process of its own (`kdaudit.report.comet`): at import it hooks
into logging, exceptions and the end of the process, and without a network it
waits. So it can neither disturb a run nor hold it up for longer than `timeout`.
The key is comet_ml's own business (COMET_API_KEY or its settings file); it is in
no setting of ours, and the process's output is not shown.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from kdaudit.comparison.tables import parts
from kdaudit.report.content import ReportContent

TAG = "kdaudit"
"""Of every experiment; the other tag is the recipe's name, which its seeds share."""

BOUNDS = ("ci_low", "ci_high")
"""Of an interval; each is a metric of its own, behind the name of the value."""


@dataclass(frozen=True)
class TrackingSettings:
    """Where to log. `offline_directory` is needed for the mode `offline`.

    `timeout`: seconds after which tracking is given up.
    """

    mode: Literal["off", "offline", "online"] = "off"
    project: str = "kdaudit"
    workspace: str | None = None
    offline_directory: Path | None = None
    timeout: float = 120.0


def track(
    settings: TrackingSettings,
    content: ReportContent,
    parameters: Mapping[str, object],
    page: str,
) -> str:
    """Log `parameters`, curves, measurements, the comparison and the `page`.

    Returns one line for the run's log that says what happened: a missing package,
    key or network is a line, never an exception.
    """
    if settings.mode == "off":
        return "tracking is off"
    if settings.mode == "offline" and settings.offline_directory is None:
        return "not tracked: offline mode needs a directory"
    request = {
        "mode": settings.mode,
        "project": settings.project,
        "workspace": settings.workspace,
        "offline_directory": str(settings.offline_directory),
        "name": content.name,
        "tags": [TAG, content.name],
        "parameters": parameters,
        "curves": {model: [dict(row) for row in rows] for model, rows in content.curves.items()},
        "metrics": metrics(content),
        "assets": {
            "report.html": page,
            "comparison.json": json.dumps(content.comparison.to_json_dict(), indent=1),
        },
    }
    return _ask(json.dumps(request, default=str), settings.timeout)


def metrics(content: ReportContent) -> dict[str, float]:
    """Measured values by name: `train/extractive/student`, of original segments where cases were
    planted; a provenance of its own, and what was planted, with `/provenance=web`, `/planted`.
    Behind each name, `/ci_low` and `/ci_high` are the bounds of its interval that there are.

    All other subgroups, and all segments together, are in the attached comparison.
    """
    rows = [m for m in content.comparison.measurements if m.value is not None]
    suffixes: dict[tuple[str, str, str], str] = {}
    for split in dict.fromkeys(m.split for m in rows):
        main, *planted = parts(content.comparison, split)
        provenances = dict.fromkeys(
            m.subgroup for m in rows if (m.split, m.scheme) == (split, "provenance")
        )
        if len(provenances) > 1 + bool(planted):
            suffixes |= {(split, "provenance", one): f"/provenance={one}" for one in provenances}
        suffixes |= {(split, *part): "/planted" for part in planted}
        suffixes[split, *main] = ""
    found: dict[str, float] = {}
    for m in rows:
        if (place := (m.split, m.scheme, m.subgroup)) in suffixes:
            name = f"{m.split}/{m.measure}/{m.model}{suffixes[place]}"
            values = {name: m.value} | {f"{name}/{end}": getattr(m, end) for end in BOUNDS}
            found |= {key: value for key, value in values.items() if value is not None}
    return found


def _ask(request: str, timeout: float) -> str:
    """Hand the request to the other process and return its line."""
    # Its crash reports would go to comet's servers, even offline; its hooks wrap torch.
    quiet = {"COMET_ERROR_TRACKING_ENABLE": "false", "COMET_DISABLE_AUTO_LOGGING": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "kdaudit.report.comet"],
            input=request,
            capture_output=True,
            encoding="utf-8",
            timeout=timeout,
            env={**os.environ, **quiet},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"not tracked: comet_ml gave no answer within {timeout:g} s"
    except OSError as error:
        return f"not tracked: {error}"
    return _answer(done.stdout) or f"not tracked: comet_ml ended with exit code {done.returncode}"


def _answer(output: str) -> str | None:
    """The line in the last line of the output; comet_ml may print before it."""
    lines = output.strip().splitlines()
    try:
        answer: Any = json.loads(lines[-1]) if lines else None
    except json.JSONDecodeError:
        return None
    return str(answer["line"]) if isinstance(answer, dict) and "line" in answer else None
