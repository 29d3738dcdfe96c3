"""Stage `train`: trains one model with fairseq and converts it for inference.

Reads the corpus or, for a student, its KD corpus; writes `models/<model>/`:
`checkpoint.pt` with its dictionaries, `ctranslate2/`, `training.jsonl` and, last,
`manifest.json`. The work directory beside them holds what a killed training goes
on from; it goes when the model is finished.
"""

from __future__ import annotations

import json
import math
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from kdaudit.artifacts import (
    CORPUS,
    DISTILLED,
    SELECTED,
    RunDirectory,
    file_hash,
    read_object,
    read_table,
    write_json,
    write_text,
)
from kdaudit.corpus.subwords import Subwords
from kdaudit.errors import TrainingError
from kdaudit.inference.devices import uses_cuda
from kdaudit.recipe import TRAIN, VALID, Recipe
from kdaudit.segments import Segments
from kdaudit.stages import given, imported
from kdaudit.stages.base import Context, naming, training_settings
from kdaudit.stages.model_files import HASHES, hashes
from kdaudit.training import Command, run_commands, training_commands
from kdaudit.training.checkpoints import LAST, STAMP, prepare_resume
from kdaudit.training.command import CHECKPOINT, CHECKPOINTS, CONVERTED, DATA, check_command
from kdaudit.training.process import Row, diverged, training_curve
from kdaudit.training.settings import TrainerSettings

POSITIONS = 1024
"""The longest sequence, end of sentence included, that fairseq's transformer takes."""


def training_pairs(directory: RunDirectory, recipe: Recipe, model: str) -> tuple[Path, pa.Schema]:
    """The file that a model is trained on, and its schema."""
    if recipe.models[model].distillation is not None:
        return directory.distilled(model), DISTILLED
    if recipe.models[model].finetuning is not None:
        return directory.selected(model), SELECTED
    return directory.corpus(TRAIN), CORPUS


def inputs(directory: RunDirectory, recipe: Recipe, model: str) -> list[Path]:
    """Training pairs, validation pairs, subwords; the checkpoint that fine-tuning starts from."""
    if recipe.models[model].given is not None:
        return given.inputs(directory, recipe, model)
    if recipe.models[model].checkpoint is not None:
        return imported.inputs(directory, recipe, model)
    pairs, _ = training_pairs(directory, recipe, model)
    start = _start(directory, recipe, model)
    return [pairs, directory.corpus(VALID), directory.subwords, *([start] if start else [])]


def _start(directory: RunDirectory, recipe: Recipe, model: str) -> Path | None:
    """The checkpoint that a fine-tuned model starts from."""
    chosen = recipe.models[model].finetuning
    return None if chosen is None else directory.model(chosen.teacher) / CHECKPOINT


def outputs(directory: RunDirectory, model: str) -> list[Path]:
    """The model's files that other stages, and its users, need; the manifest last."""
    home = directory.model(model)
    names = (CHECKPOINT, f"{CONVERTED}/model.bin", "training.jsonl", "manifest.json")
    return [home / name for name in names]


def results(directory: RunDirectory, recipe: Recipe, model: str) -> list[Path]:
    """The files of one model of a recipe; of one that is given, those that it has."""
    if recipe.models[model].given is not None:
        return given.outputs(directory, recipe, model)
    return outputs(directory, model)


def settings(recipe: Recipe, model: str) -> str:
    """What a model depends on beside its inputs."""
    return training_settings(recipe, model) or given.settings(recipe, model)


def commands(recipe: Recipe, model: str) -> list[Command]:
    """The command lines of a model's training, run in `models/<model>/work`."""
    if recipe.models[model].given is not None:
        return []
    if recipe.models[model].checkpoint is not None:
        return imported.commands(recipe, model)
    trainer, chosen = recipe.models[model].trainer, recipe.models[model].finetuning
    start = None if chosen is None else f"../../{chosen.teacher}/{CHECKPOINT}"
    return training_commands(trainer, *recipe.languages(model), uses_cuda(trainer.device), start)


def run(context: Context, model: str) -> None:
    """Train, or go on with, one model; or take over one that is there."""
    if context.recipe.models[model].given is not None:
        given.run(context, model)
        return
    if context.recipe.models[model].checkpoint is not None:
        imported.run(context, model)
        return
    directory, recipe = context.directory, context.recipe
    home, trainer = directory.model(model), recipe.models[model].trainer
    if (chosen := recipe.models[model].finetuning) is not None:
        context.check_model(chosen.teacher, CHECKPOINT)
    work, log = home / "work", directory.logs / f"fairseq-{model}.log"
    left_out = lay_out(context, model, work, log)
    planned = commands(recipe, model)
    first = _checked(planned, work)
    started = time.monotonic()
    run_commands([*first, *planned], work, log.resolve(), trainer.threads, _follow(context, model))
    _check_loss(log.resolve())
    directory.model_manifest(model).unlink(missing_ok=True)  # an earlier model's, which goes
    _finish(home, work, log)
    description = {
        "model": model,
        "role": recipe.models[model].role,
        "languages": recipe.languages(model),
        "trainer": trainer.model_dump(mode="json"),
        "commands": [str(command) for command in planned],
        "seconds_of_last_attempt": round(time.monotonic() - started, 1),
        "pairs_left_out": left_out,
        "settings": settings(recipe, model),
        HASHES: hashes(home),
        "trained_on_sha256": file_hash(training_pairs(directory, recipe, model)[0]),
    }
    write_json(directory.model_manifest(model), description)
    (work / STAMP).unlink()  # killed from here on, what is left of it is not gone on from
    shutil.rmtree(work)


