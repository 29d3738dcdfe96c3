"""The plain-Python way, as the released scripts have it: lists, loops and dictionaries.

    python -m benchmarks.plain repeated_target|natural|compare RUN_DIR

Written anew after the published descriptions, as the baseline of `sharing` and
`comparison`. Reads a run directory of theirs, prints what it counted as JSON. The
rates have no intervals and the differences no tests: the scripts have none.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

from kdaudit.artifacts import (
    CORPUS,
    DETECTIONS,
    QUALITY,
    SUBGROUPS,
    TRANSLATIONS,
    RunDirectory,
    read_table,
)
from kdaudit.detectors.natural import Natural
from kdaudit.recipe import load_stored

SPLIT, MODEL = "train", "baseline"


def repeated_target(sources: list[str], translations: list[str]) -> int:
    """How many segments have a translation that at least five distinct sources share."""
    sharing = _sources(sources, translations)
    return sum(
        bool(source.strip()) and len(sharing[translation.strip()]) >= 5
        for source, translation in zip(sources, translations, strict=True)
        if translation.strip()
    )


def natural(sources: list[str], translations: list[str], gate: list[float]) -> int:
    """How many distinct pairs have such a translation and a gate below the threshold."""
    sharing, seen, found = _sources(sources, translations), set(), 0
    for source, translation, score in zip(sources, translations, gate, strict=True):
        pair = source.strip(), translation.strip()
        if all(pair) and pair not in seen:
            seen.add(pair)
            found += len(sharing[pair[1]]) >= 5 and score < Natural.threshold
    return found


def _sources(sources: list[str], translations: list[str]) -> dict[str, set[str]]:
    sharing: dict[str, set[str]] = defaultdict(set)
    for source, translation in zip(sources, translations, strict=True):
        if source.strip():
            sharing[translation.strip()].add(source.strip())
    return sharing


def compare(directory: RunDirectory) -> dict[str, float]:
    """The rate of each measure, model, scheme and subgroup."""
    recipe = load_stored(directory.recipe)
    schemes = {}
    for scheme in recipe.subgroups:
        table = read_table(directory.subgroups(scheme, SPLIT), SUBGROUPS, ["id", "subgroup"])
        schemes[scheme] = table.column("subgroup").to_pylist()
    rates = {}
    for measure in recipe.detectors:
        for model in recipe.audited_models:
            path = directory.detections(measure, model, SPLIT)
            table = read_table(path, DETECTIONS, ["eligible", "flagged"])
            eligible, flagged = (table.column(name).to_pylist() for name in table.column_names)
            for scheme, names in schemes.items():
                counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
                for name, one, other in zip(names, eligible, flagged, strict=True):
                    counts[name][0] += one
                    counts[name][1] += other
                for name, (n, events) in counts.items():
                    rates[f"{measure} {model} {scheme} {name}"] = events / n
    return rates


def main(what: str, folder: str) -> None:
    """Count, and print it."""
    directory = RunDirectory(Path(folder))
    if what == "compare":
        print(json.dumps(compare(directory)))
        return
    corpus = read_table(directory.corpus(SPLIT), CORPUS, ["source"])
    path = directory.translations(MODEL, SPLIT)
    texts = read_table(path, TRANSLATIONS, ["translation"])
    sides = corpus.column("source").to_pylist(), texts.column("translation").to_pylist()
    if what == "repeated_target":
        print(json.dumps(repeated_target(*sides)))
    else:
        path = directory.quality("back_translation", MODEL, SPLIT)
        gate = read_table(path, QUALITY, ["score"]).column("score").to_pylist()
        print(json.dumps(natural(*sides, gate)))


if __name__ == "__main__":
    main(*sys.argv[1:])
