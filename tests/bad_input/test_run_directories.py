"""Run directories that are another's, cannot be written, or hold what is no result of a run."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from kdaudit.recorded import record_of
from kdaudit.stages import compare, detect, distill
from tests.bad_input.refusals import Done, as_process, check, files
from tests.fakes import FakeRun, copied_corpus, fake_run, write_translations

SOURCES = [f"the {a} {b} runs" for a in "abc" for b in "def"]
SHARD = "translations/student/test/part-00000-of-00001.parquet"


@pytest.fixture(scope="module")
def audited(tmp_path_factory) -> Path:
    """A run directory that is finished as far as its comparison."""
    corpus = copied_corpus(SOURCES)
    entries = {"detectors": {"oscillatory": {"splits": ["test"]}}, "quality": {}, "subgroups": {}}
    run: FakeRun = fake_run(tmp_path_factory.mktemp("run"), corpus, {}, **entries)
    for model in run.recipe.audited_models:
        for split in ("train", "test"):
            write_translations(run, model, split, SOURCES)
        detect.run(run, "oscillatory", model, "test")
    distill.run(run, "student")
    compare.run(run)
    return run.directory.path


@pytest.fixture
def run_dir(audited, tmp_path) -> Path:
    return Path(shutil.copytree(audited, tmp_path / "run"))


def yaml_recipe(folder: Path, **parts: object) -> Path:
    """A recipe file whose corpus is there."""
    values = {
        "name": "fake",
        "corpus": {"embedded": {"train": 20, "valid": 10, "test": 10}},
        "models": {"one": {"role": "baseline", "trainer": {"updates": 1}}},
    }
    path = folder / "recipe.yaml"
    path.write_text(yaml.safe_dump(values | parts), encoding="utf-8")
    return path


@pytest.mark.parametrize("more", [(), ("--dry-run",), ("--seed", "2")])
def test_a_run_directory_of_another_recipe(kdaudit, run_dir, tmp_path, more):
    path, before = yaml_recipe(tmp_path, name="other"), files(run_dir)
    message = (
        f"{run_dir}: is the run directory of the recipe 'fake', not of 'other': choose another "
        "with --run-dir, or delete it"
    )
    check(kdaudit("run", path, "--run-dir", run_dir, *more), message)
    assert files(run_dir) == before


def test_a_changed_recipe_of_the_same_name_is_the_same_recipe(run_dir, tmp_path):
    path = yaml_recipe(tmp_path, seed=5)
    done = as_process("run", path, "--run-dir", run_dir, "--dry-run")
    assert (done.code, done.err) == (0, ""), done
    assert "prepare" in done.out


STAGES = {
    "prepare": (),
    "train": ("--model", "x"),
    "select": ("--model", "x"),
    "distill": ("--model", "x"),
    "translate": ("--model", "x", "--split", "x"),
    "score": ("--model", "x", "--split", "x"),
    "detect": ("--detector", "x", "--model", "x", "--split", "x"),
    "measure": ("--metric", "x", "--model", "x", "--split", "x"),
    "group": ("--scheme", "x", "--split", "x"),
    "compare": (),
    "report": (),
    "inspect": ("--detector", "x", "--model", "x"),
}


@pytest.mark.parametrize("stage", STAGES)
def test_a_folder_that_is_no_run_directory(kdaudit, tmp_path, stage):
    (tmp_path / "notes.txt").write_text("mine")
    done = kdaudit(stage, tmp_path, *STAGES[stage])
    check(done, f"{tmp_path}: no run directory: `kdaudit run RECIPE` makes one")
    assert list(files(tmp_path)) == ["notes.txt"]


def test_no_finished_run_to_compare(kdaudit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    message = "runs: no finished run; name a run directory, or give --source, --target …"
    check(kdaudit("compare"), message)


OF_STUDENT = ("--model", "student", "--split", "test")
DETECTION = ("--detector", "oscillatory", *OF_STUDENT)
NAMES: dict[str, tuple[tuple[str, ...], str]] = {
    "model": (
        ("detect", "--detector", "oscillatory", "--model", "studnt", "--split", "test"),
        "'studnt' is no known model of this run; did you mean 'student'? (known: …",
    ),
    "detector": (
        ("detect", "--detector", "oscilatory", "--model", "student", "--split", "test"),
        "'oscilatory' is no known detector of this recipe; did you mean 'oscillatory'? …",
    ),
    "detector to inspect": (
        ("inspect", "--detector", "oscilatory", "--model", "student"),
        "'oscilatory' is no known detector of this recipe; did you mean 'oscillatory'? …",
    ),
    "split": (
        ("translate", "--model", "student", "--split", "tset"),
        "'tset' is no known split of this run; did you mean 'test'? (known: train, valid, test)",
    ),
    "split outside": (
        ("group", "--scheme", "length", "--split", "../test"),
        "'../test' is no known split of this run; did you mean 'test'? …",
    ),
    "beam of a split": (
        ("translate", "--model", "student", "--split", "test-beam0"),
        "'test-beam0' is no known split of this run; did you mean 'test'? …",
    ),
    "shard": (
        ("translate", "--model", "student", "--split", "test", "--shard", "1"),
        "there is no shard 1: the recipe has 1, from 0",
    ),
    "shard of a detection": (
        ("detect", *DETECTION, "--shard", "1"),
        "there is no shard 1: the recipe has 1, from 0",
    ),
    "one shard and all": (
        ("detect", *DETECTION, "--shard", "0", "--merge"),
        "Invalid value: --shard makes one shard, --merge puts all together: give one …",
    ),
    "shards that are not there": (
        ("detect", *DETECTION, "--merge"),
        "…/detections/oscillatory/student/test/part-00000-of-00001.parquet: no such file: …",
    ),
    "metric": (
        ("measure", "--metric", "blue", "--model", "student", "--split", "test"),
        "'blue' is no known quality metric of this recipe …",
    ),
    "scheme": (
        ("group", "--scheme", "lenght", "--split", "test"),
        "'lenght' is no known subgroup scheme of this recipe …",
    ),
    "student": (
        ("distill", "--model", "baseline"),
        "'baseline' is no student of this run (students: student)",
    ),
    "fine-tuned model": (
        ("select", "--model", "student"),
        "'student' is not fine-tuned in this run (fine-tuned: there is none)",
    ),
    "student of a detection": (
        ("detect", "--detector", "oscillatory_kd", "--model", "teacher", "--split", "test"),
        "'teacher' is no student of this run (students: student)",
    ),
    "reference": (
        ("compare", "--reference", "techer"),
        "'techer' is no known model to be the reference; did you mean 'teacher'? …",
    ),
    "subgroups to show": (
        ("compare", "--scheme", "length"),
        "'length' is no known subgroup scheme …",
    ),
}
"""Names that a run does not have, at each subcommand that takes one."""


@pytest.mark.parametrize("case", NAMES)
def test_a_name_that_the_run_does_not_have(kdaudit, run_dir, case):
    (stage, *options), message = NAMES[case]
    before = files(run_dir)
    check(kdaudit(stage, run_dir, *options), message)
    assert files(run_dir) == before


def cut(place: str, count: int = 20) -> Callable[[Path], object]:
    """Take the last bytes of a file."""
    return lambda run: (run / place).write_bytes((run / place).read_bytes()[:-count])


def unrecorded(spoil: Callable[[Path], object], place: str) -> Callable[[Path], object]:
    """Without the hash that tells: as of a version that recorded none, or somebody's own file."""

    def both(run: Path) -> None:
        spoil(run)
        record_of(run / place).unlink(missing_ok=True)

    return both


