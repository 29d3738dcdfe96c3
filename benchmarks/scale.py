"""What a recipe costs on a corpus of some size, reckoned from throughputs that were measured.

    python -m benchmarks.throughputs --output throughputs.json
    python -m benchmarks.scale wmt20-en-de --throughputs throughputs.json --pairs 48000000

The jobs are the recipe's own: its trainings, the translations of every model, KD corpora of other
beams, back-translations, forced scores, and the prefixes of extractive memorization. Throughputs
are of one device, a GPU or the processors of a job, by the sizes of model that `throughputs`
measured. Nothing is measured here: every line is work over throughput. Reads the recipe and the
throughputs, no corpus; prints Markdown.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from kdaudit.errors import RecipeError
from kdaudit.recipe import TRAIN, Recipe, find, load
from kdaudit.stages import detect, distill, measure
from kdaudit.stages.plan import Plan
from kdaudit.stages.translate import decoding
from kdaudit.training.settings import TrainerSettings

KINDS = (
    "training",
    "KD corpora",
    "translations",
    "back-translations",
    "forced scores",
    "extraction",
)

TRANSLATIONS = KINDS[1:3]


@dataclass(frozen=True)
class Speed:
    """Throughputs a second of a size of model: target tokens of a training; lines, greedy, with a
    beam of 5, and forced; prefixes."""

    width: int
    feed_forward: int
    layers: int
    training: float
    greedy: float
    beam5: float
    forced: float
    prefixes: float

    def decoding(self, beam: int) -> float:
        """Lines a second with a beam: the time of a line grows with it as from 1 to 5."""
        first, fifth = 1 / self.greedy, 1 / self.beam5
        return 1 / (first + (fifth - first) * (beam - 1) / 4)


@dataclass(frozen=True)
class Corpus:
    """What is known of the corpus, and assumed of the models on it.

    `pairs` of the training split, `lines` of each other split that says no number itself, `words`
    of a source, `tokens` of a target; `replicated`, `replicated_kd`: the shares of the pairs that
    a model replicates, of the corpus and of its KD corpus; `share`: of a source, for prefixes.
    """

    pairs: int
    lines: int = 2000
    words: float = 25
    tokens: float = 32
    replicated: float = 0.12
    replicated_kd: float = 0.5
    share: float = 0.75


@dataclass(frozen=True)
class Job:
    """A part of the work: so much of a `unit`, its seconds on one device, and how many devices it
    is divided among, by its shards or by its processes."""

    kind: str
    model: str
    amount: float
    unit: str
    seconds: float
    devices: int


@dataclass(frozen=True)
class Reckoning:
    """The jobs of a recipe that ask a model."""

    recipe: Recipe
    corpus: Corpus
    speeds: Sequence[Speed]

    @cached_property
    def jobs(self) -> list[Job]:
        """All of them, kind by kind."""
        found = [*self._trainings(), *self._translations(), *self._measures()]
        return sorted(found, key=lambda job: KINDS.index(job.kind))

    def _trainings(self) -> Iterator[Job]:
        for name, model in self.recipe.models.items():
            if model.checkpoint is None and model.given is None:
                tokens = self._trained(name, model.trainer)
                seconds = tokens / self._speed(name).training
                devices = _devices(model.trainer)
                yield Job("training", name, tokens, "target tokens", seconds, devices)

    def _trained(self, name: str, trainer: TrainerSettings) -> float:
        """Target tokens that a training sees."""
        if trainer.updates is not None:
            return trainer.updates * trainer.batch_tokens * trainer.accumulate * _devices(trainer)
        finetuning = self.recipe.models[name].finetuning
        most = self.corpus.pairs
        if finetuning is not None:
            most = int(dict(finetuning.settings).get("most", most))
        return (trainer.epochs or 1) * min(most, self.corpus.pairs) * self.corpus.tokens

    def _translations(self) -> Iterator[Job]:
        audited = [(m, s) for m in self.recipe.audited_models for s in self.recipe.audited_splits]
        kd = dict.fromkeys(
            (distill.teacher_of(self.recipe, student), distill.kd_split(self.recipe, student))
            for student in self.recipe.students
        )
        for model, split in [*audited, *(place for place in kd if place not in audited)]:
            kind = "translations" if (model, split) in audited else "KD corpora"
            of, beam, _ = decoding(self.recipe, split)
            speed = self._speed(model).decoding(beam)
            yield self._of_lines(kind, model, self._lines(of), speed)

    def _measures(self) -> Iterator[Job]:
        plan = Plan(self.recipe)
        for metric, _, split in plan.quality:
            reverse = self.recipe.first("reverse")
            if measure.asks_a_model(self.recipe, metric) and reverse is not None:
                speed = self._speed(reverse).greedy
                yield self._of_lines("back-translations", reverse, self._lines(split), speed)
        scored = [*plan.scores, *((model, split) for model, _, split in plan.judged)]
        for model, split in scored:
            speed = self._speed(model).forced
            yield self._of_lines("forced scores", model, self._lines(split), speed)
        for name, model, split in plan.detections:
            if detect.base_name(name) == "extractive":
                yield self._extraction(model, split, name.endswith(detect.KD))

    def _extraction(self, model: str, split: str, of_kd: bool) -> Job:
        corpus = self.corpus
        share = corpus.replicated_kd if of_kd else corpus.replicated
        prefixes = self._lines(split) * share * int(corpus.words * corpus.share)
        seconds = prefixes / self._speed(model).prefixes
        return Job("extraction", model, prefixes, "prefixes", seconds, self.recipe.shards)

    def _of_lines(self, kind: str, model: str, lines: int, speed: float) -> Job:
        return Job(kind, model, lines, "lines", lines / speed, self.recipe.shards)

    def _lines(self, split: str) -> int:
        if split == TRAIN:
            return self.corpus.pairs
        files = self.recipe.corpus.splits.get(split, ())  # of the embedded corpus there are none
        return int(next((one.first for one in files if one.first), self.corpus.lines))

    def _speed(self, model: str) -> Speed:
        trainer = self.recipe.models[model].trainer
        size = (trainer.width, trainer.feed_forward, trainer.layers)
        for speed in self.speeds:
            if (speed.width, speed.feed_forward, speed.layers) == size:
                return speed
        raise RecipeError(f"no throughput was measured of the size of '{model}' ({size})")


def _devices(trainer: TrainerSettings) -> int:
    return trainer.processes * trainer.nodes


def table(found: Reckoning, text_bytes: float) -> str:
    """Markdown: device-hours by kind of work, trainings by model, and what is stored."""
    recipe, corpus = found.recipe, found.corpus
    rows = [f"`{recipe.name}`, {corpus.pairs:,} pairs, {recipe.shards} shards, reckoned:", ""]
    rows += [
        "| part | work | device-hours | share | devices that can share it |",
        "| --- " * 5 + "|",
    ]
    total = sum(job.seconds for job in found.jobs)
    for kind in KINDS:
        jobs = [job for job in found.jobs if job.kind == kind]
        # Trainings one by one, since they are the longest; all else together.
        alone = {f"training, {job.model}": [job] for job in jobs}
        for name, group in (alone if kind == "training" else {kind: jobs} if jobs else {}).items():
            seconds = sum(job.seconds for job in group)
            amount = f"{sum(job.amount for job in group):.3g} {group[0].unit}"
            share = f"{seconds / 3600:,.1f} | {100 * seconds / total:.1f}%"
            rows.append(f"| {name} | {amount} | {share} | {sum(job.devices for job in group):,} |")
    rows += [f"| in all | | {total / 3600:,.1f} | | |", ""]
    texts = {
        "the corpus": 2 * corpus.pairs,
        "KD corpora": 2 * corpus.pairs * len(recipe.students),
        "translations": sum(one.amount for one in found.jobs if one.kind in TRANSLATIONS),
    }
    shown = ", ".join(f"{name} {count * text_bytes / 1e9:,.1f} GB" for name, count in texts.items())
    return "\n".join([*rows, f"Stored texts, at {text_bytes:g} bytes each: {shown}.", ""])


def speeds_of(path: Path) -> list[Speed]:
    """The throughputs that `benchmarks.throughputs` has written."""
    return [Speed(**row) for row in json.loads(path.read_text(encoding="utf-8"))]


def main() -> None:
    """Print the table of a recipe."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.scale",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("recipe", help="a file, or a name")
    parser.add_argument("--throughputs", type=Path, required=True)
    parser.add_argument("--text-bytes", type=float, default=60, help="of a stored text")
    defaults = Corpus(0)
    parser.add_argument("--pairs", type=int, required=True, help="of the training split")
    for name, value in vars(defaults).items():
        if name != "pairs":
            option = f"--{name.replace('_', '-')}"
            parser.add_argument(option, type=type(value), default=value, help="%(default)s")
    options = vars(parser.parse_args())
    recipe = load(find(options.pop("recipe")))
    speeds, text_bytes = speeds_of(options.pop("throughputs")), options.pop("text_bytes")
    print(table(Reckoning(recipe, Corpus(**options), speeds), text_bytes))


if __name__ == "__main__":
    main()
