"""What the runner refuses before anything runs, and how it says so."""

from __future__ import annotations

import errno
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kdaudit.artifacts import RunDirectory, write_json, write_text
from kdaudit.errors import ArtifactError, RecipeError
from kdaudit.recipe import dump, load, load_stored
from kdaudit.workflow import failures, runner
from tests.bad_input.refusals import files
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
    assert failures._FAILED.findall(again + for_good) == ["logs/train.log"]
    local = FAILED.format(rule="train").replace(", /run/.snakemake/slurm_logs/1.log", "")
    assert failures._FAILED.findall(local) == ["logs/train.log"]


NO_JSON = ('{"name": "fa', b"\xff\xfe", "[]", "{}")


def broken(tmp_path: Path, content: str | bytes) -> RunDirectory:
    """A run directory whose recipe is none."""
    directory = RunDirectory(tmp_path / "run")
    directory.logs.mkdir(parents=True)
    directory.recipe.write_bytes(content if isinstance(content, bytes) else content.encode())
    return directory


def idle(monkeypatch) -> list[object]:
    """Let the workflow be a process that ends well at once."""
    ran: list[object] = []

    def command(*arguments: object) -> list[str]:
        ran.append(arguments)
        return [sys.executable, "-c", ""]

    monkeypatch.setattr(runner, "_command", command)
    return ran


@pytest.mark.parametrize("content", NO_JSON)
def test_a_recipe_that_cannot_be_read_is_written_anew_when_asked(
    tmp_path, monkeypatch, capsys, content
):
    directory, ran = broken(tmp_path, content), idle(monkeypatch)
    with pytest.raises(ArtifactError, match=r"recipe\.json: .*--recompute` writes it anew"):
        runner.run(directory, recipe(tmp_path), cores=1)
    assert not ran
    runner.run(directory, recipe(tmp_path), cores=1, recompute=True)
    assert load_stored(directory.recipe) == recipe(tmp_path)
    assert f"kdaudit: damaged, made again: {directory.recipe}" in capsys.readouterr().err
    assert ran


def test_the_recipe_of_another_is_never_written_anew(tmp_path, monkeypatch):
    directory = broken(tmp_path, '{"name": "other"}')
    idle(monkeypatch)
    with pytest.raises(ArtifactError, match="is the run directory of the recipe 'other'"):
        runner.run(directory, recipe(tmp_path), cores=1, recompute=True)


def test_a_damaged_list_of_versions_is_made_again_when_asked(tmp_path, monkeypatch, capsys):
    directory, ran = RunDirectory(tmp_path / "run"), idle(monkeypatch)
    runner.run(directory, recipe(tmp_path), cores=1)
    path = directory.logs / "versions.json"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"python", b"pythom"))
    with pytest.raises(ArtifactError, match=r"versions\.json: is damaged"):
        runner.run(directory, recipe(tmp_path), cores=1)
    runner.run(directory, recipe(tmp_path), cores=1, recompute=True)
    assert path.read_bytes() == whole
    assert f"kdaudit: damaged, made again: {path}" in capsys.readouterr().err
    assert len(ran) == 2


@pytest.mark.parametrize("number", [errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK])
def test_a_file_system_without_locks_is_said(tmp_path, monkeypatch, number):
    def flock(*arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(runner.fcntl, "flock", flock)
    with pytest.raises(ArtifactError) as caught:
        runner.run(RunDirectory(tmp_path / "run"), recipe(tmp_path), cores=1)
    assert str(caught.value) == (
        f"{tmp_path}/run: its file system has no locks, which keep two runs apart "
        f"({os.strerror(number)}); choose another run directory with --run-dir"
    )


def planned(monkeypatch, text: str) -> None:
    """Let Snakemake print a plan."""
    said = [sys.executable, "-c", f"print({text!r})"]
    monkeypatch.setattr(runner, "_command", lambda *arguments: list(said))


UP_TO_DATE = "Building DAG of jobs...\nNothing to be done (all requested files are present ...)."


def test_the_dry_run_of_a_run_that_is_up_to_date_says_so(tmp_path, monkeypatch):
    directory = RunDirectory(tmp_path / "run")
    planned(monkeypatch, UP_TO_DATE)
    shown = runner.dry_run(directory, recipe(tmp_path), cores=1, profile=None)
    assert shown == f"nothing to do: {directory.path} is up to date"


def test_the_dry_run_names_other_versions_and_damage_and_writes_nothing(
    tmp_path, monkeypatch, capsys
):
    directory = broken(tmp_path, '{"name":')
    path = directory.logs / "versions.json"
    write_json(path, {"versions": [{"kdaudit": "0.0.1"}]})
    before = files(directory.path)
    planned(monkeypatch, UP_TO_DATE)
    runner.dry_run(directory, recipe(tmp_path), cores=1, profile=None)
    damaged, others = capsys.readouterr().err.splitlines()
    assert damaged == f"kdaudit: damaged, --recompute makes it again: {directory.recipe}"
    assert others.startswith(f"kdaudit: note: {directory.path} has results of kdaudit 0.0.1 (now ")
    path.write_text("{}")
    runner.dry_run(directory, recipe(tmp_path), cores=1, profile=None)
    _, note = capsys.readouterr().err.splitlines()
    assert note.startswith(f"kdaudit: note: {path}: is damaged, ")
    path.unlink()
    assert set(files(directory.path)) <= set(before)


def test_a_stage_that_had_no_room_for_its_last_words_is_told_so(tmp_path, monkeypatch):
    log = tmp_path / "train.log"
    log.write_text("fairseq | epoch 1\n")
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(failures.shutil, "disk_usage", lambda path: usage._replace(free=4096))
    assert failures._said(log) == (
        "a stage ended without a word: its file system is full (4,096 bytes are left): make room "
        f"(log: {log})"
    )
    monkeypatch.setattr(failures.shutil, "disk_usage", lambda path: usage._replace(free=10**9))
    assert "was it killed, or is memory short?" in failures._said(log)
