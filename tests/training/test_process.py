"""What fairseq prints becomes a training curve; what kills it is shown."""

from __future__ import annotations

import pytest

from kdaudit.errors import TrainingError
from kdaudit.training import Command, run_commands
from kdaudit.training.process import parse_line, training_curve

INNER = (
    '2026-11-21 09:34:24,251 | INFO | train_inner | {"epoch": 4, "update": 3.333, "loss": "2.041", '
    '"nll_loss": "1.9", "wps": "6406.3", "num_updates": "280", "lr": "0.0017", "wall": "74"}'
)
VALID = (
    '2026-11-21 09:34:30,000 | INFO | valid | {"epoch": 4, "valid_loss": "1.5", '
    '"valid_nll_loss": "1.4", "valid_num_updates": "336"}'
)


def test_a_line_of_the_log_is_a_point_of_the_curve():
    assert parse_line(INNER) == {
        "kind": "update",
        "epoch": 4.0,
        "updates": 280,
        "loss": 2.041,
        "nll_loss": 1.9,
        "learning_rate": 0.0017,
        "tokens_per_second": 6406.3,
        "seconds": 74.0,
    }
    assert parse_line(VALID) == {
        "kind": "validation",
        "epoch": 4.0,
        "updates": 336,
        "loss": 1.5,
        "nll_loss": 1.4,
    }


@pytest.mark.parametrize(
    "line", ["", "INFO", "a | INFO | fairseq.trainer | begin training epoch 2", "x | y | valid | z"]
)
def test_other_lines_are_no_points(line):
    assert parse_line(line) is None


def test_a_point_that_was_reached_twice_counts_once_with_its_last_values(tmp_path):
    log = tmp_path / "log"
    log.write_text("\n".join([INNER, VALID, INNER.replace("2.041", "2.05")]) + "\n")
    assert [(row["kind"], row["loss"]) for row in training_curve(log)] == [
        ("update", 2.05),
        ("validation", 1.5),
    ]


def test_a_training_that_dies_shows_its_last_lines_and_its_log(tmp_path):
    log = tmp_path / "fairseq.log"
    command = Command("fairseq-train", ("no-such-data", "--arch", "transformer"))
    with pytest.raises(TrainingError, match=r"exit code \d+; log: .*fairseq\.log") as error:
        run_commands([command], tmp_path, log)
    assert "Must specify batch size" in str(error.value)
    assert "Must specify batch size" in log.read_text()
