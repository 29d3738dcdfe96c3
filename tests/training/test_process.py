"""What fairseq prints becomes a training curve."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdaudit.training.process import explained, parse_line, training_curve

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


ENDED = [
    "2026-11-21 09:34:30,000 | INFO | fairseq_cli.train | begin",
    "Traceback (most recent call last):",
    '  File "train.py", line 1, in <module>',
    "    train()",
    "RuntimeError: Error(s) in loading state_dict for TransformerModel:",
    "\tsize mismatch for encoder.embed_tokens.weight",
]


REFUSED = ["usage: fairseq-train [-h]", "             [--cpu]", "fairseq-train: error: no"]


@pytest.mark.parametrize(
    ("code", "lines", "message"),
    [
        (1, ENDED, f"fairseq stopped with exit code 1: {ENDED[4]} (log: x)"),
        (2, REFUSED, "fairseq stopped with exit code 2: fairseq-train: error: no (log: x)"),
        (1, [], "fairseq stopped with exit code 1 (log: x)"),
        (-9, ENDED[:1], "fairseq was killed by SIGKILL (is memory short?) (log: x)"),
        (-15, ENDED[:1], "fairseq was killed by SIGTERM (log: x)"),
        (2, [*ENDED, "kdaudit: error: c.pt: is foreign"], "c.pt: is foreign (log: x)"),
    ],
)
def test_the_end_of_a_training_is_one_line_and_below_it_what_came_before(code, lines, message):
    first, *more = explained(code, lines, Path("x")).split("\n")
    assert first == message
    assert all(line.startswith("  ") for line in more)
    assert not any("Traceback" in line or "usage: " in line for line in more)
