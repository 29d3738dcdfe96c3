"""Training on several processes: torchrun starts them, and one model comes out."""

from __future__ import annotations

import pytest

from kdaudit.artifacts import read_json
from kdaudit.stages import train
from kdaudit.stages.base import Context
from tests.tiny import lay_out

pytestmark = pytest.mark.slow


def test_two_processes_train_one_model_that_learns(tmp_path):
    """The copy task: half as many updates, each of two processes' batches."""
    context, held_out = lay_out(tmp_path, updates=300)
    models = context.recipe.models
    trainer = models["copier"].trainer.model_copy(update={"processes": 2, "threads": 1})
    copier = models["copier"].model_copy(update={"trainer": trainer})
    recipe = context.recipe.model_copy(update={"models": {"copier": copier}})
    context = Context(context.directory, recipe)
    train.run(context, "copier")
    manifest = read_json(context.directory.model_manifest("copier"))
    assert any(command.startswith("torchrun ") for command in manifest["commands"])
    log = (context.directory.logs / "fairseq-copier.log").read_text(encoding="utf-8")
    assert "(rank 1)" in log
    said = [one.text for one in context.translator("copier").translate(held_out)]
    copied = sum(one == other for one, other in zip(said, held_out, strict=True))
    assert copied >= 0.95 * len(held_out), copied
