"""Shards of a real model's translations: whatever their number, the rows are the same."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from kdaudit.artifacts import TRANSLATIONS, RunDirectory, read_table, shards
from kdaudit.errors import ArtifactError
from kdaudit.stages import translate
from kdaudit.stages.base import Context

pytestmark = pytest.mark.slow


def translated(context: Context, folder: Path, count: int) -> RunDirectory:
    """The validation split in so many shards, the last one first."""
    there = context.directory
    directory = RunDirectory(folder)
    shutil.copytree(there.path / "corpus", folder / "corpus")
    (folder / "models").symlink_to(there.path / "models")
    recipe = context.recipe.model_copy(update={"shards": count})
    for number in reversed(range(count)):
        translate.run(Context(directory, recipe), "copier", "valid", number)
    return directory


@pytest.fixture(scope="module")
def in_shards(copy_task, tmp_path_factory) -> dict[int, RunDirectory]:
    return {
        count: translated(copy_task.context, tmp_path_factory.mktemp("shards") / "run", count)
        for count in (1, 3, 16)
    }


@pytest.mark.parametrize("count", [3, 16])
def test_every_row_is_the_same(in_shards, count):
    one, several = (
        read_table(in_shards[number].translations("copier", "valid"), TRANSLATIONS)
        for number in (1, count)
    )
    assert len(one) == 100
    for column in ("id", "translation", "tokens"):
        assert several[column].to_pylist() == one[column].to_pylist()
    # Batches of other shapes round differently.
    found, expected = (table["log_probability"].to_numpy() for table in (several, one))
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_shards_come_by_their_numbers_and_all_of_them(in_shards, tmp_path):
    folder = Path(shutil.copytree(in_shards[16].translations("copier", "valid"), tmp_path / "a"))
    assert [path.name[5:10] for path in shards(folder)] == [f"{n:05d}" for n in range(16)]
    (folder / "part-00010-of-00016.parquet").unlink()
    with pytest.raises(ArtifactError, match="the set of shards is not complete"):
        read_table(folder, TRANSLATIONS)
