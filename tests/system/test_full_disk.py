"""No room in any stage: one clear error that names the file, and nothing half-written.

A limit on the size of files stands for a full disk: the write that is one too many fails alike.
A disk that is really full is in one test, where a small file system can be mounted. `select`,
`counterfactual` and `report` are in their own tests.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from kdaudit.stages import compare, detect, distill, group, measure
from tests.bad_input.refusals import Command, as_process, check, files, in_this_process
from tests.fakes import FakeRun, fake_run, write_translations
from tests.no_room import files_of_at_most
from tests.tiny import lay_out

SOURCES = [f"the {a} {b} runs" for a in "abc" for b in "def"]
OSCILLATORY = "detections/oscillatory/student/test.parquet"


@pytest.fixture
def kdaudit(monkeypatch, capsys) -> Command:
    """The command line, with what it says kept in memory: no file has room for it."""

    def command(*arguments: object):
        return in_this_process(monkeypatch, capsys, *arguments)

    return command


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A run directory with all that stages without a model make."""
    folder = tmp_path_factory.mktemp("full")
    for split in ("train", "valid", "test"):
        for side in ("en", "de"):
            (folder / f"{split}.{side}").write_text("".join(f"{line}\n" for line in SOURCES))
    corpus = pa.table(
        {
            "id": np.arange(len(SOURCES)),
            "source": SOURCES,
            "target": SOURCES,
            "provenance": ["original"] * len(SOURCES),
            "planted": pa.nulls(len(SOURCES), pa.string()),
        }
    )
    test = {"splits": ["test"]}
    entries = {
        "detectors": {"oscillatory": test},
        "quality": {"chrf": test},
        "subgroups": {"length": test},
        "subwords": {"size": 272},
    }
    run: FakeRun = fake_run(folder, corpus, {}, **entries)
    for model in run.recipe.audited_models:
        for split in ("train", "test"):
            write_translations(run, model, split, SOURCES)
        detect.run(run, "oscillatory", model, "test")
        measure.run(run, "chrf", model, "test")
    group.run(run, "length", "test")
    distill.run(run, "student")
    compare.run(run)
    return folder


MODEL = ("--model", "student")
STAGES = {
    "prepare": ((), "corpus/train.parquet"),
    "distill": (MODEL, "distilled/student.parquet"),
    "detect": (("--detector", "oscillatory", *MODEL, "--split", "test"), OSCILLATORY),
    "measure": (
        ("--metric", "chrf", *MODEL, "--split", "test"),
        "quality/chrf/student/test.parquet",
    ),
    "group": (("--scheme", "length", "--split", "test"), "subgroups/length/test.parquet"),
}
"""The stages that need no model, and what each writes first."""


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_without_room(kdaudit, finished, tmp_path, stage):
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    options, written = STAGES[stage]
    before = {name: one for name, one in files(run).items() if name != "corpus/manifest.json"}
    with files_of_at_most(100):
        done = kdaudit(stage, run, *options)
    check(done, f"{run}/{written}: cannot be written: …")
    after = files(run)
    assert {name: after.get(name) for name in before} == before
    assert set(after) <= {*before, "corpus/manifest.json"}


def test_a_comparison_without_room(finished, tmp_path):
    """As the workflow calls it, in a process: without options `compare` shows what is stored."""
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    shutil.rmtree(run / "comparison")
    before = files(run)
    done = as_process("compare", run, prefix=("prlimit", "--fsize=100"))
    check(done, f"{run}/comparison/measurements.parquet: cannot be written: …")
    assert files(run) == before


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["translate", "score"])
def test_a_stage_that_asks_a_model_without_room(kdaudit, copy_task, tmp_path, stage):
    there = copy_task.context.directory.path
    run = Path(shutil.copytree(there, tmp_path / "run"))
    before = files(run)
    with files_of_at_most(100):
        done = kdaudit(stage, run, "--model", "copier", "--split", "valid")
    assert done.code == 2, done
    assert ": cannot be written: " in done.err
    assert files(run) == before


@pytest.mark.slow
def test_a_training_without_room_for_a_checkpoint(tmp_path):
    context, _ = lay_out(tmp_path, updates=2, pairs=300)
    done = as_process("train", tmp_path, "--model", "copier", prefix=("prlimit", "--fsize=200000"))
    assert done.code == 2, done
    assert done.err.startswith("kdaudit: error: fairseq stopped with exit code 1: ")
    home = context.directory.model("copier")
    assert [path.name for path in home.iterdir()] == ["work"]


def test_a_run_without_room(tmp_path):
    """Where the run itself writes first: its recipe."""
    from tests.bad_input.test_processes import small_recipe

    recipe = small_recipe(tmp_path)
    done = as_process("run", recipe, cwd=tmp_path, prefix=("prlimit", "--fsize=100"))
    check(done, "runs/small/recipe.json: cannot be written: …")
    assert [one for one in files(tmp_path) if "runs/" in one] == []


def test_a_disk_that_is_full(finished, tmp_path):
    """A file system of a megabyte with no room left, which nobody else sees."""
    run = tmp_path / "run"
    run.mkdir()
    own = ("unshare", "--mount", "sh", "-c")
    filled = (
        'mount -t tmpfs -o size=1m none "$0" && cp -a "$1/." "$0" && '
        '{ dd if=/dev/zero of="$0/rest" bs=1k 2>/dev/null || true; } && shift && exec "$@"'
    )
    tried = subprocess.run(
        [*own, filled, str(run), str(finished), "true"], check=False, capture_output=True
    )
    if tried.returncode != 0:
        pytest.skip("nothing can be mounted here")
    options = STAGES["detect"][0]
    prefix = (*own, filled, str(run), str(finished))
    done = as_process("detect", run, *options, prefix=prefix)
    check(done, f"{run}/{OSCILLATORY}: cannot be written: …No space left on device")
