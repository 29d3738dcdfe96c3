"""Comparing systems by their translations alone: plain files in, no model and no run directory.

Reads a source, a target and one translations file per system; writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from kdaudit._version import __version__
from kdaudit.comparison import Categories, Comparison, Flags, Split, compare
from kdaudit.corpus import read_sources
from kdaudit.detectors import DETECTORS, detector
from kdaudit.detectors.base import Detector, Services
from kdaudit.errors import InputError, NotComputable
from kdaudit.progress import Progress, silent
from kdaudit.segments import Segments
from kdaudit.settings import parse
from kdaudit.stages.compare import blank_translations, text_keys
from kdaudit.texts import numbered, stripped

DEFAULT_MEASURES = ("exact_match", "oscillatory", "repeated_target")
SPLIT = "text"


def run(
    source: Path,
    target: Path,
    translations: Mapping[str, Path],
    measures: Sequence[str] = DEFAULT_MEASURES,
    reference: str | None = None,
    *,
    seed: int = 1,
    bootstrap: int = 10_000,
    progress: Progress = silent,
) -> Comparison:
    """Measurements of every system, and contrasts with the reference (the first by default).

    Raises InputError where a file has another number of lines than the source, and
    NotComputable for a measure that needs more than texts.
    """
    chosen = [_textual(name) for name in measures]
    texts = _aligned({"source": source, "target": target, **translations})
    base = Segments.of(source=texts.pop("source"), target=texts.pop("target"))
    flags, blank = [], {}
    for number, (model, lines) in enumerate(texts.items()):
        segments = base.with_column("translation", lines)
        blank[model] = blank_translations(base.strings("source"), lines)
        for detection in chosen:
            progress(number, len(texts), f"{model}: {detection.name}")
            flags.append(_flags(detection, segments, model))
    split = Split.of(
        SPLIT,
        text_keys(base.strings("source"), base.strings("target")),
        {"all": Categories(np.zeros(len(base), dtype=np.int64), ("all",))},
    )
    signature = {
        "version": __version__,
        "recipe": None,
        "detectors": {one.name: one.signature() for one in chosen},
        "files": {"source": str(source), "target": str(target)}
        | {name: str(path) for name, path in translations.items()},
    }
    against = reference or next(iter(translations))
    found = compare(
        [split], flags, (), against, seed=seed, bootstrap=bootstrap, signature=signature
    )
    counts = {model: count for model, count in blank.items() if count}
    return replace(found, about={"blank_translations": {SPLIT: counts} if counts else {}})


def _textual(name: str) -> Detector:
    one = parse(detector(name), {}, name)
    allowed = {"source", "target", "translation"}
    missing = [column for column in one.needs.columns if column not in allowed]
    missing += ["the model itself"] * one.needs.translate
    if missing:
        plain = [key for key in DETECTORS if key in DEFAULT_MEASURES]
        raise NotComputable(
            f"{name} cannot be computed from texts alone: it needs {', '.join(missing)} "
            f"(texts suffice for: {', '.join(plain)})"
        )
    return one


def _aligned(files: Mapping[str, Path]) -> dict[str, pa.ChunkedArray]:
    texts = {name: read_sources(path).strings("source") for name, path in files.items()}
    expected = len(texts["source"])
    for name, lines in texts.items():
        if len(lines) != expected:
            raise InputError(
                f"has {len(lines)} lines, {files['source']} has {expected}", path=files[name]
            )
    return texts


def _flags(detection: Detector, segments: Segments, model: str) -> Flags:
    scored = detection.score(segments, Services())
    flagged = detection.judge(scored)
    shared = None
    if detection.unit == "translation":
        shared = numbered(stripped(segments.strings("translation")))
    return Flags(detection.name, model, SPLIT, scored.eligible, np.asarray(flagged), shared)
