"""Comparing systems by their translations alone: plain files in, no model and no run directory.

Reads a source, a target and one translations file per system; writes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from kdaudit._version import __version__
from kdaudit.comparison import (
    Categories,
    Comparison,
    Flags,
    Lineage,
    Split,
    compare,
    inheritance,
)
from kdaudit.corpus import read_sources
from kdaudit.detectors import DETECTORS, detector
from kdaudit.detectors.base import Detector, Services
from kdaudit.detectors.language import identify
from kdaudit.errors import InputError, NotComputable, RecipeError
from kdaudit.progress import Progress, silent
from kdaudit.recipe.settings import EVERY_MODEL
from kdaudit.registry import unknown
from kdaudit.segments import Segments
from kdaudit.settings import parse
from kdaudit.stages.compare import blank_translations
from kdaudit.stages.keys import corpus_hash, text_keys
from kdaudit.texts import numbered, stripped

DEFAULT_MEASURES = ("exact_match", "oscillatory", "repeated_target")
SPLIT = "text"

IDENTIFIED = 1000
"""So many lines of the corpus tell its languages."""


def run(
    source: Path,
    target: Path,
    translations: Mapping[str, Path],
    measures: Sequence[str] = DEFAULT_MEASURES,
    reference: str | None = None,
    lineages: Sequence[Lineage] = (),
    *,
    seed: int = 1,
    bootstrap: int = 10_000,
    progress: Progress = silent,
) -> Comparison:
    """Measurements of every system, contrasts with the reference, and what students inherit.

    The reference is by default the baseline of the first lineage, or the first system; `all`:
    every system. Raises InputError where a file has another number of lines than the source,
    RecipeError where a lineage names no system or a name cannot be shown, and NotComputable for a
    measure that needs more than texts.
    """
    if not translations:
        raise RecipeError("there are no translations to compare")
    _check_names(translations)
    _check(lineages, list(translations))
    chosen = [_textual(name) for name in measures]
    texts = _aligned({"source": source, "target": target, **translations})
    base = Segments.of(source=texts.pop("source"), target=texts.pop("target"))
    services = _services(chosen, base)
    flags, blank = [], {}
    for number, (model, lines) in enumerate(texts.items()):
        segments = base.with_column("translation", lines)
        blank[model] = blank_translations(base.strings("source"), lines)
        for detection in chosen:
            progress(number, len(texts), f"{model}: {detection.name}")
            flags.append(_flags(detection, segments, model, services))
    keys = text_keys(base.strings("source"), base.strings("target"))
    split = Split.of(
        SPLIT,
        keys,
        {"all": Categories(np.zeros(len(base), dtype=np.int64), ("all",))},
    )
    signature = {
        "version": __version__,
        "recipe": None,
        "detectors": {one.name: one.signature() for one in chosen},
        "corpus": {SPLIT: corpus_hash(keys)},
        "files": {"source": str(source), "target": str(target)}
        | {name: str(path) for name, path in translations.items()},
    }
    against = _references(reference, lineages, list(translations))
    found = compare(
        [split], flags, (), against, seed=seed, bootstrap=bootstrap, signature=signature
    )
    rows = inheritance([split], flags, lineages, seed=seed, bootstrap=bootstrap)
    counts = {model: count for model, count in blank.items() if count}
    about: dict[str, Any] = {"blank_translations": {SPLIT: counts} if counts else {}}
    if lineages:
        about["inheritance"] = [row.to_json_dict() for row in rows]
    return replace(found, about=about)


def _check_names(systems: Iterable[str]) -> None:
    """Names stand in tables, on terminals and in XML: blanks are allowed, escapes are not."""
    for name in systems:
        if not name.strip() or not name.isprintable():
            raise RecipeError(f"'{name}' is no name: characters that are seen, and blanks, only")


def _check(lineages: Sequence[Lineage], systems: list[str]) -> None:
    for lineage in lineages:
        for role, name in vars(lineage).items():
            if name is not None and name not in systems:
                raise RecipeError(unknown(name, systems, f"system to be the {role}"))
        if len({*vars(lineage).values()}) < len(vars(lineage)):
            names = ", ".join(f"{role} {name}" for role, name in vars(lineage).items() if name)
            raise RecipeError(f"a system has one part in an inheritance ({names})")


def _references(
    chosen: str | None, lineages: Sequence[Lineage], systems: list[str]
) -> tuple[str, ...]:
    baselines = [lineage.baseline for lineage in lineages if lineage.baseline is not None]
    first = [*baselines, *systems][0]
    if chosen == EVERY_MODEL and EVERY_MODEL not in systems:
        return (first, *(name for name in systems if name != first))
    return (chosen or first,)


def _textual(name: str) -> Detector:
    one = parse(detector(name), {}, name)
    if missing := _beside_texts(one):
        plain = [key for key, kind in DETECTORS.items() if not _beside_texts(kind())]
        raise NotComputable(
            f"{name} cannot be computed from texts alone: it needs {', '.join(missing)} "
            f"(texts suffice for: {', '.join(plain)})"
        )
    return one


def _beside_texts(detection: Detector) -> list[str]:
    """What a detector needs that no text has."""
    needs = detection.needs
    missing = [one for one in needs.columns if one not in {"source", "target", "translation"}]
    return missing + ["the model itself"] * needs.translate


def _aligned(files: Mapping[str, Path]) -> dict[str, pa.ChunkedArray]:
    texts = {name: read_sources(path).strings("source") for name, path in files.items()}
    expected = len(texts["source"])
    for name, lines in texts.items():
        if len(lines) != expected:
            raise InputError(
                f"has {len(lines)} lines, {files['source']} has {expected}", path=files[name]
            )
    return texts


def _services(chosen: Sequence[Detector], base: Segments) -> Services:
    """The languages are identified from the corpus where a measure asks for them."""
    if not any(one.needs.languages for one in chosen):
        return Services()
    return Services(_language(base, "source"), _language(base, "target"))


def _language(base: Segments, side: str) -> str:
    """The language of most of the first lines; InputError where none is identified."""
    lines = base.strings(side).slice(0, IDENTIFIED).to_pylist()
    found = Counter(language for language in identify(lines) if language)
    if not found:
        raise InputError(f"no language could be identified in the {side}'s first lines")
    return found.most_common(1)[0][0]


def _flags(detection: Detector, segments: Segments, model: str, services: Services) -> Flags:
    scored = detection.score(segments, services)
    flagged = detection.judge(scored)
    shared = None
    if detection.unit == "translation":
        shared = numbered(stripped(segments.strings("translation")))
    return Flags(detection.name, model, SPLIT, scored.eligible, np.asarray(flagged), shared)
