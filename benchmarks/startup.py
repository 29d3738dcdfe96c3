"""How long the command line takes before it does anything."""

from __future__ import annotations

from benchmarks.harness import kdaudit


def table() -> str:
    """Markdown."""
    rows = ["## Start", "", "| command | time | peak memory |", "| --- | --- | --- |"]
    rows += [f"| `kdaudit --help` | {kdaudit('--help')} |", ""]
    return "\n".join(rows)
