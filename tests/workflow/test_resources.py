"""What a job asks for on a cluster: usual, by the recipe, and by Snakemake's own word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from kdaudit.artifacts import RunDirectory, write_text
from kdaudit.cli.run import find_profile
from kdaudit.errors import RecipeError
from kdaudit.recipe import dump
from kdaudit.recipe.resources import USUAL
from kdaudit.stages import report, seeds, train
from kdaudit.workflow import runner
from kdaudit.workflow.resources import of_stage, of_training, training_processors
from tests.fakes import MODELS, recipe

ROOT = Path(__file__).parents[2]
STUDENT = SimpleNamespace(model="student")


def test_what_is_usual_and_what_the_recipe_says(tmp_path):
    chosen = {
        "all": {"partition": "cpu", "memory_mb": 900},
        "translate": {"gpus": 1, "minutes": 7},
    }
    settings = recipe(tmp_path, resources=chosen)
    asked = of_stage(settings, "translate")
    assert (asked["runtime"], asked["slurm_partition"]) == (7, "cpu")
    assert asked["gres"](STUDENT) == "gpu:1"
    assert [asked["mem_mb"](STUDENT, attempt=n) for n in (1, 2, 3)] == [900, 1800, 2700]
    usual = of_stage(recipe(tmp_path), "compare")
    assert usual["runtime"] == USUAL["compare"].minutes
    assert "slurm_partition" not in usual
    assert usual["gres"](STUDENT) == ""


def test_gpus_are_asked_for_where_the_recipe_says_cuda(tmp_path):
    trainer = {"epochs": 1, "device": "cuda", "processes": 4, "threads": 2}
    settings = recipe(tmp_path, trainer=trainer, inference={"device": "cuda"})
    assert of_training(settings)["gres"](STUDENT) == "gpu:4"
    assert training_processors(settings, "student") == 8
    translating = of_stage(settings, "detect", lambda wildcards: wildcards.model == "student")
    assert translating["gres"](STUDENT) == "gpu:1"
    assert translating["gres"](SimpleNamespace(model="teacher")) == ""


def test_a_training_on_several_nodes_has_a_task_on_each(tmp_path):
    models = MODELS | {"student": {**MODELS["student"], "trainer": {"nodes": 2, "processes": 3}}}
    asked = of_training(recipe(tmp_path, models=models))
    assert (asked["nodes"](STUDENT), asked["tasks"](STUDENT)) == (2, 2)
    assert asked["nodes"](SimpleNamespace(model="teacher")) == 1
    assert "nodes" not in of_training(recipe(tmp_path))


def test_an_unknown_stage_is_refused(tmp_path):
    with pytest.raises(RecipeError, match="'trian' is no known stage; did you mean 'train'"):
        recipe(tmp_path, resources={"trian": {"memory_mb": 1}})


def test_nothing_that_is_computed_depends_on_resources(tmp_path):
    plain, other = recipe(tmp_path), recipe(tmp_path, resources={"all": {"memory_mb": 77}})
    assert report.settings(plain) == report.settings(other)
    assert train.settings(plain, "student") == train.settings(other, "student")
    assert seeds.difference(plain, other) is None


def test_one_node_is_what_it_was_before_there_were_nodes(tmp_path):
    trainer = recipe(tmp_path).models["student"].trainer
    assert "nodes" not in trainer.identity()
    assert "nodes" in trainer.model_copy(update={"nodes": 2}).identity()


def test_the_workflow_tells_snakemake(tmp_path):
    """The threads and resources of a job, in Snakemake's own words."""
    for name in ("train", "valid", "test"):
        for language in ("en", "de"):
            (tmp_path / f"{name}.{language}").write_text("a\n")
    chosen = {"translate": {"memory_mb": 1234, "processors": 3, "partition": "p"}}
    directory = RunDirectory(tmp_path / "run")
    write_text(directory.recipe, dump(recipe(tmp_path, resources=chosen)))
    command = [*runner._command(directory, 4, None), "--dry-run"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rules = (done.stdout + done.stderr).split("\nrule ")
    jobs = [rule for rule in rules if rule.startswith("translate:")]
    assert jobs
    assert all("threads: 3\n" in job for job in jobs)
    asked = {job.split("resources: ")[1].split("\n")[0] for job in jobs}
    assert all("mem_mb=1234" in one and "slurm_partition=p" in one for one in asked), asked


def test_the_packaged_profile_has_limits_and_further_attempts():
    folder = find_profile(Path("slurm"))
    assert folder.is_dir()
    values = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    assert values["executor"] == "slurm"
    assert values["jobs"] > 0
    assert values["retries"] > 0


def test_a_profile_says_how_much_runs_at_a_time(tmp_path):
    """Not the processors of the machine that submits."""
    directory = RunDirectory(tmp_path)
    command = runner._command(directory, None, Path("profile"))
    assert "--cores" not in command
    assert command[-2:] == ["--profile", "profile"]
    assert sys.executable == command[0]
