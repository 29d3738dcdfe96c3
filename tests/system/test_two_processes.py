"""Training on several processes: torchrun starts them, and one model comes out."""

from __future__ import annotations

import pytest

from kdaudit.artifacts import read_json
from kdaudit.stages import train
from kdaudit.stages.base import Context
from tests.tiny import lay_out

pytestmark = pytest.mark.slow


def test_two_processes_train_one_model(tmp_path):
    context, held_out = lay_out(tmp_path, updates=4, pairs=300)
    models = context.recipe.models
    trainer = models["copier"].trainer.model_copy(update={"processes": 2, "threads": 1})
    copier = models["copier"].model_copy(update={"trainer": trainer})
    recipe = context.recipe.model_copy(update={"models": {"copier": copier}})
    train.run(Context(context.directory, recipe), "copier")
    manifest = read_json(context.directory.model_manifest("copier"))
    assert any(command.startswith("torchrun ") for command in manifest["commands"])
    log = (context.directory.logs / "fairseq-copier.log").read_text(encoding="utf-8")
    assert "(rank 1)" in log
    assert len(list(context.translator("copier").translate(held_out[:3]))) == 3