def rewritten(place: str, **columns: object) -> Callable[[Path], object]:
    return unrecorded(lambda run: pq.write_table(pa.table(columns), run / place), place)


def text(place: str, content: str) -> Callable[[Path], object]:
    return unrecorded(lambda run: (run / place).write_text(content), place)


def flipped(place: str, at: int) -> Callable[[Path], object]:
    """One bit of a file is another."""

    def flip(run: Path) -> None:
        content = bytearray((run / place).read_bytes())
        content[at] ^= 1
        (run / place).write_bytes(content)

    return flip


DETECT = ("detect", "--detector", "oscillatory", "--model", "student", "--split", "test")
PREPARE = ("prepare",)
COMPARE = ("compare", "--reference", "teacher")
FIELDS = {
    "translation": SOURCES,
    "log_probability": [-1.0] * 9,
    "tokens": pa.array([2] * 9, pa.int32()),
}

CONTENT: dict[str, tuple[tuple[str, ...], Callable[[Path], object], str]] = {
    "corpus cut off": (
        DETECT,
        cut("corpus/test.parquet"),
        "{run}/corpus/test.parquet: is damaged, or another file than was written there (its "
        "SHA-256 is not that in .test.parquet.sha256): `kdaudit run RECIPE --recompute` makes it "
        "again",
    ),
    "a flipped bit in a shard": (
        DETECT,
        flipped(SHARD, 60),
        f"{{run}}/{SHARD}: is damaged, or another file …--recompute` makes it again",
    ),
    "a flipped bit at the end of a shard": (
        DETECT,
        flipped(SHARD, -60),
        f"{{run}}/{SHARD}: is damaged, or another file …--recompute` makes it again",
    ),
    "a shard of another run": (
        DETECT,
        lambda run: pq.write_table(pa.table({"id": np.arange(9), **FIELDS}), run / SHARD),
        f"{{run}}/{SHARD}: is damaged, or another file …--recompute` makes it again",
    ),
    "corpus cut off, not recorded": (
        DETECT,
        unrecorded(cut("corpus/test.parquet"), "corpus/test.parquet"),
        "{run}/corpus/test.parquet: is no whole Parquet file: …",
    ),
    "corpus missing": (
        DETECT,
        lambda run: (run / "corpus/test.parquet").unlink(),
        "{run}/corpus/test.parquet: no such file: `kdaudit run` makes it",
    ),
    "no translations": (
        DETECT,
        lambda run: (run / SHARD).unlink(),
        "{run}/translations/student/test: the set of shards is not complete (found: none)",
    ),
    "a shard missing": (
        DETECT,
        lambda run: (run / SHARD).rename((run / SHARD).with_name("part-00001-of-00002.parquet")),
        "{run}/translations/student/test: the set of shards is not complete (found: part-00001…",
    ),
    "a foreign file among shards": (
        DETECT,
        rewritten("translations/student/test/mine.parquet", id=[1]),
        "{run}/translations/student/test/mine.parquet: is no shard of a split",
    ),
    "a column missing": (
        DETECT,
        rewritten(SHARD, id=np.arange(9), log_probability=[-1.0] * 9),
        f"{{run}}/{SHARD}: has no column 'translation'",
    ),
    "a column of another type": (
        DETECT,
        rewritten(SHARD, id=SOURCES, **FIELDS),
        f"{{run}}/{SHARD}: column 'id' is string, not int64",
    ),
    "translations of another corpus": (
        DETECT,
        rewritten(SHARD, id=np.arange(1, 10), **FIELDS),
        "translations of student, test: no row for id 0",
    ),
    "ids twice": (
        DETECT,
        rewritten("corpus/test.parquet", id=[0, 0], source=["a", "b"], target=["a", "b"]),
        "{run}/corpus/test.parquet: id 0 occurs more than once",
    ),
    "recipe cut off": (
        PREPARE,
        cut("recipe.json"),
        "{run}/recipe.json: is no JSON: …",
    ),
    "recipe of another kind": (
        PREPARE,
        text("recipe.json", '{"ingredients": ["flour"]}'),
        "{run}/recipe.json: ingredients: 'ingredients' is no known key; …(known: name, …",
    ),
    "recipe that is a list": (
        PREPARE,
        text("recipe.json", "[]"),
        "{run}/recipe.json: …",
    ),
    "detections missing": (
        COMPARE,
        lambda run: (run / "detections/oscillatory/student/test.parquet").unlink(),
        "{run}: the run is not finished, `kdaudit run` goes on with it (no detections/oscillatory/"
        "student/test.parquet)",
    ),
    "detections cut off": (
        COMPARE,
        cut("detections/oscillatory/student/test.parquet"),
        "{run}/detections/oscillatory/student/test.parquet: is damaged, …",
    ),
    "comparison cut off": (
        ("compare",),
        cut("comparison/comparison.json"),
        "{run}/comparison/comparison.json: is damaged, …",
    ),
    "comparison cut off, not recorded": (
        ("compare",),
        unrecorded(cut("comparison/comparison.json"), "comparison/comparison.json"),
        "{run}/comparison/comparison.json: is no JSON: …",
    ),
    "comparison of another kind": (
        ("compare",),
        text("comparison/comparison.json", '{"schema": "other/9"}'),
        "{run}/comparison/comparison.json: not a comparison: schema is 'other/9', not …",
    ),
    "comparison without its parts": (
        ("report",),
        text("comparison/comparison.json", "{}"),
        "{run}/comparison/comparison.json: has no 'planted_recall'",
    ),
}
"""Files of a run that are not what a stage left there."""


