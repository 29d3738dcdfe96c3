"""Stage `distill`: makes a student's KD corpus out of its teacher's translations.

Reads the training split and the teacher's translations of it; writes
`distilled/<student>.parquet`.
"""

from __future__ import annotations

from pathlib import Path

from kdaudit.artifacts import DISTILLED, TRANSLATIONS, RunDirectory, read_table, write_table
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.stages.base import TRANSLATION_COLUMNS, Context, digest
from kdaudit.stages.translate import shard_files


def kd_split(recipe: Recipe, student: str) -> str:
    """Where the teacher's translations for a student lie.

    Those of the audit serve where the step asks for the same beam; else they are a
    decoding of their own, named after its beam.
    """
    beam = recipe.step(student).beam
    return TRAIN if beam == recipe.beam_of(TRAIN) else f"{TRAIN}-beam{beam}"


def teacher_of(recipe: Recipe, student: str) -> str:
    """The model whose translations a student learns from."""
    distillation = recipe.models[student].distillation
    assert distillation is not None
    return distillation.teacher


def inputs(directory: RunDirectory, recipe: Recipe, model: str) -> list[Path]:
    """The training split and the teacher's translations of it."""
    split = kd_split(recipe, model)
    shards = shard_files(directory, recipe, teacher_of(recipe, model), split)
    return [directory.corpus(TRAIN), *shards]


def settings(recipe: Recipe, model: str) -> str:
    """The step and the teacher."""
    return digest(teacher_of(recipe, model), recipe.step(model).signature())


def run(context: Context, model: str) -> None:
    """Write the KD corpus of one student."""
    directory, recipe = context.directory, context.recipe
    teacher, split = teacher_of(recipe, model), kd_split(recipe, model)
    translations = read_table(directory.translations(teacher, split), TRANSLATIONS)
    segments = context.corpus(TRAIN).join(
        translations, TRANSLATION_COLUMNS, f"translations of {teacher}, {split}"
    )
    step = recipe.step(model)
    targets = step.targets(segments)
    table = (
        segments.with_column("target", targets.target)
        .with_column("target_source", targets.target_source)
        .table.select(DISTILLED.names)
    )
    described = {"step": step.signature(), "teacher": teacher}
    write_table(directory.distilled(model), table, DISTILLED, described)
