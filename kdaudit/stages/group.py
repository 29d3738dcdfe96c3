"""Stage `group`: the subgroup of each segment of a split under one scheme.

Reads the split, and what the scheme needs beside it: stored quality, counterfactual
memorization, the training split, other schemes, a user's file; writes
`subgroups/<scheme>/<split>.parquet`. Where the scheme has a cap, a further column `band` holds
the subgroup that the segment would be in without one.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa

from kdaudit.artifacts import (
    CORPUS,
    COUNTERFACTUAL,
    QUALITY,
    SUBGROUPS,
    RunDirectory,
    metadata,
    read_parts,
    read_table,
    write_table,
)
from kdaudit.errors import AlignmentError, InputError, RecipeError
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.recipe.subgroups import Stored, of_corpus, stored
from kdaudit.segments import IntArray, Segments
from kdaudit.stages.base import Context, digest, told, users_files
from kdaudit.stages.keys import text_keys
from kdaudit.stages.users_subgroups import users_subgroups
from kdaudit.subgroups.counts import COPIES, copies
from kdaudit.subgroups.users import USERS, UsersFile

BAND = "band"
"""The column with the whole subgroups of a scheme that has a cap."""


def inputs(directory: RunDirectory, recipe: Recipe, scheme: str, split: str) -> list[Path]:
    """The split and what else the scheme needs."""
    files = [directory.corpus(split)]
    files += [_file(directory, one, split) for one in stored(recipe, scheme)]
    chosen = recipe.scheme(scheme)
    if COPIES in chosen.needs and split != TRAIN:
        files.append(directory.corpus(TRAIN))
    if isinstance(chosen, UsersFile):
        files += users_files([Path(chosen.files[split])], directory.subgroups(scheme, split))
    return files


def settings(recipe: Recipe, scheme: str) -> str:
    """The scheme's own settings, and its cap."""
    return digest(_signature(recipe, scheme))


def run(context: Context, scheme: str, split: str) -> None:
    """Name the subgroup of every segment of a split."""
    recipe, directory = context.recipe, context.directory
    recipe.check_split("subgroups", scheme, split)
    chosen, cap = recipe.scheme(scheme), recipe.cap(scheme)
    described = {"signature": _signature(recipe, scheme)}
    segments = context.corpus(split, of_corpus(recipe, scheme))
    for one in stored(recipe, scheme):
        segments = _with_stored(directory, segments, one, split)
    if COPIES in chosen.needs:
        segments = segments.with_column(COPIES, _copies(context, split))
    if isinstance(chosen, UsersFile):
        found = users_subgroups(chosen, split, segments.ids)
        segments = segments.with_column(USERS, found)
        described |= told({"segments_not_named": found.null_count}, f"{scheme}, {split}")
    try:
        bands = chosen.assign(segments)
    except (InputError, RecipeError) as error:
        if isinstance(error, AlignmentError):
            raise
        raise type(error)(f"subgroups.{scheme}, split '{split}': {error}") from error
    groups = pa.table({"id": segments.table.column("id"), "subgroup": bands})
    if cap is not None:
        drawn = cap.drawn(bands, _pairs(context, split))
        groups = pa.table({"id": groups["id"], "subgroup": drawn, BAND: bands.cast(pa.string())})
    write_table(directory.subgroups(scheme, split), groups, SUBGROUPS, described)


def _signature(recipe: Recipe, scheme: str) -> str:
    cap = recipe.cap(scheme)
    signature = recipe.scheme(scheme).signature()
    return signature if cap is None else f"{signature}|{cap.signature()}"


def _file(directory: RunDirectory, one: Stored, split: str) -> Path:
    match one.kind:
        case "quality":
            return directory.quality(one.name, one.model, split)
        case "counterfactual":
            return directory.counterfactual(one.model)
        case _:
            return directory.subgroups(one.name, split)


def _with_stored(directory: RunDirectory, segments: Segments, one: Stored, split: str) -> Segments:
    """Segments with a stored column."""
    path = _file(directory, one, split)
    match one.kind:
        case "quality":
            table, there = read_table(path, QUALITY, ["id", "score"]), "score"
        case "counterfactual" if one.name == "bands":
            return segments.with_column(
                one.column, pa.repeat(metadata(path).get("bands", ""), len(segments))
            )
        case "counterfactual":
            table, there = read_table(path, COUNTERFACTUAL, ["id", one.name]), one.name
        case _:
            table = read_table(path, SUBGROUPS, ["id", "subgroup", BAND])
            there = BAND if BAND in table.column_names else "subgroup"
    return segments.join(table, {there: one.column}, str(path))


def _copies(context: Context, split: str) -> IntArray:
    """How often the pair of each segment occurs in the training split."""
    pair = ["source", "target"]
    train = context.corpus(TRAIN, pair)
    return copies(train if split == TRAIN else context.corpus(split, pair), train)


def _pairs(context: Context, split: str) -> IntArray:
    """A key of the distinct pair of each segment; of the source, in a split without targets."""
    columns = ["source"] if split in context.recipe.monolingual_splits else ["source", "target"]
    parts = map(Segments, read_parts(context.directory.corpus(split), CORPUS, ["id", *columns]))
    keys = [text_keys(*(part.strings(column) for column in columns)) for part in parts]
    return np.concatenate(keys)
