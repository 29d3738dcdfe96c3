"""The text detectors against what people say.

    python -m benchmarks labels [--labels CSV]
    python -m benchmarks.labels [--labels CSV] [--write]

Reads labelled translations (columns: see `benchmarks.labelled`; by default
`$KDAUDIT_LABELS`, or Guerreiro et al. 2023 in the shared data), and says why it is
skipped where there are none. Prints Markdown; `--write` writes `kdaudit/report/recall.json`,
what reports say of a detector's recall, from the same figures.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.fit_text import fitting
from benchmarks.labelled import (
    ANY,
    LABELS,
    Labelled,
    at_recall,
    auroc,
    cross_validated,
    of_flags,
    read,
    resampled,
    skipped,
)
from kdaudit.detectors import detector
from kdaudit.detectors.base import Services
from kdaudit.detectors.text import FEATURES, features
from kdaudit.segments import BoolArray, FloatArray

SIGNS = {
    "oscillatory": 1,
    "oscillatory_calibrated": 1,
    "repeated_target": 1,
    "copy": 1,
    "untranslated": 1,
    "length_ratio": 1,
    "numbers": 1,
    "overlap": -1,
    "text": 1,
}
"""The detectors that need texts alone; -1 where a low score is the suspicious one."""

HIGH_RECALL, THRESHOLD_RECALL = 0.9, 0.6

PUBLISHED = (
    ("LaBSE", 0.917, 0.985),
    ("ALTI", 0.849, 0.987),
    ("Seq-Logprob", 0.830, 0.935),
    ("LASER", 0.794, 0.912),
    ("chrF with the reference", 0.754, 0.896),
    ("COMET-QE", 0.702, 0.661),
)
"""AUROC of detectors that need a model or a reference, for any hallucination and for fully
detached ones, on Guerreiro et al. 2023 (as Dale et al. 2023 print them)."""

CAUTION = """\
**Caution.** The sample was enriched by detectors: translations were taken for labelling because \
oscillation counts, repeated targets, sequence log-probability, attention and quality estimates \
found them suspicious. 9% of it are hallucinations, where a corpus has one in hundreds or \
thousands. So precisions are far above those on a corpus, recall of what no detector finds is not \
known, and detectors that took part in the choice look better than they are. AUROC and \
false-positive rate compare detectors on this sample."""

Statistic = Callable[[FloatArray], tuple[float, ...]]


@dataclass(frozen=True)
class Result:
    """One detector's scores and flags, (n,); what is not eligible has the lowest score."""

    name: str
    scores: FloatArray
    flags: BoolArray


def table(path: Path = LABELS) -> str:
    """Markdown; empty where there are no labels."""
    if skipped(path):
        return "## Text detectors against labels\n\nSkipped: no labelled translations.\n"
    labelled = read(path)
    results = [_result(name, labelled) for name in SIGNS]
    draws = resampled(labelled.group)
    n, languages = len(labelled.segments), " to ".join(labelled.languages)
    lines = [
        "## Text detectors against labels",
        "",
        f"`{path.name}`: {n:,} translations, {languages}; "
        + ", ".join(f"{kind} {int(mask.sum())}" for kind, mask in labelled.labels.items())
        + ". 95% intervals from resampling distinct translations. `text` is scored by 5-fold "
        "cross-validation of its coefficients, copies of a translation in one fold; all "
        "thresholds are the defaults. A dash: too few labels or no flag.",
        "",
        CAUTION,
    ]
    for kind in labelled.labels:
        lines += ["", f"### {kind.capitalize()}", "", *_head()]
        lines += [_row(result, labelled.labels[kind], draws) for result in results]
    lines += ["", *_calibrated(labelled, results), "", *_published()]
    return "\n".join(lines) + "\n"


def _result(name: str, labelled: Labelled) -> Result:
    one = detector(name)()
    scored = one.score(labelled.segments, Services(*labelled.languages))
    scores = np.where(scored.eligible, SIGNS[name] * scored.score, -np.inf)
    flags = one.judge(scored)
    if name == "text":  # by coefficients that have not seen the row
        found = features(labelled.segments)
        columns = np.array([found[feature] for feature in FEATURES]).T
        fresh = cross_validated(labelled.group, fitting(columns, labelled), seed=0)
        scores = np.where(scored.eligible, fresh, -np.inf)
        flags = scored.eligible & (fresh >= one.threshold)
    return Result(name, scores, flags)