@pytest.mark.parametrize("case", CONTENT)
def test_a_file_of_a_run_that_is_no_result(kdaudit, run_dir, case):
    (stage, *options), spoil, message = CONTENT[case]
    spoil(run_dir)
    before = files(run_dir)
    check(kdaudit(stage, run_dir, *options), message.format(run=run_dir))
    assert files(run_dir) == before


def a_file(folder: Path) -> Path:
    path = folder / "run"
    path.write_text("mine")
    return path


def below_a_file(folder: Path) -> Path:
    return a_file(folder) / "deeper"


def in_the_kernel(folder: Path) -> Path:
    return Path("/proc/no-such-place")


UNWRITABLE = {
    "a file": (a_file, "File exists"),
    "below a file": (below_a_file, "Not a directory"),
    "of the kernel": (in_the_kernel, "No such file or directory"),
}
"""Places in which nobody, root included, can make a run directory."""


@pytest.mark.parametrize("case", UNWRITABLE)
def test_a_run_directory_that_cannot_be_made(kdaudit, tmp_path, case):
    place, reason = UNWRITABLE[case]
    path = place(tmp_path)
    done = kdaudit("run", yaml_recipe(tmp_path), "--run-dir", path)
    message = f"{path}: cannot be written: {reason}; choose another run directory with --run-dir"
    check(done, message)
    assert set(files(tmp_path)) <= {"recipe.yaml", "run"}


