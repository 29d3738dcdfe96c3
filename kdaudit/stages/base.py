"""What every stage is given, and how stages read columns of a run; reads artifacts.

A stage is a module with three functions: `inputs` names the files that it reads,
`settings` the part of the recipe that it depends on (when either changes, the
workflow runs it again), and `run` does it: artifacts in, one package called,
artifacts out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from kdaudit.artifacts import (
    CORPUS,
    DISTILLED,
    QUALITY,
    TRANSLATIONS,
    RunDirectory,
    read_table,
)
from kdaudit.corpus.subwords import Subwords
from kdaudit.inference import Translator
from kdaudit.progress import Progress, silent
from kdaudit.recipe import Recipe
from kdaudit.segments import Segments

TRANSLATION_COLUMNS = {name: name for name in TRANSLATIONS.names if name != "id"}


@dataclass(frozen=True)
class Context:
    """One run: where it is, what it is about, and whom to tell how far a stage is."""

    directory: RunDirectory
    recipe: Recipe
    progress: Progress = silent

    def corpus(self, split: str) -> Segments:
        """A split of the corpus, with all its columns."""
        return Segments(read_table(self.directory.corpus(split), CORPUS))

    def translated(self, model: str, split: str) -> Segments:
        """A split with a model's `translation`, `log_probability` and `tokens`."""
        table = read_table(self.directory.translations(model, split), TRANSLATIONS)
        return self.corpus(split).join(
            table, TRANSLATION_COLUMNS, f"translations of {model}, {split}"
        )

    def with_kd_targets(self, segments: Segments, student: str) -> Segments:
        """Segments whose `target` is that of the student's KD corpus."""
        table = read_table(self.directory.distilled(student), DISTILLED)
        return segments.join(table, {"target": "target"}, f"KD corpus of {student}")

    def with_quality(self, segments: Segments, metric: str, model: str, split: str) -> Segments:
        """Segments with a column `quality.<metric>`: the metric's scores of the model."""
        table = read_table(self.directory.quality(metric, model, split), QUALITY)
        name = f"quality.{metric}"
        return segments.join(table, {"score": name}, f"{name} of {model}, {split}")

    def translator(self, model: str) -> Translator:
        """A trained model, ready to translate."""
        subwords = Subwords(self.directory.subwords)
        model_path = self.directory.model(model) / "ctranslate2"
        return Translator(model_path, subwords, self.recipe.inference)


def counted(values: Iterable[Any], total: int, progress: Progress, note: str) -> Iterator[Any]:
    """The values, one by one, with the progress told."""
    for done, value in enumerate(values, 1):
        if done % 64 == 0 or done == total:
            progress(done, total, note)
        yield value


def digest(*settings: object) -> str:
    """A short name of settings: it changes when they do."""
    text = json.dumps(settings, sort_keys=True, default=lambda value: value.model_dump(mode="json"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def distinct(values: Sequence[str]) -> list[str]:
    """The values without repeats, in order of first occurrence."""
    return list(dict.fromkeys(values))
