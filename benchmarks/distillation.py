"""Whether a distillation step helps: its models against the others, over runs of several seeds.

    python -m benchmarks.distillation RUN_DIR [RUN_DIR …]

Runs of one recipe (`adaptive`, `remedies`, `multi30k`). On original segments: every measure of
every model with its interval, run by run, and the contrasts that matter, run by run and their mean:
every student against the plain one, and against its control, and every fine-tuned teacher against
the one that it was made of. Planted cases apart: how many of each kind a model reproduces. Reads
run directories; prints Markdown, the tables of docs/results/adaptive.md.
"""

from __future__ import annotations

import statistics
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from kdaudit.artifacts import RunDirectory
from kdaudit.comparison.intervals import proportion_interval
from kdaudit.comparison.results import Comparison, Contrast, Interval, Measurement
from kdaudit.recipe import TRAIN, Recipe, load_stored
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
)
QUALITY = ("bleu", "chrf")
Row = TypeVar("Row", Measurement, Contrast)


@dataclass(frozen=True)
class Run:
    """A finished run: its comparisons by reference, and what its teachers were fine-tuned on."""

    name: str
    models: list[str]
    splits: list[str]
    pairs: list[tuple[str, str]]
    by_reference: dict[str, Comparison]
    selected: dict[str, dict[str, int]]
    changed: dict[str, int]
    pairs_of_train: int


def read(path: Path) -> Run:
    """A run directory, compared with each reference that a contrast needs."""
    directory = RunDirectory(path)
    recipe = load_stored(directory.recipe)
    context = Context(directory, recipe)
    pairs = _pairs(recipe)
    references = {reference for _, reference in pairs}
    return Run(
        path.name,
        recipe.audited_models,
        recipe.audited_splits,
        pairs,
        {one: compare.computed(context, one) for one in sorted(references)},
        {model: select.counts(directory, model) for model in recipe.finetuned},
        _changed(context, pairs[0][1]),
        len(context.corpus(TRAIN)),
    )


def _pairs(recipe: Recipe) -> list[tuple[str, str]]:
    """A model, and what it is compared with."""
    students = {name: one.distillation for name, one in recipe.models.items() if one.distillation}
    made_of = {name: one.finetuning for name, one in recipe.models.items() if one.finetuning}
    plain = next(name for name, one in students.items() if one.adapted is None)
    others = [name for name in students if name != plain]
    controls = [one for one in others if getattr(recipe.step(one), "control", "") == "random"]
    return [
        *((one, plain) for one in others),
        *(
            (one, control)
            for control in controls
            for one in others
            if one != control and students[one].adapted
        ),
        *((name, one.teacher) for name, one in made_of.items()),
    ]


def _changed(context: Context, plain: str) -> dict[str, int]:
    """How many targets of each other student's KD corpus differ from the plain student's."""
    corpus = context.corpus(TRAIN)
    own = context.with_kd_targets(corpus, plain).texts("target")
    others = (name for name in context.recipe.students if name != plain)
    return {
        name: sum(
            a != b
            for a, b in zip(own, context.with_kd_targets(corpus, name).texts("target"), strict=True)
        )
        for name in others
    }


def table(runs: Sequence[Run]) -> str:
    """All tables, as Markdown."""
    parts = [
        *_selected(runs),
        *_changes(runs),
        *_measured(runs),
        *_contrasts(runs),
        *_means(runs),
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


def _changes(runs: Sequence[Run]) -> Iterator[str]:
    students = list(runs[0].changed)
    yield f"\n### Targets that differ from those of {runs[0].pairs[0][1]}'s KD corpus\n"
    yield f"| run | {' | '.join(students)} |"
    yield "| --- " * (1 + len(students)) + "|"
    for run in runs:
        shares = (
            f"{count:,} of {run.pairs_of_train:,} ({count / run.pairs_of_train:.1%})"
            for count in run.changed.values()
        )
        yield f"| {run.name} | {' | '.join(shares)} |"


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
    shown = runs[0].pairs
    yield "\n### Contrasts, original segments\n"
    yield "Relative change with its 95% interval, and the p-value of the test.\n"

    def cells(run: Run, measure: str, split: str) -> list[str]:
        changes = []
        for model, reference in shown:
            found = _of(run.by_reference[reference].contrasts, measure, split)
            changes.append(_change(next((one for one in found if one.model == model), None)))
        return changes

    yield from _by_measure(runs, [f"{a} against {b}" for a, b in shown], cells)


def _means(runs: Sequence[Run]) -> Iterator[str]:
    """Over several runs: the mean of a contrast, its standard deviation, and the verdicts."""
    if len(runs) < 2:
        return
    yield f"\n### Contrasts, mean ± standard deviation of {len(runs)} runs, original segments\n"
    yield (
        "Relative change (percentage points where a reference has no event; BLEU and chrF: "
        "difference); in brackets in how many runs higher, lower, neither.\n"
    )
    heads = " | ".join(f"{a} against {b}" for a, b in runs[0].pairs)
    yield f"| measure | split | {heads} |"
    yield "| --- " * (2 + len(runs[0].pairs)) + "|"
    for measure, split in _places(runs):
        cells = []
        for model, reference in runs[0].pairs:
            found = [
                one
                for run in runs
                for one in _of(run.by_reference[reference].contrasts, measure, split)
                if one.model == model
            ]
            cells.append(_mean(found))
        if any(cell != "–" for cell in cells):
            yield f"| {measure} | {split} | {' | '.join(cells)} |"


def _mean(found: Sequence[Contrast]) -> str:
    """Mean ± standard deviation of a contrast over runs."""
    if len(found) < 2:
        return "–"
    relative = [one.relative_change for one in found if one.relative_change is not None]
    absolute = [one.difference for one in found if one.difference is not None]
    if found[0].measure in QUALITY:
        values, unit = absolute, ""
    elif len(relative) == len(found):
        values, unit = [100 * one for one in relative], "%"
    else:
        values, unit = [100 * one for one in absolute], " points"
    spread = f"{statistics.mean(values):+.1f} ± {statistics.stdev(values):.1f}{unit}"
    verdicts = [one.verdict for one in found]
    higher, lower = verdicts.count("higher"), verdicts.count("lower")
    return f"{spread} ({higher}, {lower}, {len(found) - higher - lower})"


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
    """Reproduced of planted, with the 95% interval of the share in percent."""
    counts = list(pairs)
    if not counts:
        return "–"
    reproduced, planted = (sum(side) for side in zip(*counts, strict=True))
    low, high = (100 * bound for bound in proportion_interval(reproduced, planted, 0.95)[:2])
    return f"{reproduced} of {planted} ({low:.0f} to {high:.0f}%)"


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
