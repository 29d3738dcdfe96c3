"""Stage `select`: chooses the pairs that a teacher is fine-tuned on.

Reads the training split, the teacher's translations of it and the columns that the
distillation step asks for; writes `selected/<model>.parquet`: a row for each pair, with
where its target is from, what it was chosen by, whether the teacher replicates it and
whether it was planted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from kdaudit.artifacts import SELECTED, RunDirectory, file_hash, metadata, read_table, write_table
from kdaudit.distillation import Chosen, Services
from kdaudit.errors import InputError, RecipeError
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.segments import IntArray, Segments
from kdaudit.settings import shortened
from kdaudit.stages import columns
from kdaudit.stages.base import Context, digest, users_files
from kdaudit.stages.translate import shard_files
from kdaudit.texts import equal, stripped

_ID = re.compile(r"[0-9]{1,18}")

COUNTS = ("candidates", "chosen", "replicated_by_teacher", "planted")
"""What a selection's metadata count."""


def inputs(directory: RunDirectory, recipe: Recipe, model: str) -> list[Path]:
    """The training split, the teacher with its translations, the columns, the user's ids."""
    teacher, listed = _teacher(recipe, model), _listed(recipe, model)
    needed = columns.files(directory, recipe.step(model).needs.select, teacher)
    return [
        directory.corpus(TRAIN),
        directory.model_manifest(teacher),
        *shard_files(directory, recipe, teacher, TRAIN),
        *needed,
        *users_files([Path(listed)] if listed else [], directory.selected(model)),
    ]


def settings(recipe: Recipe, model: str) -> str:
    """The step and the teacher; the engine, since a step may translate."""
    step = recipe.step(model).signature()
    return digest(_teacher(recipe, model), step, recipe.inference.decoding())


def run(context: Context, model: str) -> None:
    """Write the pairs that one model is fine-tuned on."""
    recipe, directory = context.recipe, context.directory
    teacher, step = _teacher(recipe, model), recipe.step(model)
    segments = context.translated(teacher, TRAIN)
    segments = columns.with_columns(context, segments, step.needs.select, teacher)
    listed = _listed(recipe, model)
    ids = None if listed is None else read_ids(Path(listed), segments)

    engine = cache(lambda: context.translator(teacher))  # loaded where a step asks for it

    def translate(sources: Sequence[str]) -> Iterator[str]:
        return (one.text for one in engine().translate(sources))

    chosen = step.select(segments, Services(translate, ids))
    _check(chosen, segments, step.name)
    table = _table(segments, chosen)
    described = {
        "step": step.signature(),
        "teacher": teacher,
        "listed_sha256": "" if listed is None else file_hash(Path(listed)),
        **{name: str(count) for name, count in _counts(table, chosen).items()},
    }
    write_table(directory.selected(model), table, SELECTED, described)


def read_ids(path: Path, segments: Segments) -> IntArray:
    """The ids in a file, one a line; InputError for what is none, is unknown or comes twice."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise InputError("there is no such file of ids", path=path) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read as a list of ids: {error}", path=path) from error
    known, seen = set(segments.ids.tolist()), dict[int, int]()
    for number, line in enumerate(lines, start=1):
        if not _ID.fullmatch(line.strip()):
            raise InputError(f"expected an id, got {shortened(line)}", path=path, line=number)
        one = int(line)
        if one not in known:
            message = f"the split '{TRAIN}' has no id {one} (it has {_range(segments)})"
            raise InputError(message, path=path, line=number)
        if one in seen:
            raise InputError(
                f"id {one} comes twice: first in line {seen[one]}", path=path, line=number
            )
        seen[one] = number
    if not seen:
        raise InputError("holds no id", path=path)
    return np.array(sorted(seen), dtype=np.int64)


def counts(directory: RunDirectory, model: str) -> dict[str, int]:
    """How many pairs met the conditions and were chosen, and how many of these the teacher
    replicates and were planted."""
    described = metadata(directory.selected(model))
    return {name: int(described[name]) for name in COUNTS}


def read(directory: RunDirectory, model: str) -> pa.Table:
    """The pairs that a model was fine-tuned on."""
    return read_table(directory.selected(model), SELECTED)


def _teacher(recipe: Recipe, model: str) -> str:
    teacher = recipe.teacher(model)
    assert teacher is not None
    return teacher


def _listed(recipe: Recipe, model: str) -> str | None:
    chosen = recipe.models[model].finetuning
    assert chosen is not None
    return chosen.ids


def _range(segments: Segments) -> str:
    if not len(segments):
        return "none"
    return f"{len(segments)}, from {segments.ids.min()} to {segments.ids.max()}"


def _check(chosen: Chosen, segments: Segments, step: str) -> None:
    """RecipeError where a step, which may be a stranger's, does not choose pairs of the corpus."""
    ids = np.asarray(chosen.ids)
    lengths = {len(chosen.target), len(chosen.target_source), *map(len, chosen.scores.values())}
    if lengths != {len(ids)}:
        raise RecipeError(f"the step '{step}' chose {len(ids)} ids, and not as many of the rest")
    if not len(ids):
        raise RecipeError(f"the step '{step}' chose no pair")
    if len(np.unique(ids)) != len(ids) or not np.isin(ids, segments.ids).all():
        raise RecipeError(f"the step '{step}' chose ids that are twice, or are none of the corpus")


def _table(segments: Segments, chosen: Chosen) -> pa.Table:
    rows = pc.index_in(pa.array(chosen.ids), segments.table.column("id").combine_chunks())
    pairs = segments.table.take(rows)
    planted = pairs["planted"] if "planted" in segments else pa.nulls(len(pairs), pa.string())
    table = pa.table(
        {
            "id": pairs["id"],
            "source": pairs["source"],
            "target": pa.array(chosen.target, pa.string()),
            "target_source": pa.array(chosen.target_source, pa.string()),
            "replicated": equal(stripped(pairs["target"]), stripped(pairs["translation"])),
            "planted": planted,
        }
    )
    for name, values in chosen.scores.items():
        table = table.append_column(name, pa.array(values, pa.float64(), from_pandas=True))
    return table


def _counts(table: pa.Table, chosen: Chosen) -> dict[str, int]:
    planted = table["planted"]
    found = (
        chosen.candidates,
        len(table),
        pc.sum(table["replicated"]).as_py() or 0,
        len(planted) - planted.null_count,
    )
    return dict(zip(COUNTS, found, strict=True))
