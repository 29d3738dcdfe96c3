"""What the comparison needs to know of a run's texts; reads corpora and translations.

Texts are read part by part, two files at a time, and not kept: what stays is a key of
each, and whether it is blank.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa

from kdaudit.artifacts import CORPUS, TRANSLATIONS, read_parts
from kdaudit.segments import BoolArray, IntArray, Segments
from kdaudit.stages.base import Context
from kdaudit.stages.keys import text_keys
from kdaudit.texts import filled, stripped

THREADS = 2
"""Files that are read at a time."""


class ComparedTexts:
    """Keys of texts, and which are not blank, by split, and by model and split.

    `sources`: a key of each distinct pair (of each source, in a split without targets),
    and which sources are not blank. `translations`: keys that are equal for texts that
    are equal after `str.strip`, and which are not blank. `ids`: segments without columns.
    """

    def __init__(self, context: Context):
        self._context = context
        self._ids: dict[str, Segments] = {}
        self._sources: dict[str, tuple[IntArray, BoolArray]] = {}
        self._translations: dict[tuple[str, str], tuple[IntArray, BoolArray]] = {}

    def read(self, splits: Iterable[str], models: Sequence[str]) -> None:
        """Read all that may be asked for."""
        splits = list(splits)
        for split in splits:
            self.ids(split)
        with ThreadPoolExecutor(THREADS) as pool:
            jobs = [pool.submit(self.sources, split) for split in splits]
            jobs += [
                pool.submit(self.translations, model, split) for split in splits for model in models
            ]
            for job in jobs:
                job.result()
        pa.default_memory_pool().release_unused()

    def ids(self, split: str) -> Segments:
        if split not in self._ids:
            self._ids[split] = self._context.corpus(split, [])
        return self._ids[split]

    def sources(self, split: str) -> tuple[IntArray, BoolArray]:
        if split not in self._sources:
            monolingual = split in self._context.recipe.monolingual_splits
            path = self._context.directory.corpus(split)
            _, keys, written = _read(path, CORPUS, ["source"] if monolingual else SIDES)
            self._sources[split] = keys, written
        return self._sources[split]

    def translations(self, model: str, split: str) -> tuple[IntArray, BoolArray]:
        if (model, split) not in self._translations:
            path = self._context.directory.translations(model, split)
            ids, keys, written = _read(path, TRANSLATIONS, ["translation"])
            what = f"translations of {model}, {split}"
            rows = self.ids(split).rows_of(pa.table({"id": ids}), what)
            if rows is not None:
                keys, written = keys[rows.to_numpy()], written[rows.to_numpy()]
            self._translations[model, split] = keys, written
        return self._translations[model, split]


SIDES = ["source", "target"]


def _read(
    path: Path, schema: pa.Schema, columns: list[str]
) -> tuple[IntArray, IntArray, BoolArray]:
    """Ids, keys of the columns' texts, and where the first of them is not blank. A translation is
    what it is after `str.strip`; a pair as it stands."""
    ids, keys, written = [], [], []
    for part in read_parts(path, schema, ["id", *columns]):
        segments = Segments(part)
        texts = [segments.strings(column) for column in columns]
        first = stripped(texts[0])
        ids.append(segments.ids)
        keys.append(text_keys(first) if schema is TRANSLATIONS else text_keys(*texts))
        written.append(filled(first))
    return np.concatenate(ids), np.concatenate(keys), np.concatenate(written)
