"""`kdaudit inspect`: the flagged segments, readable."""

from __future__ import annotations

from typing import Annotated

import typer

from kdaudit.cli.common import ModelName, RunDir, check_model, context


def command(
    run_dir: RunDir,
    detector: Annotated[str, typer.Option(help="A detector of the run.")],
    model: ModelName,
    split: Annotated[str, typer.Option(help="A split of the corpus.")] = "train",
    limit: Annotated[int, typer.Option(min=1, help="Show at most this many.")] = 20,
) -> None:
    """Show the segments that a detector flagged, original ones first.

    Example: `kdaudit inspect runs/demo --detector extractive --model student`
    """
    from rich.console import Console

    from kdaudit.progress import silent
    from kdaudit.report.text import visible
    from kdaudit.stages import detect, report

    run = context(run_dir, silent)
    check_model(run, model)
    run.recipe.detector(detect.base_name(detector))
    found = report.flagged_examples(run, detector, model, split)
    found.sort(key=lambda example: (example.planted != "", example.id))
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for example in found[:limit]:
        kind = f", planted: {example.planted}" if example.planted else ""
        console.print(f"id {example.id}{kind}", style="bold")
        for name in ("source", "target", "translation", "evidence"):
            if text := getattr(example, name):
                console.print(f"  {name:<12} {visible(text)}")
    console.print(f"{len(found)} flagged, {min(len(found), limit)} shown", style="dim")
