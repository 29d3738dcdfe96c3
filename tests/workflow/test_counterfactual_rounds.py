"""The workflow and the stopping rule: no round begins before the one before it is judged."""

from __future__ import annotations

import os
from pathlib import Path

from kdaudit import recipe as recipes
from kdaudit.artifacts import RunDirectory, write_text
from kdaudit.recipe import dump
from kdaudit.stages import counterfactual
from kdaudit.workflow import runner
from tests.counterfactual_runs import made_up, train_models
from tests.fakes import FakeRun, recipe

RULE = {"models": 8, "bands": [0.5], "nearest": False}
BASELINE = {"baseline": {"role": "baseline"}}
SECTION = {"model": "baseline", **RULE}


def files(folder: Path) -> None:
    for name in ("train", "valid", "test"):
        for language in ("en", "de"):
            (folder / f"{name}.{language}").write_text("a\n")


def test_with_a_rule_the_first_round_alone_is_planned(tmp_path):
    files(tmp_path)
    section = {**SECTION, "stopping": {"uncertain": 0.1}}
    settings = recipe(tmp_path, models=BASELINE, counterfactual=section)
    shown = runner.dry_run(RunDirectory(tmp_path / "run"), settings, cores=2, profile=None)
    assert shown.count("kdaudit train counterfactual/subsets/") == 2
    assert "counterfactual . --round 0" in shown


def test_through_distillation_each_subset_has_its_own_teacher(tmp_path):
    files(tmp_path)
    section = {"model": "student", "distillation": True, "models": 2}
    shown = runner.dry_run(
        RunDirectory(tmp_path / "run"), recipe(tmp_path, counterfactual=section), 2, None
    )
    for model in ("teacher", "student", "baseline"):
        assert f"train counterfactual/subsets/0001 --model {model}" in shown
    assert "distill counterfactual/subsets/0001 --model student" in shown
    assert "translate counterfactual/subsets/0001 --model teacher --split train" in shown


def test_held_out_is_compared_with_the_runs_own_model(tmp_path):
    files(tmp_path)
    section = {"model": "baseline", "design": "held_out"}
    settings = recipe(tmp_path, models=BASELINE, counterfactual=section)
    shown = runner.dry_run(RunDirectory(tmp_path / "run"), settings, 2, None)
    assert "kdaudit score . --model baseline --text target --split train" in shown
    assert shown.count("kdaudit train counterfactual/subsets/") == 1


def trained(folder: Path, **stopping: object) -> FakeRun:
    """A run whose models on subsets are all there, newer than what they were made of."""
    files(folder)
    run = made_up(folder, RULE | {"stopping": stopping})
    for path in [run.directory.subwords, *map(run.directory.corpus, run.recipe.corpus.names)]:
        os.utime(path, (1, 1))
    for path in folder.glob("*.??"):
        os.utime(path, (0, 0))
    train_models(run, noise=0.001)
    return run


def test_rounds_are_judged_one_after_the_other_until_one_is_enough(tmp_path):
    run = trained(tmp_path, uncertain=0.05, models=6)
    only = counterfactual.outputs(RunDirectory(Path()), run.recipe)
    outcome = runner.run(run.directory, run.recipe, cores=2, only=only)
    assert outcome.steps == 4  # three rounds, and the table
    assert [counterfactual.stops(run.directory, number) for number in range(3)] == [
        False,
        False,
        True,
    ]
    assert not run.directory.counterfactual_round(3).exists()
    assert run.directory.counterfactual("baseline").is_file()
    again = runner.run(run.directory, run.recipe, cores=2, only=only)
    assert again.steps == 0


def test_the_packaged_recipe_is_planned(tmp_path):
    path = Path(__file__).parents[2] / "recipes" / "counterfactual.yaml"
    found = recipes.load(path)
    shown = runner.dry_run(RunDirectory(tmp_path / "run"), found, cores=2, profile=None)
    assert found.counterfactual.plan.models <= 8
    models = found.counterfactual.plan.models  # without a stopping rule, each a job of its own
    assert shown.count("kdaudit train counterfactual/subsets/") == models
    assert shown.count("kdaudit score counterfactual/subsets/") == models
    assert "--round" not in shown
    write_text(tmp_path / "recipe.json", dump(found))
    assert recipes.load_stored(tmp_path / "recipe.json") == found
