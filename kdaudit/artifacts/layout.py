"""Where each artifact of a run lies, and how shards are called; opens no file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]{0,63}")
"""What a model, split, detector or scheme may be called: it becomes part of a path, and of command
lines, where a '-' would begin an option."""


@dataclass(frozen=True)
class RunDirectory:
    """Where each artifact of a run lies."""

    path: Path

    @property
    def manifest(self) -> Path:
        return self.path / "manifest.json"

    @property
    def recipe(self) -> Path:
        return self.path / "recipe.json"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def subwords(self) -> Path:
        return self.path / "corpus" / "subword.model"

    @property
    def corpus_manifest(self) -> Path:
        return self.path / "corpus" / "manifest.json"

    @property
    def comparison(self) -> Path:
        return self.path / "comparison" / "comparison.json"

    @property
    def report(self) -> Path:
        return self.path / "report"

    def corpus(self, split: str) -> Path:
        return self.path / "corpus" / f"{split}.parquet"

    def model(self, model: str) -> Path:
        return self.path / "models" / model

    def model_manifest(self, model: str) -> Path:
        return self.model(model) / "manifest.json"

    def curve(self, model: str) -> Path:
        return self.model(model) / "training.jsonl"

    def distilled(self, model: str) -> Path:
        return self.path / "distilled" / f"{model}.parquet"

    def selected(self, model: str) -> Path:
        return self.path / "selected" / f"{model}.parquet"

    def translations(self, model: str, split: str) -> Path:
        return self.path / "translations" / model / split

    def scores(self, model: str, text: str, split: str) -> Path:
        return self.path / "scores" / model / text / f"{split}.parquet"

    def detections(self, detector: str, model: str, split: str) -> Path:
        return self.path / "detections" / detector / model / f"{split}.parquet"

    def quality(self, metric: str, model: str, split: str) -> Path:
        return self.path / "quality" / metric / model / f"{split}.parquet"

    def subgroups(self, scheme: str, split: str) -> Path:
        return self.path / "subgroups" / scheme / f"{split}.parquet"

    def counterfactual(self, model: str) -> Path:
        return self.path / "counterfactual" / f"{model}.parquet"

    @property
    def counterfactual_summary(self) -> Path:
        return self.path / "counterfactual" / "summary.json"

    def counterfactual_round(self, number: int | str) -> Path:
        return self.path / "counterfactual" / "rounds" / f"{number}.json"

    def subset(self, number: int | str) -> RunDirectory:
        """The run directory of the models on one subset of the training pairs."""
        return RunDirectory(self.path / "counterfactual" / "subsets" / str(number))


def shard_name(number: int, count: int) -> str:
    """The file of shard `number` (from 0) of `count`."""
    return f"part-{number:05d}-of-{count:05d}.parquet"


def shard_rows(rows: int, number: int, count: int) -> range:
    """The rows, out of `rows`, that shard `number` of `count` holds."""
    return range(rows * number // count, rows * (number + 1) // count)


@dataclass(frozen=True)
class Shard:
    """One of `count` parts of a split, by its `number` from 0."""

    number: int
    count: int

    @property
    def name(self) -> str:
        """Its file."""
        return shard_name(self.number, self.count)

    def rows(self, rows: int) -> range:
        """Those, out of `rows`, that it holds."""
        return shard_rows(rows, self.number, self.count)

    def of(self, path: Path) -> Path:
        """Where it lies until the shards of the table `path` are put together: in a folder of the
        table's name, beside it."""
        return path.with_suffix("") / self.name
