"""What fails around the data: a missing compiler, a training that dies, a stage of a run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from kdaudit.recorded import SUFFIX
from tests.bad_input.refusals import ROOT, as_process, check, files
from tests.tiny import LETTERS, lay_out

NOTHING = {"recipe.json"}
"""The files of a run, logs apart, in which nothing has been made."""


def small_recipe(folder: Path, pairs: int = 40, **trainer: object) -> Path:
    """The smallest run with its corpus in files: one model, no measure."""
    lines = [f"{a} {b} {c}\n" for a in LETTERS for b in LETTERS for c in LETTERS][:pairs]
    for name in ("a.en", "a.de"):
        (folder / name).write_text("".join(lines))
    size = {"layers": 1, "width": 16, "feed_forward": 16, "heads": 2, "warmup_updates": 1}
    values = {
        "name": "small",
        "corpus": {
            "splits": {name: {"source": "a.en", "target": "a.de"} for name in ("train", "valid")}
        },
        "subwords": {"size": 270},
        "models": {"copier": {"role": "baseline", "trainer": size | {"updates": 2} | trainer}},
        "detectors": {},
        "quality": {},
        "subgroups": {},
    }
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(values))
    return path


# The installation


def without_fairseq(folder: Path) -> dict[str, str]:
    """The environment variables of an installation that has all packages but fairseq."""
    packages = folder / "packages"
    packages.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.startswith("fairseq") and path.suffix != ".pth":
            (packages / path.name).symlink_to(path)
    return {"PYTHONPATH": os.pathsep.join([str(packages), str(ROOT)])}


def test_no_compiler_where_fairseq_must_be_built(tmp_path):
    environment = without_fairseq(tmp_path) | {"PATH": ""}
    done = as_process("doctor", python=(sys.executable, "-S"), environment=environment)
    assert done.code == 2, done
    assert "PROBLEM  fairseq-fixed: not installed; needed for training\n" in done.out
    assert "PROBLEM  no C++ compiler (c++ or g++): it builds fairseq where " in done.out
    assert done.err == (
        "kdaudit: error: the installation lacks fairseq-fixed, a C++ compiler; `make install` "
        "installs packages\n"
    )


def test_no_compiler_where_fairseq_is_built_already():
    done = as_process("doctor", environment={"PATH": ""})
    assert (done.code, done.err) == (0, ""), done
    assert "note  no C++ compiler (c++ or g++): it builds fairseq where " in done.out


# Training

REFUSED = {
    "a value out of range": (
        {"activation_fn": "loud"},
        "fairseq stopped with exit code 2: fairseq-train: error: argument --activation-fn: "
        "invalid choice: 'loud' …",
    ),
    "data that are not there": (
        {"valid_subset": "nowhere"},
        "fairseq stopped with exit code 1: FileNotFoundError: Dataset not found: nowhere (data)",
    ),
}
"""Options of fairseq-train in a recipe, which only fairseq can judge."""


@pytest.mark.slow
@pytest.mark.parametrize("case", REFUSED)
def test_fairseq_refuses_its_settings(kdaudit, tmp_path, case):
    options, message = REFUSED[case]
    context, _ = lay_out(tmp_path, updates=2, pairs=300)
    recipe = context.directory.recipe
    recipe.write_text(recipe.read_text().replace('"options": {}', f'"options": {as_json(options)}'))
    before = files(tmp_path)
    done = kdaudit("train", tmp_path, "--model", "copier")
    check(done, f"{message} (log: {tmp_path}/logs/fairseq-copier.log)", further=True)
    assert " | INFO | fairseq" in done.err, "the last lines are not shown"
    assert message.split(": ", 1)[1].split("…")[0] in log_of(tmp_path)
    assert {name for name in files(tmp_path) if "/work/" not in name} == set(before)


def as_json(options: dict[str, object]) -> str:
    return str(options).replace("'", '"')


def log_of(run: Path) -> str:
    return (run / "logs/fairseq-copier.log").read_text()


# A whole run


def processes_below(parent: int) -> Iterator[tuple[int, str]]:
    """The processes that a process has started, and those that they have, with command lines."""
    for path in Path(f"/proc/{parent}/task").glob("*/children"):
        for child in map(int, path.read_text().split()):
            yield child, Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
            yield from processes_below(child)


def killed_in_a_run(recipe: Path, words: str) -> tuple[int, str]:
    """Run a recipe, and kill -9 the first process whose command line has these words."""
    command = [sys.executable, "-m", "kdaudit", "run", str(recipe), "--cores", "1"]
    with subprocess.Popen(command, cwd=recipe.parent, stderr=subprocess.PIPE, text=True) as run:
        deadline, victims = time.monotonic() + 120, list[int]()
        while not victims:
            assert time.monotonic() < deadline, f"no process '{words}' within two minutes"
            assert run.poll() is None, "the run ended before anything could be killed"
            try:
                found = list(processes_below(run.pid))
            except OSError:
                continue  # one of them has just ended
            victims = [one for one, line in found if words in line and "/bash" not in line]
            time.sleep(0.01)
        os.kill(victims[0], signal.SIGKILL)
        _, err = run.communicate()
    return run.returncode, err


def errors(err: str) -> list[str]:
    """What a run printed, without the lines that name the stages."""
    lines = err.splitlines()
    assert "Traceback" not in err
    assert [line for line in lines if line.startswith("kdaudit: error: ")] == [
        line for line in lines if "error: " in line and not line.startswith(" ")
    ]
    return [line for line in lines if line not in ("kdaudit: prepare", "kdaudit: train copier")]


@pytest.mark.slow
def test_a_stage_that_refuses_its_input_in_a_run(tmp_path):
    recipe = small_recipe(tmp_path)
    (tmp_path / "a.de").write_text("a\n")
    done = as_process("run", recipe, "--cores", "1", cwd=tmp_path)
    assert done.code == 2
    assert errors(done.err) == [
        f"kdaudit: error: {tmp_path}/a.de: has 1 lines, but {tmp_path}/a.en has 40 "
        "(log: runs/small/logs/prepare.log)"
    ]
    assert (tmp_path / "runs/small/logs/prepare.log").is_file()
    assert done.out == ""
    assert made(tmp_path / "runs/small") == NOTHING


def made(run: Path) -> set[str]:
    """The files of a run apart from Snakemake's own, from hashes beside them, and from a training
    that can go on."""
    found = (name for name in files(run) if ".snakemake" not in name and "/work/" not in name)
    return {name for name in found if not name.endswith(SUFFIX)}


@pytest.mark.slow
def test_a_missing_file_in_a_run(tmp_path):
    recipe = small_recipe(tmp_path)
    (tmp_path / "a.de").unlink()
    done = as_process("run", recipe, "--cores", "1", cwd=tmp_path)
    assert done.code == 2
    assert errors(done.err) == [
        f"kdaudit: error: {tmp_path}/a.de: there is no such file (log: runs/small/logs/prepare.log)"
    ]
    assert made(tmp_path / "runs/small") == NOTHING


@pytest.mark.slow
def test_a_training_that_is_killed_in_a_run(tmp_path):
    code, err = killed_in_a_run(small_recipe(tmp_path, updates=100_000), "kdaudit.training.engine")
    first, *more = errors(err)
    assert code == 2
    log = tmp_path / "runs/small/logs/fairseq-copier.log"
    assert first == (
        f"kdaudit: error: fairseq was killed by SIGKILL (is memory short?) (log: {log})"
    )
    assert all(line.startswith("  ") for line in more)
    prepared = {"valid.parquet", "train.parquet", "subword.model", "manifest.json"}
    assert made(tmp_path / "runs/small") == NOTHING | {f"corpus/{name}" for name in prepared}


@pytest.mark.slow
def test_a_stage_that_is_killed_in_a_run(tmp_path):
    code, err = killed_in_a_run(small_recipe(tmp_path), "-m kdaudit prepare")
    assert code == 2
    assert errors(err) == [
        "kdaudit: error: a stage ended without a word: was it killed, or is memory short? "
        "(log: runs/small/logs/prepare.log)"
    ]
    assert made(tmp_path / "runs/small") == NOTHING


BROKEN = """
import sys
from dataclasses import dataclass

