"""What the runner refuses before anything runs, and how it says so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from kdaudit.artifacts import RunDirectory, write_text
from kdaudit.errors import ArtifactError, RecipeError
from kdaudit.recipe import dump, load, load_stored
from kdaudit.workflow import runner
from tests.fakes import recipe


def test_a_second_run_on_the_same_directory_is_refused(tmp_path):
    directory = RunDirectory(tmp_path / "run")
    write_text(directory.recipe, dump(recipe(tmp_path)))
    holder = (
        "import fcntl, sys; file = open(sys.argv[1], 'a'); fcntl.flock(file, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(directory.path / ".lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ArtifactError, match="another run is at work"):
            runner.run(directory, recipe(tmp_path, seed=77), cores=1)
        other.communicate("")
    assert load_stored(directory.recipe).seed == 1, "the other run's recipe was overwritten"


def test_the_dry_run_lists_the_plan_and_writes_nothing(tmp_path):
    for name in ("train", "valid", "test"):
        for language in ("en", "de"):
            (tmp_path / f"{name}.{language}").write_text("a\n")
    directory = RunDirectory(tmp_path / "run")
    shown = runner.dry_run(directory, recipe(tmp_path), cores=2, profile=None)
    jobs = dict(line.split()[:2] for line in shown.splitlines() if len(line.split()) == 2)
    assert jobs["distill"] == "1"
    assert (jobs["prepare"], jobs["prepare_split"], jobs["prepare_counts"]) == ("1", "1", "1")
    assert jobs["report"] == "1"
    stages = ("prepare", "train", "distill", "translate", "detect", "measure", "group", "compare")
    assert [stage for stage in stages if f"-m kdaudit {stage} . " not in shown] == []
    assert shown.index("kdaudit prepare .") < shown.index("kdaudit report .")
    assert not directory.path.exists()


def test_a_recipe_of_the_paper_is_planned_without_its_texts_and_without_a_gpu(
    tmp_path, monkeypatch
):
    path = Path(__file__).parents[2] / "recipes" / "wmt20-pl-en.yaml"
    monkeypatch.delenv("KDAUDIT_WMT20", raising=False)
    with pytest.raises(
        RecipeError, match=r"yaml:\d+: .* needs the environment variable KDAUDIT_WMT20"
    ):
        load(path)
    monkeypatch.setenv("KDAUDIT_WMT20", str(tmp_path / "nothing"))
    found = load(path)
    shown = runner.dry_run(RunDirectory(tmp_path / "run"), found, cores=2, profile=None)
    assert set(re.findall(r"kdaudit train \. --model (\S+)", shown)) == set(found.models)
    assert set(re.findall(r"kdaudit select \. --model (\S+)", shown)) == set(found.finetuned)
    lines = [line for line in runner.training_commands(found) if "fairseq-train" in line]
    assert len(lines) == len(found.models)
    assert all("torchrun --nproc-per-node 8" in line and "--cpu" not in line for line in lines)
    assert sum("--finetune-from-model ../../teacher/checkpoint.pt" in line for line in lines) == 2


def test_the_training_commands_are_shown_for_every_model(tmp_path):
    lines = runner.training_commands(recipe(tmp_path))
    assert [line for line in lines if line.endswith(":")] == [
        "teacher:",
        "student:",
        "baseline:",
        "reverse:",
    ]
    assert sum("fairseq-train" in line for line in lines) == 4


@pytest.mark.parametrize(("threads", "expected"), [(None, "3"), (2, "2"), (64, "4")])
def test_a_stage_is_given_its_threads_and_never_more_than_the_cores(tmp_path, threads, expected):
    """None: half of those that may be used."""
    for name in ("train", "valid", "test"):
        for language in ("en", "de"):
            (tmp_path / f"{name}.{language}").write_text("a\n")
    settings = recipe(tmp_path, inference={"threads": threads})
    directory = RunDirectory(tmp_path / "run")
    write_text(directory.recipe, dump(settings))
    code = (
        "import runpy, sys; import kdaudit.inference.settings as settings\n"
        "settings.usable_processors = lambda: 7\n"
        "sys.argv = sys.argv[1:]; runpy.run_module('snakemake', run_name='__main__')"
    )
    command = runner._command(directory, 4, None)
    python, _, module, *options = command
    done = subprocess.run(
        [python, "-c", code, module, *options, "--dry-run", "--printshellcmds"],
        capture_output=True,
        text=True,
        check=False,
    )
    shown = done.stdout + done.stderr
    assert done.returncode == 0, shown
    for stage in ("translate", "detect", "measure"):
        given = set(re.findall(rf"-m kdaudit {stage} .* --threads (\d+) >", shown))
        assert given == {expected} if stage == "translate" else given <= {expected, "1"}, stage


FAILED = """Error in rule {rule}:
    message: SLURM-job '1' failed, SLURM status is: 'FAILED'.
    jobid: 0
    log: logs/{rule}.log, /run/.snakemake/slurm_logs/1.log (check log file(s) for error details)
    shell:
        kdaudit {rule} . > logs/{rule}.log 2>&1
    external_jobid: 1
"""
"""Snakemake's words, on a cluster."""


def test_a_job_that_was_run_again_is_no_failure():
    """Of a job whose last attempt failed the stage's own log is read, not the job's beside it."""
    again = FAILED.format(rule="prepare") + "Trying to restart job 0.\n"
    for_good = FAILED.format(rule="train") + "Shutting down, this might take some time.\n"
    assert runner._FAILED.findall(again + for_good) == ["logs/train.log"]
    local = FAILED.format(rule="train").replace(", /run/.snakemake/slurm_logs/1.log", "")
    assert runner._FAILED.findall(local) == ["logs/train.log"]