def _check_loss(log: Path) -> None:
    """TrainingError where the model that a training ended with has no finite loss.

    fairseq stops at a gradient that is no number; after the last update there is none.
    """
    losses = [row["loss"] for row in training_curve(log) if row["kind"] == "validation"]
    if losses and not math.isfinite(losses[-1]):
        raise TrainingError(diverged("the last validation loss", log))


def _checked(planned: Sequence[Command], work: Path) -> list[Command]:
    """What looks at the checkpoint before fairseq goes on from it; nothing where there is none."""
    if not prepare_resume(work / CHECKPOINTS):
        return []
    (training,) = (command for command in planned if command.program == "fairseq-train")
    return [check_command(training, str((work / CHECKPOINTS / LAST).resolve()))]


def lay_out(context: Context, model: str, work: Path, log: Path) -> int:
    """Lay out the pieces, or keep those of an interrupted training of the same settings.

    Returns how many training pairs are left out because fairseq could not take them.
    """
    directory, recipe = context.directory, context.recipe
    stamp = {
        "settings": settings(recipe, model),
        "inputs": [file_hash(path) for path in inputs(directory, recipe, model)],
    }
    path = work / STAMP
    if path.is_file():
        kept = read_object(path, *stamp, "left_out")
        if {key: kept[key] for key in stamp} == stamp:
            return int(kept["left_out"])
    pairs = _pairs(context, model)
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    subwords = context.subwords()
    _write_dictionaries(context, model, subwords, work)
    limit = _positions(recipe.models[model].trainer) - 1
    left_out = _write_pieces(pairs, subwords, work / "train", recipe, limit)
    _write_pieces(context.corpus(VALID), subwords, work / "valid", recipe, limit)
    write_json(path, {**stamp, "left_out": left_out})
    return left_out


def _pairs(context: Context, model: str) -> Segments:
    """What a model is trained on; InputError for a KD corpus that is not of these sources."""
    path, schema = training_pairs(context.directory, context.recipe, model)
    pairs = read_table(path, schema)
    if context.recipe.models[model].distillation is not None:
        with naming(path):
            context.corpus(TRAIN, []).rows_of(pairs, f"KD corpus of {model}")
    return Segments(pairs)


def _positions(trainer: TrainerSettings) -> int:
    """The longest sequence, end of sentence included, that this training takes."""
    own = (trainer.options.get(f"max_{side}_positions") for side in ("source", "target"))
    return min(POSITIONS, trainer.batch_tokens, *(one for one in own if isinstance(one, int)))


def _write_dictionaries(context: Context, model: str, subwords: Subwords, work: Path) -> None:
    """A dictionary for each language: the pieces of the subwords, or, for a model that is
    fine-tuned, what its teacher has."""
    chosen = context.recipe.models[model].finetuning
    for language in context.recipe.languages(model):
        name = f"dict.{language}.txt"
        if chosen is None:
            text = "".join(f"{piece} 1\n" for piece in subwords.vocabulary())
            write_text(work / name, text)
        else:
            shutil.copyfile(context.directory.model(chosen.teacher) / name, work / name)


def _write_pieces(
    segments: Segments, subwords: Subwords, prefix: Path, recipe: Recipe, limit: int
) -> int:
    source, target = recipe.corpus.source_language, recipe.corpus.target_language
    pairs = [
        pair
        for pair in zip(
            subwords.encode(segments.texts("source")),
            subwords.encode(segments.texts("target")),
            strict=True,
        )
        if all(_fits(pieces, limit) for pieces in pair)
    ]
    for language, side in ((source, 0), (target, 1)):
        text = "".join(_line(pair[side]) for pair in pairs)
        write_text(prefix.with_name(f"{prefix.name}.{language}"), text)
    return len(segments) - len(pairs)


def _fits(pieces: Sequence[str], limit: int) -> bool:
    """Whether fairseq reads these pieces as they are: not too many, no white space in any.

    Some white space (U+0085, say) survives SentencePiece's normalization as a piece.
    """
    return len(pieces) <= limit and " ".join(pieces).split() == list(pieces)


def _line(pieces: Sequence[str]) -> str:
    return " ".join(pieces) + "\n"


def _follow(context: Context, model: str) -> Callable[[Row], None]:
    trainer = context.recipe.models[model].trainer

    def on_row(row: Row) -> None:
        done, total = (
            (row.get("updates", 0), trainer.updates)
            if trainer.updates is not None
            else (row.get("epoch", 1) - (row["kind"] == "update"), trainer.epochs)
        )
        context.progress(done, total or 1, f"epoch {row.get('epoch', 1):.0f}, {_loss(row)}")

    return on_row


def _loss(row: Row) -> str:
    name = "validation loss" if row["kind"] == "validation" else "loss"
    return f"{name} {row.get('loss', float('nan')):.2f}"


def _finish(home: Path, work: Path, log: Path) -> None:
    """Put the finished model in its place."""
    for language in sorted((work / DATA).glob("dict.*.txt")):
        language.replace(home / language.name)
    (work / CHECKPOINT).replace(home / CHECKPOINT)
    shutil.rmtree(home / CONVERTED, ignore_errors=True)
    (work / CONVERTED).replace(home / CONVERTED)
    curve = "".join(_json_lines(training_curve(log)))
    write_text(home / "training.jsonl", curve, recorded=True)


def _json_lines(rows: Sequence[Row]) -> Iterator[str]:
    return (json.dumps(row) + "\n" for row in rows)
