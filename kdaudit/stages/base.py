"""What every stage is given, and how stages read columns of a run; reads artifacts.

A stage is a module with three functions: `inputs` names the files that it reads,
`settings` the part of the recipe that it depends on (when either changes, the
workflow runs it again), and `run` does it: artifacts in, one package called,
artifacts out.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from kdaudit.artifacts import (
    CORPUS,
    DISTILLED,
    QUALITY,
    SCORES,
    TRANSLATIONS,
    RunDirectory,
    Shard,
    count_rows,
    file_hash,
    read_object,
    read_rows,
    read_shard,
    read_table,
)
from kdaudit.corpus.subwords import Subwords
from kdaudit.detectors.likelihood import per_token
from kdaudit.errors import AlignmentError, ArtifactError, InputError, NotComputable, RecipeError
from kdaudit.fairseq_checkpoint import check_transformer
from kdaudit.inference import ForcedPass, Translator
from kdaudit.inference.devices import uses_cuda
from kdaudit.inference.vocabulary import check_vocabulary
from kdaudit.progress import Progress, silent
from kdaudit.recipe import Recipe
from kdaudit.recorded import check_recorded
from kdaudit.segments import Segments
from kdaudit.stages.tokenizers import limited, pieces_of
from kdaudit.training.command import CHECKPOINT

TRANSLATION_COLUMNS = {name: name for name in TRANSLATIONS.names if name != "id"}


@dataclass(frozen=True)
class Context:
    """One run: where it is, what it is about, and whom to tell how far a stage is.

    `threads` of the engine, where they are not those of the recipe. `shard`: what is read of the
    columns of a split, where it is not all of it.
    """

    directory: RunDirectory
    recipe: Recipe
    progress: Progress = silent
    threads: int | None = None
    shard: Shard | None = None

    def of_shard(self, number: int | None) -> Context:
        """The same for one shard of the recipe's, or for the whole split; RecipeError where there
        is no such shard."""
        if number is None:
            return self
        count = self.recipe.shards
        if not 0 <= number < count:
            raise RecipeError(f"there is no shard {number}: the recipe has {count}, from 0")
        return self.part(Shard(number, count))

    def part(self, shard: Shard) -> Context:
        """The same for a part of every split, of whatever number of parts."""
        return replace(self, shard=shard)

    def place(self, path: Path) -> Path:
        """Where a table of a split is written: at its path, or where its shard lies."""
        return path if self.shard is None else self.shard.of(path)

    def rows(self, split: str) -> range:
        """The rows of a split that are the shard's, or all of them."""
        count = count_rows(self.directory.corpus(split))
        return range(count) if self.shard is None else self.shard.rows(count)

    def table(self, path: Path, schema: pa.Schema, columns: list[str] | None = None) -> pa.Table:
        """A stored table of a split, or the rows of it that are the shard's."""
        if self.shard is None:
            return read_table(path, schema, columns)
        return read_shard(path, schema, self.shard, columns)

    def subwords(self) -> Subwords:
        """The subwords of the corpus."""
        check_recorded(self.directory.subwords)
        return Subwords(self.directory.subwords)

    def corpus(self, split: str, columns: Sequence[str] | None = None) -> Segments:
        """A split of the corpus, with all its columns, or those of some names that it has."""
        path = self.directory.corpus(split)
        table = self.table(path, CORPUS, None if columns is None else ["id", *columns])
        try:
            return Segments(table)
        except AlignmentError as error:
            raise ArtifactError(f"{path}: {error}") from error

    def texts(self, split: str, column: str, rows: range) -> Iterator[str]:
        """A column of some rows of a split, in order, read as it is asked for."""
        path = self.directory.corpus(split)
        for part in read_rows(path, CORPUS, ["id", column], rows):
            try:
                yield from Segments(part).texts(column)
            except AlignmentError as error:
                raise ArtifactError(f"{path}: {error}") from error

    def translated(self, model: str, split: str, columns: Sequence[str] | None = None) -> Segments:
        """A split with a model's `translation`, `log_probability` and `tokens`, or some columns
        of both."""
        wanted = {name: name for name in TRANSLATION_COLUMNS if columns is None or name in columns}
        path = self.directory.translations(model, split)
        table = self.table(path, TRANSLATIONS, ["id", *wanted])
        corpus = columns and [name for name in columns if name not in wanted]
        return self.corpus(split, corpus).join(table, wanted, f"translations of {model}, {split}")

    def with_kd_targets(self, segments: Segments, student: str) -> Segments:
        """Segments whose `target` is that of the student's KD corpus."""
        table = self.table(self.directory.distilled(student), DISTILLED)
        return segments.join(table, {"target": "target"}, f"KD corpus of {student}")

    def with_quality(self, segments: Segments, metric: str, model: str, split: str) -> Segments:
        """Segments with a column `quality.<metric>`: the metric's scores of the model."""
        path = self.directory.quality(metric, model, split)
        table = self.table(path, QUALITY, ["id", "score"])
        name = f"quality.{metric}"
        return segments.join(table, {"score": name}, f"{name} of {model}, {split}")

    def with_score(
        self, segments: Segments, column: str, judge: str, model: str, split: str
    ) -> Segments:
        """Segments with a column of a judge's scores of the model's translations: the mean natural
        log-probability of their tokens, nan where there is none."""
        table = self.table(self.directory.scores(judge, model, split), SCORES)
        what = f"scores of {judge} of the translations of {model}, {split}"
        names = {"log_probability": "judged", "tokens": "judged_tokens"}
        joined = segments.join(table, names, what)
        values = per_token(*(joined.numbers(name) for name in names.values()))
        return segments.with_column(column, values)

    def called(self, model: str) -> str:
        """What a model is called where its numbers are shown: a quantised one is another one. A
        name that is no model's, such as `corpus`, stays as it is."""
        return self.recipe.engine(model).named(model) if model in self.recipe.models else model

    def translator(self, model: str) -> Translator:
        """A model, ready to translate; ArtifactError where it is not of this corpus."""
        if self.recipe.models[model].given is not None:
            return self._given_translator(model)
        subwords = self.subwords()
        model_path = self.directory.model(model) / "ctranslate2"
        settings = self.recipe.inference
        if self.threads is not None:
            settings = settings.model_copy(update={"threads": self.threads})
        translator = Translator(model_path, subwords, settings)
        if not self.recipe.is_imported(model):  # a dictionary of its own was looked at before
            check_vocabulary(model_path, self.directory.subwords, subwords.vocabulary())
        self.check_model(model, "ctranslate2/")
        return translator

    def _given_translator(self, model: str) -> Translator:
        if self.recipe.is_texts(model):
            raise NotComputable(
                f"'{model}' is given as its translations alone: it translates nothing else"
            )
        home, settings = self.directory.model(model), self.recipe.engine(model)
        described = read_object(self.directory.model_manifest(model), "frame", "tokenizer")
        self.check_model(model, "ctranslate2/")
        if self.threads is not None:
            settings = settings.model_copy(update={"threads": self.threads})
        pieces = pieces_of(home, described)
        return Translator(home / "ctranslate2", pieces, limited(settings, described))

    def verifier(self, model: str, translator: Translator) -> Translator | ForcedPass:
        """What says which prefix yields which target: the translator itself, or, on a GPU and
        where the model has its fairseq checkpoint, a parallel pass with the translator for the
        rest. Quantised models are other models, and only the translator is one."""
        checkpoint = self.directory.model(model) / CHECKPOINT
        settings = self.recipe.inference
        if not (uses_cuda(settings.device) and checkpoint.is_file()):
            return translator
        if settings.compute_type != "float32":
            return translator
        self.check_model(model, CHECKPOINT)
        check_transformer(checkpoint)
        home, pair = self.directory.model(model), self.recipe.languages(model)
        dictionaries = [home / f"dict.{language}.txt" for language in pair]
        return ForcedPass(
            checkpoint, self.subwords(), settings, translator.yields, dictionaries=dictionaries
        )

    def check_finished(self, files: Iterable[Path]) -> None:
        """ArtifactError where one of the files, which the stages before this one make, is not
        there."""
        home = self.directory.path
        missing = [str(path.relative_to(home)) for path in files if not path.is_file()]
        if missing:
            more = f" and {len(missing) - 1} more" if missing[1:] else ""
            raise ArtifactError(
                f"{home}: the run is not finished, `kdaudit run` goes on with it (no {missing[0]}"
                f"{more})"
            )

    def check_model(self, model: str, part: str) -> None:
        """ArtifactError where a model is another one, or of other languages or settings than the
        recipe says, or where a file of it, of the `part` that is to be used, is not what was left
        there."""
        manifest = self.directory.model_manifest(model)
        described = read_object(manifest, "languages")
        theirs, ours = tuple(described["languages"]), self.recipe.languages(model)
        if theirs != ours:
            raise ArtifactError(
                f"{manifest}: the model is for {'-'.join(theirs)}, the recipe says {'-'.join(ours)}"
            )
        other, settings = described.get("model", model), training_settings(self.recipe, model)
        if other != model or described.get("settings", settings) != settings:
            raise ArtifactError(
                f"{manifest}: is of '{other}', and not of '{model}' with the settings "
                "of the recipe: `kdaudit run RECIPE --recompute` trains it again"
            )
        for name, expected in described.get("files_sha256", {}).items():
            path = self.directory.model(model) / name
            if name.startswith(part) and not (path.is_file() and file_hash(path) == expected):
                raise ArtifactError(
                    f"{path}: is not what the training of '{model}' left, but made of another "
                    f"checkpoint (its SHA-256 is not that of {manifest}): `kdaudit run RECIPE "
                    "--recompute` trains it again"
                )


def training_settings(recipe: Recipe, model: str) -> str | None:
    """A name for what a training depends on beside its inputs; None for a model that is given."""
    chosen = recipe.models[model]
    if chosen.given is not None:
        return None
    teacher = None if chosen.finetuning is None else chosen.finetuning.teacher
    return digest(chosen.trainer.identity(), recipe.languages(model), teacher, chosen.checkpoint)


def users_files(files: Iterable[Path], made: Path) -> list[Path]:
    """What the user gives a stage that makes `made`, each file once.

    One that is not there is left out, and the stage says so. Where something was made already
    it is named, so that the workflow stops at once: running the stage would cost that.
    """
    is_made = made.exists()
    return [path for path in dict.fromkeys(files) if is_made or path.exists()]


def told(counts: Mapping[str, int], where: str) -> dict[str, str]:
    """Counts for a file's metadata; those that are not 0 are said aloud, too."""
    for what, count in counts.items():
        if count:
            print(f"kdaudit: warning: {where}: {what}: {count}", file=sys.stderr)
    return {what: str(count) for what, count in counts.items()}


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let an InputError that is raised inside say which file it is about."""
    try:
        yield
    except InputError as error:
        raise InputError(str(error), path=path) from error


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
