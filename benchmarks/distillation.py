"""Whether a distillation step helps: its models against the others, over runs of several seeds.

    python -m benchmarks.distillation RUN_DIR [RUN_DIR …]

Runs of one recipe (`adaptive`, `multi30k`). On original segments: every measure of every model
with its interval, run by run, and the contrasts that matter: the adaptive student against the plain
one and against its control, the control and a plain student of another seed against the plain
one, the fine-tuned teachers against theirs. Planted cases apart: how many of each kind a model
reproduces. Reads run directories; prints Markdown, the tables of docs/results/adaptive.md.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kdaudit.artifacts import RunDirectory
from kdaudit.comparison.results import Comparison, Contrast, Interval, Measurement
from kdaudit.recipe import TRAIN, load_stored
from kdaudit.stages import compare, select
from kdaudit.stages.base import Context

RATES = (
    "exact_match",
    "extractive",
    "extractive_of_replicated",
    "exact_match_kd",
    "extractive_kd",
    "oscillatory",
    "natural",
    "repeated_target",
)
QUALITY = ("bleu", "chrf")
Row = TypeVar("Row", Measurement, Contrast)

CONTRASTS = (
    ("adaptive_student", "student"),
    ("adaptive_student", "control_student"),
    ("control_student", "student"),
    ("second_student", "student"),
    ("adapted_teacher", "teacher"),
    ("control_teacher", "teacher"),
)
"""A model, and what it is compared with."""


@dataclass(frozen=True)
class Run:
    """A finished run: its comparisons by reference, and what its teachers were fine-tuned on."""

    name: str
    models: list[str]
    splits: list[str]
    by_reference: dict[str, Comparison]
    selected: dict[str, dict[str, int]]


def read(path: Path) -> Run:
    """A run directory, compared with each reference that a contrast needs."""
    directory = RunDirectory(path)
    recipe = load_stored(directory.recipe)
    context = Context(directory, recipe)
    references = {reference for _, reference in CONTRASTS} & set(recipe.audited_models)
    return Run(
        path.name,
        recipe.audited_models,
        recipe.audited_splits,
        {one: compare.computed(context, one) for one in sorted(references)},
        {model: select.counts(directory, model) for model in recipe.finetuned},
    )


def table(runs: Sequence[Run]) -> str:
    """All tables, as Markdown."""
    parts = [
        *_selected(runs),
        *_measured(runs),
        *_contrasts(runs),
        *_planted(runs),
    ]
    return "\n".join(parts)


def _selected(runs: Sequence[Run]) -> Iterator[str]:
    yield "### Pairs for fine-tuning\n"
    yield "| run | model | " + " | ".join(name.replace("_", " ") for name in select.COUNTS) + " |"
    yield "| --- " * (2 + len(select.COUNTS)) + "|"
    for run in runs:
        for model, counts in run.selected.items():
            yield f"| {run.name} | {model} | {' | '.join(f'{one:,}' for one in counts.values())} |"


def _measured(runs: Sequence[Run]) -> Iterator[str]:
    models = runs[0].models
    yield "\n### Measures, original segments\n"
    yield "Rates in %, flagged of eligible segments in brackets; 95% intervals.\n"

    def cells(run: Run, measure: str, split: str) -> list[str]:
        found = _of(next(iter(run.by_reference.values())).measurements, measure, split)
        by_model = {one.model: one for one in found}
        return [_value(by_model.get(model)) for model in models]

    yield from _by_measure(runs, models, cells)


def _contrasts(runs: Sequence[Run]) -> Iterator[str]:
    shown = [pair for pair in CONTRASTS if set(pair) <= set(runs[0].models)]
    yield "\n### Contrasts, original segments\n"
    yield "Relative change with its 95% interval, and the p-value of the test.\n"

    def cells(run: Run, measure: str, split: str) -> list[str]:
        changes = []
        for model, reference in shown:
            found = _of(run.by_reference[reference].contrasts, measure, split)
            changes.append(_change(next((one for one in found if one.model == model), None)))
        return changes

    yield from _by_measure(runs, [f"{a} against {b}" for a, b in shown], cells)


def _by_measure(
    runs: Sequence[Run], heads: Sequence[str], cells: Callable[[Run, str, str], list[str]]
) -> Iterator[str]:
    """A row for each measure, split and run that has anything to show."""
    yield f"| measure | split | run | {' | '.join(heads)} |"
    yield "| --- " * (3 + len(heads)) + "|"
    for measure, split in _places(runs):
        for run in runs:
            row = cells(run, measure, split)
            if any(cell != "–" for cell in row):
                yield f"| {measure} | {split} | {run.name} | {' | '.join(row)} |"


def _planted(runs: Sequence[Run]) -> Iterator[str]:
    models = runs[0].models
    yield "\n### Planted cases\n"
    yield "Reproduced of planted pairs of `train`, over all repetitions.\n"
    yield "| kind | run | " + " | ".join(models) + " |"
    yield "| --- " * (2 + len(models)) + "|"
    for kind in ("boilerplate", "copy", "idiosyncratic", "misaligned", "oscillating"):
        for run in runs:
            comparison = next(iter(run.by_reference.values()))
            counts: dict[str, dict[int, tuple[int, int]]] = defaultdict(dict)
            for row in comparison.about.get("planted_recall", []):
                if row["kind"] == kind:  # once for each detector that ought to find them
                    pair = row["reproduced"], row["planted"]
                    counts[row["model"]][row["repetitions"]] = pair
            cells = [_sum(counts[model].values()) for model in models]
            if any(cell != "–" for cell in cells):
                yield f"| {kind} | {run.name} | {' | '.join(cells)} |"


def _sum(pairs: Iterable[tuple[int, int]]) -> str:
    counts = list(pairs)
    if not counts:
        return "–"
    reproduced, planted = (sum(side) for side in zip(*counts, strict=True))
    return f"{reproduced} of {planted}"


def _places(runs: Sequence[Run]) -> Iterator[tuple[str, str]]:
    tests = [split for split in runs[0].splits if split != TRAIN]
    for measure in RATES:
        yield measure, TRAIN
        if measure in ("oscillatory", "natural"):
            yield from ((measure, split) for split in tests)
    for measure in QUALITY:
        yield from ((measure, split) for split in tests)


def _of(rows: Sequence[Row], measure: str, split: str) -> list[Row]:
    """The rows of original segments; of all of a split that has no planted ones."""
    for place in (("provenance", "original"), ("all", "all")):
        found = [
            row
            for row in rows
            if (row.measure, row.split) == (measure, split) and (row.scheme, row.subgroup) == place
        ]
        if found:
            return found
    return []


def _value(one: Measurement | None) -> str:
    if one is None or one.value is None:
        return "–"
    if one.flagged is None:
        return f"{one.value:.1f} ({one.ci_low:.1f} to {one.ci_high:.1f})"
    low, high = 100 * (one.ci_low or 0), 100 * (one.ci_high or 0)
    return f"{100 * one.value:.2f} ({low:.2f} to {high:.2f}; {one.flagged} of {one.n:,})"


def _change(one: Contrast | None) -> str:
    if one is None or one.difference is None:
        return "–"
    said = one.verdict.replace("_", " ")
    p = "" if one.p_value is None else f"; p = {one.p_value:.2g}"
    if one.measure in QUALITY:
        return f"{one.difference:+.1f} ({_bounds(one.difference_ci, '+.1f')}); {said}{p}"
    if one.relative_change is None or one.relative_change_ci is None:
        return f"{100 * one.difference:+.2f} points; {said}{p}"
    return f"{one.relative_change:+.0%} ({_bounds(one.relative_change_ci, '+.0%')}); {said}{p}"


def _bounds(interval: Interval | None, form: str) -> str:
    low, high = interval or (None, None)
    return " to ".join("open" if one is None else format(one, form) for one in (low, high))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    print(table([read(Path(one)) for one in sys.argv[1:]]))