def _head() -> list[str]:
    return [
        "| detector | AUROC | precision at 90% recall | false positives at 90% recall | "
        "flagged | precision | recall |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]


def _row(result: Result, labels: BoolArray, draws: list[FloatArray]) -> str:
    def statistics(weights: FloatArray) -> tuple[float, ...]:
        ranked = auroc(labels, result.scores, weights)
        high = at_recall(labels, result.scores, HIGH_RECALL, weights)
        return ranked, *high, *of_flags(labels, result.flags, weights)

    cells = _with_intervals(statistics, draws, len(labels))
    cells.insert(3, str(int(result.flags.sum())))
    return f"| `{result.name}` | {' | '.join(cells)} |"


def _with_intervals(statistic: Statistic, draws: list[FloatArray], n: int) -> list[str]:
    values = statistic(np.ones(n))
    columns = np.array([statistic(weights) for weights in draws]).T
    cells = []
    for value, drawn in zip(values, columns, strict=True):
        drawn = drawn[~np.isnan(drawn)]
        if np.isnan(value) or not len(drawn):
            cells.append("–")
            continue
        low, high = np.quantile(drawn, [0.025, 0.975])
        cells.append(f"{value:.3f} ({low:.3f} to {high:.3f})")
    return cells


def _calibrated(labelled: Labelled, results: list[Result]) -> list[str]:
    """Thresholds chosen on four fifths, scored on the fifth that had no part in it."""
    pairs = (("oscillatory_calibrated", "oscillatory"), ("text", ANY))
    lines = [
        "### Thresholds chosen by cross-validation",
        "",
        f"The highest threshold with a recall of at least {THRESHOLD_RECALL:.0%} on four folds, "
        "applied to the fifth.",
        "",
        "| detector | label | threshold | flagged | precision | recall |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name, kind in pairs:
        labels = labelled.labels[kind]
        scores = next(one.scores for one in results if one.name == name)
        chosen: list[float] = []

        def fitted(
            rows: BoolArray,
            labels: BoolArray = labels,
            scores: FloatArray = scores,
            chosen: list[float] = chosen,
        ) -> Callable[[BoolArray], BoolArray]:
            threshold = lowest(labels[rows], scores[rows], THRESHOLD_RECALL)
            chosen.append(threshold)
            return lambda others: scores[others] >= threshold

        flags = cross_validated(labelled.group, fitted, seed=0).astype(np.bool_)
        precision, recall = of_flags(labels, flags, np.ones(len(labels)))
        span = f"{min(chosen):.3f} to {max(chosen):.3f}"
        lines.append(
            f"| `{name}` | {kind} | {span} | {flags.sum()} | {precision:.3f} | {recall:.3f} |"
        )
    return lines


def lowest(labels: BoolArray, scores: FloatArray, recall: float) -> float:
    """The highest threshold at which at least that share of the labelled rows is flagged;
    infinity, so that nothing is, where no row is labelled."""
    if not labels.any():
        return float("inf")
    falling = np.sort(scores[labels])[::-1]
    return float(falling[int(np.ceil(recall * len(falling))) - 1])


def _published() -> list[str]:
    lines = [
        "### Published, with a model or a reference",
        "",
        "AUROC on Guerreiro et al. 2023, as printed by Dale et al. 2023; text alone, there: "
        "count of the top bigram, 0.594 for any, 0.868 for oscillatory hallucinations.",
        "",
        "| detector | any | fully detached |",
        "| --- | --- | --- |",
    ]
    return lines + [f"| {name} | {some:.3f} | {full:.3f} |" for name, some, full in PUBLISHED]


def known_recall(labelled: Labelled) -> dict[str, dict[str, object]]:
    """For each detector, what it finds of each kind: flags, hits and labels."""
    found: dict[str, dict[str, object]] = {}
    for name in SIGNS:
        flags = _result(name, labelled).flags
        kinds = {
            kind: [int((labels & flags).sum()), int(labels.sum())]
            for kind, labels in labelled.labels.items()
        }
        found[name] = {"flagged": int(flags.sum()), "found": kinds}
    return found


def main() -> None:
    """Print the table, or write what reports say."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.labels", description=__doc__)
    parser.add_argument("--labels", type=Path, default=LABELS, metavar="CSV")
    parser.add_argument("--write", action="store_true", help="write kdaudit/report/recall.json")
    options = parser.parse_args()
    print(table(options.labels))
    if options.write and options.labels.is_file():
        labelled = read(options.labels)
        output = Path(__file__).parents[1] / "kdaudit/report/recall.json"
        about = {"corpus": "Guerreiro et al. 2023", "translations": len(labelled.segments)}
        contents = {**about, "detectors": known_recall(labelled)}
        output.write_text(json.dumps(contents, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
