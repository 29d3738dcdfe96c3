"""Checkpoints: loaded without running code, gone on from only where they are whole."""

from __future__ import annotations

import argparse
import os

import pytest
import torch

from kdaudit.errors import InputError
from kdaudit.fairseq_checkpoint import check_transformer, load
from kdaudit.training.checkpoints import BEST, LAST, is_whole, prepare_resume

STATE = {"args": argparse.Namespace(arch="transformer"), "model": {"w": torch.ones(2)}}


class Intruder:
    """Runs a command when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_checkpoint_of_fairseq_loads(tmp_path):
    torch.save(STATE, tmp_path / "c.pt")
    assert load(tmp_path / "c.pt")["args"].arch == "transformer"


def test_a_checkpoint_that_runs_code_is_refused_and_does_not_run_it(tmp_path):
    torch.save({**STATE, "x": Intruder(tmp_path / "intruded")}, tmp_path / "c.pt")
    with pytest.raises(InputError, match=r"c\.pt: cannot be loaded as weights only"):
        load(tmp_path / "c.pt")
    assert not (tmp_path / "intruded").exists()


def test_a_foreign_file_is_no_checkpoint(tmp_path):
    (tmp_path / "c.pt").write_bytes(b"not a checkpoint")
    with pytest.raises(InputError, match="cannot be loaded"):
        load(tmp_path / "c.pt")
    torch.save({"weights": 1}, tmp_path / "d.pt")
    with pytest.raises(InputError, match="no fairseq model"):
        load(tmp_path / "d.pt")


def test_a_cut_off_checkpoint_is_not_whole(tmp_path):
    torch.save(STATE, tmp_path / "c.pt")
    assert is_whole(tmp_path / "c.pt")
    content = (tmp_path / "c.pt").read_bytes()
    (tmp_path / "c.pt").write_bytes(content[: len(content) // 2])
    assert not is_whole(tmp_path / "c.pt")


@pytest.mark.parametrize(
    ("last", "best", "resumes_from"),
    [(1, 1, 1), (1, 0, 1), (0, 1, 2), (None, 0, None), (None, None, None)],
)
def test_training_goes_on_from_the_last_whole_checkpoint(tmp_path, last, best, resumes_from):
    """1: a whole one is there; 0: a cut one; None: there is none."""
    for name, whole, number in ((LAST, last, 1), (BEST, best, 2)):
        if whole is not None:
            torch.save({**STATE, "number": number}, tmp_path / name)
        if whole == 0:
            (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:-30])
    assert prepare_resume(tmp_path) == (resumes_from is not None)
    if resumes_from is None:
        assert not (tmp_path / LAST).exists()
    else:
        assert load(tmp_path / LAST)["number"] == resumes_from


OPTIONS = {"arch": "transformer", "task": "translation", "adaptive_softmax_cutoff": None}


@pytest.mark.parametrize(
    "changed",
    [
        {"arch": "fconv"},
        {"arch": "transformer_lm"},
        {"task": "multilingual_translation"},
        {"adaptive_softmax_cutoff": "[print('evaluated')]"},
    ],
)
def test_a_model_that_fairseq_sets_up_by_evaluating_its_options_is_refused(tmp_path, changed):
    for name, options in (("good.pt", OPTIONS), ("bad.pt", OPTIONS | changed)):
        model = argparse.Namespace(**options)
        torch.save({"args": None, "cfg": {"model": model}, "model": {}}, tmp_path / name)
    check_transformer(tmp_path / "good.pt")
    with pytest.raises(InputError, match=r"bad\.pt: is no plain transformer"):
        check_transformer(tmp_path / "bad.pt")
