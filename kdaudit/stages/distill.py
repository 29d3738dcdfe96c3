"""Stage `distill`: makes a student's KD corpus out of its teacher's translations.

Reads the training split and the teacher's translations of it; writes
`distilled/<student>.parquet`.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from kdaudit.artifacts import (
    DISTILLED,
    HYPOTHESES,
    TRANSLATIONS,
    RunDirectory,
    read_table,
    write_table,
)
from kdaudit.distillation import Targets
from kdaudit.errors import RecipeError
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.segments import Segments
from kdaudit.stages import columns
from kdaudit.stages.base import TRANSLATION_COLUMNS, Context, digest
from kdaudit.stages.translate import shard_files


def kd_split(recipe: Recipe, student: str) -> str:
    """Where the teacher's translations for a student lie.

    Those of the audit serve where the step asks for the same beam and one hypothesis; else
    they are a decoding of their own, named after its beam and number of hypotheses.
    """
    step = recipe.step(student)
    if step.best > 1:
        return f"{TRAIN}-beam{step.beam}-best{step.best}"
    return TRAIN if step.beam == recipe.beam_of(TRAIN) else f"{TRAIN}-beam{step.beam}"


def teacher_of(recipe: Recipe, student: str) -> str:
    """The model whose translations a student learns from: an adapted teacher where its step
    makes one."""
    teacher = recipe.teacher(student)
    assert teacher is not None
    return teacher


def inputs(directory: RunDirectory, recipe: Recipe, model: str) -> list[Path]:
    """The training split, the teacher's translations of it, and the columns of the step."""
    split, teacher = kd_split(recipe, model), teacher_of(recipe, model)
    needed = columns.files(directory, recipe.step(model).needs.targets, teacher)
    shards = shard_files(directory, recipe, teacher, split)
    return [directory.corpus(TRAIN), *shards, *needed]


def settings(recipe: Recipe, model: str) -> str:
    """The step and the teacher."""
    return digest(teacher_of(recipe, model), recipe.step(model).signature())


def run(context: Context, model: str) -> None:
    """Write the KD corpus of one student."""
    directory, recipe = context.directory, context.recipe
    teacher, split = teacher_of(recipe, model), kd_split(recipe, model)
    step = recipe.step(model)
    wanted = TRANSLATION_COLUMNS | ({HYPOTHESES: HYPOTHESES} if step.best > 1 else {})
    path = directory.translations(teacher, split)
    translations = read_table(path, TRANSLATIONS, ["id", *wanted])
    segments = context.corpus(TRAIN).join(
        translations, wanted, f"translations of {teacher}, {split}"
    )
    segments = columns.with_columns(context, segments, step.needs.targets, teacher)
    targets = step.targets(segments)
    _check_length(targets, segments, step.name)
    table = (
        segments.with_column("target", targets.target)
        .with_column("target_source", targets.target_source)
        .table.select(DISTILLED.names)
    )
    described = {"step": step.signature(), "teacher": teacher}
    write_table(directory.distilled(model), table, DISTILLED, described)


def target_sources(directory: RunDirectory, student: str) -> dict[str, int]:
    """How many targets of a student's KD corpus are from where, the most first."""
    table = read_table(directory.distilled(student), DISTILLED, ["target_source"])
    return dict(Counter(table["target_source"].to_pylist()).most_common())


def _check_length(targets: Targets, segments: Segments, step: str) -> None:
    """RecipeError where a step, which may be a stranger's, does not give each source a target."""
    lengths = len(targets.target), len(targets.target_source)
    if lengths != (len(segments), len(segments)):
        raise RecipeError(
            f"the step '{step}' made {lengths[0]} targets and {lengths[1]} origins for "
            f"{len(segments)} sources"
        )
