"""Settings become fairseq's options, and nothing else."""

from __future__ import annotations

import pytest

from kdaudit.errors import RecipeError, TrainingError
from kdaudit.settings import parse
from kdaudit.training import TrainerSettings, run_commands, training_commands

BASE = {"epochs": 3}


def options(cuda: bool = False, **settings) -> list[str]:
    trainer = parse(TrainerSettings, BASE | settings, "trainer")
    return list(training_commands(trainer, "en", "de", cuda)[1].arguments)


def value(arguments: list[str], option: str) -> str:
    return arguments[arguments.index(option) + 1]


def test_the_published_student_is_the_default_size():
    arguments = options()
    assert value(arguments, "--encoder-layers") == value(arguments, "--decoder-layers") == "6"
    assert value(arguments, "--encoder-embed-dim") == "512"
    assert value(arguments, "--decoder-ffn-embed-dim") == "2048"
    assert value(arguments, "--encoder-attention-heads") == "8"
    assert value(arguments, "--dropout") == value(arguments, "--label-smoothing") == "0.1"
    assert value(arguments, "--lr") == "0.0002"
    assert value(arguments, "--warmup-updates") == "8000"
    assert value(arguments, "--adam-betas") == "(0.9, 0.98)"
    assert "--share-all-embeddings" in arguments


def test_training_stops_by_epochs_or_by_updates():
    assert value(options(), "--max-epoch") == "3"
    assert "--max-update" not in options()
    assert value(options(epochs=None, updates=100), "--max-update") == "100"


def test_a_linear_schedule_ends_at_the_last_update():
    arguments = options(epochs=None, updates=100, schedule="linear")
    assert value(arguments, "--lr-scheduler") == "polynomial_decay"
    assert value(arguments, "--total-num-update") == "100"
    assert value(options(), "--lr-scheduler") == "inverse_sqrt"


def test_the_cpu_is_asked_for_where_there_is_no_gpu():
    assert "--cpu" in options(cuda=False, precision="float16")
    assert "--fp16" not in options(cuda=False, precision="float16")
    assert "--cpu" not in options(cuda=True)
    assert "--fp16" in options(cuda=True, precision="float16")


def test_any_further_option_is_handed_on():
    arguments = options(options={"weight_decay": 0.01, "--no-scale-embedding": True, "fp16": False})
    assert value(arguments, "--weight-decay") == "0.01"
    assert "--no-scale-embedding" in arguments
    assert "--fp16" not in arguments


def test_several_processes_go_through_torchrun():
    trainer = parse(TrainerSettings, BASE | {"processes": 2}, "trainer")
    shown = [str(command) for command in training_commands(trainer, "en", "de", cuda=False)]
    assert shown[1].startswith("torchrun --nproc-per-node 2 fairseq-train data ")
    assert "--distributed-backend gloo" in shown[1]
    assert shown[0].startswith("fairseq-preprocess ")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": None}, "needs 'epochs' or 'updates'"),
        ({"width": 100, "heads": 8}, "width 100 is not a multiple of heads 8"),
        ({"schedule": "linear"}, "a linear schedule needs 'updates'"),
        ({"epoch": 3}, "did you mean 'epochs'"),
        ({"epochs": 0}, "trainer.epochs: Input should be greater than or equal to 1"),
        ({"dropout": "much"}, r"trainer\.dropout: .*got 'much'"),
    ],
)
def test_a_mistake_in_the_settings_says_where_and_what(settings, message):
    with pytest.raises(RecipeError, match=message):
        parse(TrainerSettings, BASE | settings, "trainer")


def test_several_nodes_are_started_by_srun():
    trainer = parse(TrainerSettings, BASE | {"processes": 4, "nodes": 2}, "trainer")
    command = training_commands(trainer, "en", "de", cuda=True)[1]
    assert str(command).startswith(
        "srun --overlap --nodes 2 --ntasks 2 --ntasks-per-node 1 "
        "torchrun --nnodes 2 --nproc-per-node 4 fairseq-train data "
    )
    assert value(list(command.arguments), "--distributed-world-size") == "8"


def test_several_nodes_outside_a_job_are_refused(monkeypatch, tmp_path):
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    trainer = parse(TrainerSettings, BASE | {"nodes": 2}, "trainer")
    command = training_commands(trainer, "en", "de", cuda=False)[1]
    with pytest.raises(TrainingError, match="on 2 nodes is started by Slurm's srun"):
        run_commands([command], tmp_path, tmp_path / "log")