def read_only(folder: Path, *arguments: object) -> Done:
    """The command, with `folder` read-only: root, whom no permission binds, by a mount."""
    if os.geteuid() != 0:
        change_mode(folder, "a-w")
        done = as_process(*arguments)
        change_mode(folder, "u+w")
        return done
    own = ("unshare", "--mount", "sh", "-c")
    mounted = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    tried = subprocess.run([*own, mounted, str(folder), "true"], check=False, capture_output=True)
    if tried.returncode != 0:
        pytest.skip("root can write everywhere, and cannot mount anything here")
    return as_process(*arguments, prefix=(*own, mounted, str(folder)))


def change_mode(folder: Path, mode: str) -> None:
    subprocess.run(["chmod", "-R", mode, str(folder)], check=True)


def test_a_read_only_run_directory_is_not_run_in(run_dir, tmp_path):
    path, before = yaml_recipe(tmp_path), files(run_dir)
    done = read_only(run_dir, "run", path, "--run-dir", run_dir)
    check(done, f"{run_dir}: cannot be written: …; choose another run directory with --run-dir")
    assert files(run_dir) == before


def test_a_stage_cannot_write_into_a_read_only_run_directory(run_dir):
    before = files(run_dir)
    stage, *options = DETECT
    done = read_only(run_dir, stage, run_dir, *options)
    written = run_dir / "detections/oscillatory/student/test.parquet"
    check(done, f"{written}: cannot be written: …")
    assert files(run_dir) == before


def test_a_file_where_a_stage_needs_a_folder(kdaudit, run_dir):
    shutil.rmtree(run_dir / "detections")
    (run_dir / "detections").write_text("mine")
    before = files(run_dir)
    stage, *options = DETECT
    written = run_dir / "detections/oscillatory/student/test.parquet"
    check(kdaudit(stage, run_dir, *options), f"{written}: cannot be written: Not a directory")
    assert files(run_dir) == before


def test_an_output_that_cannot_be_written(kdaudit, run_dir):
    output = run_dir / "recipe.json" / "x.csv"
    done = kdaudit("compare", run_dir, "--format", "csv", "--output", output)
    check(done, f"{output}: there is no folder {output.parent}")
