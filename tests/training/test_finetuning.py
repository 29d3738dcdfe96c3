"""A teacher that is fine-tuned for real: what it is afterwards, and what a mishap leaves."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from kdaudit.artifacts import RunDirectory, file_hash, read_object
from kdaudit.errors import TrainingError
from kdaudit.fairseq_checkpoint import allow_fairseq_checkpoints, load
from kdaudit.recipe.finetune import ADAPTED, TEACHER
from kdaudit.stages import select, train, translate
from kdaudit.stages.base import Context
from kdaudit.training import run_commands
from kdaudit.training.checkpoints import LAST, updates

pytestmark = pytest.mark.slow


def copied(chosen: Context, folder: Path) -> Context:
    shutil.copytree(chosen.directory.path, folder)
    return Context(RunDirectory(folder), chosen.recipe)


def curve(context: Context) -> list[dict]:
    text = context.directory.curve(ADAPTED).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_its_teacher_is_the_checkpoint_that_was_given(copy_task, chosen):
    theirs = copy_task.context.directory.model("copier")
    ours = chosen.directory.model(TEACHER)
    assert file_hash(ours / "ctranslate2/model.bin") == file_hash(theirs / "ctranslate2/model.bin")
    described = read_object(chosen.directory.model_manifest(TEACHER))
    assert described["taken_from_sha256"] == file_hash(theirs / "checkpoint.pt")
    assert chosen.directory.curve(TEACHER).read_text() == ""
    assert chosen.recipe.models[TEACHER].trainer.updates == 600


def test_its_weights_are_others_and_not_far_away(fine_tuned):
    before, after = (
        load(fine_tuned.directory.model(name) / "checkpoint.pt")["model"]
        for name in (TEACHER, ADAPTED)
    )
    assert before.keys() == after.keys()
    moved = {name: float((after[name] - before[name]).abs().max()) for name in before}
    assert max(moved.values()) > 0
    assert max(moved.values()) < 0.05


def test_fairseq_loads_it(fine_tuned):
    from fairseq import checkpoint_utils

    allow_fairseq_checkpoints()
    home = fine_tuned.directory.model(ADAPTED)
    (model,), _, task = checkpoint_utils.load_model_ensemble_and_task(
        [str(home / "checkpoint.pt")], arg_overrides={"data": str(home)}
    )
    assert len(task.target_dictionary) == len(model.decoder.embed_tokens.weight)
    assert all(torch.isfinite(weight).all() for weight in model.parameters())


def test_it_translates_and_is_a_model_of_the_run(fine_tuned, copy_task):
    assert fine_tuned.recipe.audited_models == [TEACHER, ADAPTED]
    lines = copy_task.held_out[:50]
    found = [one.text for one in fine_tuned.translator(ADAPTED).translate(lines)]
    assert sum(one == line for one, line in zip(found, lines, strict=True)) > 40
    translate.run(fine_tuned, ADAPTED, "train", 0)
    assert len(fine_tuned.translated(ADAPTED, "train")) == len(fine_tuned.corpus("train"))


def test_its_optimizer_is_fresh_and_its_learning_rate_constant(fine_tuned):
    rows = [row for row in curve(fine_tuned) if row["kind"] == "update"]
    assert rows[0]["updates"] == 1
    assert {row["learning_rate"] for row in rows} == {1e-4}
    state = load(fine_tuned.directory.model(ADAPTED) / "checkpoint.pt")
    assert updates(state) == rows[-1]["updates"] < 100
    assert {row["epoch"] for row in rows} == {1.0, 2.0}


def test_it_was_trained_on_the_chosen_pairs(fine_tuned):
    directory = fine_tuned.directory
    described = read_object(directory.model_manifest(ADAPTED))
    assert described["trained_on_sha256"] == file_hash(directory.selected(ADAPTED))
    assert select.counts(directory, ADAPTED)["chosen"] == 300
    assert described["pairs_left_out"] == 0
    assert f"--finetune-from-model ../../{TEACHER}/checkpoint.pt" in described["commands"][1]


def test_a_fine_tuning_that_was_stopped_goes_on_to_the_same_weights(chosen, fine_tuned, tmp_path):
    context = copied(chosen, tmp_path / "run")
    work = context.directory.model(ADAPTED) / "work"
    log = context.directory.logs / f"fairseq-{ADAPTED}.log"
    train.lay_out(context, ADAPTED, work, log)
    preprocess, training, *_ = train.commands(context.recipe, ADAPTED)
    place = training.arguments.index("--max-epoch") + 1
    arguments = (*training.arguments[:place], "1", *training.arguments[place + 1 :])
    run_commands([preprocess, replace(training, arguments=arguments)], work, log)
    assert (work / "checkpoints" / LAST).is_file()
    assert not context.directory.model_manifest(ADAPTED).exists()
    train.run(context, ADAPTED)
    assert "loading pretrained model" in log.read_text()
    assert "Loaded checkpoint checkpoints/checkpoint_last.pt (epoch 2" in log.read_text()
    whole, again = (run.directory.model(ADAPTED) for run in (fine_tuned, context))
    assert file_hash(again / "ctranslate2/model.bin") == file_hash(whole / "ctranslate2/model.bin")
    assert not work.exists()


@pytest.mark.parametrize("batch_tokens", [200, 100_000], ids=["many updates", "one update"])
def test_a_fine_tuning_that_diverges_says_so_and_leaves_the_teacher(chosen, tmp_path, batch_tokens):
    """fairseq sees a gradient that is no number; after the last update there is none to see."""
    context = copied(chosen, tmp_path / "run")
    model = chosen.recipe.models[ADAPTED]
    trainer = model.trainer.model_copy(
        update={"learning_rate": 1e30, "batch_tokens": batch_tokens, "epochs": 1}
    )
    models = {**chosen.recipe.models, ADAPTED: model.model_copy(update={"trainer": trainer})}
    context = replace(context, recipe=chosen.recipe.model_copy(update={"models": models}))
    home = context.directory.model(TEACHER)
    before = {path: file_hash(path) for path in home.rglob("*") if path.is_file()}
    for _ in range(2):  # what the first one leaves is nothing to go on from
        with pytest.raises(TrainingError) as refusal:
            train.run(context, ADAPTED)
        assert str(refusal.value).startswith("the training diverged: ")
        assert "\n" not in str(refusal.value)
        assert str(context.directory.logs) in str(refusal.value)
        assert {path.name for path in context.directory.model(ADAPTED).iterdir()} == {"work"}
    assert {path: file_hash(path) for path in before} == before