@dataclass(frozen=True)
class Broken:
    needs = ()

    def __post_init__(self):
        if "prepare" in sys.argv:
            raise ZeroDivisionError("in a stranger's scheme")

    def signature(self):
        return "broken"
"""


def plug_in(folder: Path) -> dict[str, str]:
    """A subgroup scheme with a fault, installed as a package of its own."""
    (folder / "stranger.py").write_text(BROKEN)
    described = folder / "stranger-1.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1\n")
    (described / "entry_points.txt").write_text("[kdaudit.subgroups]\nbroken = stranger:Broken\n")
    return {"PYTHONPATH": str(folder)}


@pytest.mark.slow
def test_a_fault_in_a_run_is_no_bad_input(tmp_path):
    """The difference that exit codes make: 70, and the traceback of the stage."""
    recipe = small_recipe(tmp_path)
    recipe.write_text(recipe.read_text().replace("subgroups: {}", "subgroups: {broken: {}}"))
    done = as_process("run", recipe, "--cores", "1", cwd=tmp_path, environment=plug_in(tmp_path))
    assert done.code == 70, done
    assert "ZeroDivisionError: in a stranger's scheme" in done.err
    assert "(log: runs/small/logs/prepare.log)" in done.err
    assert done.err.splitlines()[-1].startswith("kdaudit: this is a fault of kdaudit")


@pytest.mark.slow
def test_a_profile_that_is_not_there(tmp_path):
    recipe = small_recipe(tmp_path)
    done = as_process("run", recipe, "--profile", "nowhere", cwd=tmp_path)
    assert done.code == 2
    (error,) = errors(done.err)
    assert error.startswith("kdaudit: error: the workflow failed: ")
    assert "nowhere" in error
    assert error.endswith("(log: runs/small/logs/workflow.log)")
    assert made(tmp_path / "runs/small") == NOTHING
