"""`kdaudit gate`: limits for a release."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from kdaudit.cli import output as outputs

WIDE = 1_000
"""Columns of what is not read on a terminal."""

ComparisonFile = Annotated[
    Path, typer.Argument(metavar="COMPARISON", help="A comparison.json, or a run directory.")
]


def command(
    comparison: ComparisonFile,
    policy: Annotated[Path, typer.Option(help="The limits, as YAML: see recipes/policy.yaml.")],
    previous: Annotated[
        Path | None, typer.Option(help="The comparison of the last release, of the same corpus.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(help="Also write the outcome as JUnit XML here.")
    ] = None,
) -> None:
    """Check a comparison against the limits of a release: exit code 1 where one does not hold.

    Example: `kdaudit gate runs/demo --policy policy.yaml --junit gate.xml`
    """
    from kdaudit.stages import gate

    outputs.check(junit, read=[comparison, policy, previous])
    limits, outcomes = gate.run(comparison, policy, previous)
    if junit is not None:  # first: what cannot be written is told before anything is
        outputs.write(gate.junit(limits, outcomes), junit)
    _draw([(one.outcome, gate.named(one), gate.said(one), gate.found(one)) for one in outcomes])
    failed = sum(limits.blocks(one.outcome) for one in outcomes)
    undecided = sum(one.outcome == "undecided" for one in outcomes)
    counts = f"{len(outcomes)} limit{'s' * (len(outcomes) != 1)}"
    held = f"{failed} hold{'s' * (failed == 1)} the release up"
    told = f"{counts}, {held}; {undecided} undecided ({limits.undecided})"
    print(f"kdaudit: {told}", file=sys.stderr)
    if failed:
        raise typer.Exit(1)


def _draw(rows: Sequence[tuple[str, ...]]) -> None:
    """A line for each limit; in a file or a pipe as wide as it takes."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("outcome", "measure", "limit", "found", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)
