"""What all cases of bad input share."""

from __future__ import annotations

from functools import partial

import pytest

from tests.bad_input.refusals import Command, in_this_process


@pytest.fixture
def kdaudit(monkeypatch, capfd) -> Command:
    """The command line; `kdaudit("run", "demo")` gives its exit code and its output."""
    return partial(in_this_process, monkeypatch, capfd)
