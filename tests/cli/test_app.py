"""The options before every subcommand, and what the help of all of them says."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from kdaudit import __version__
from kdaudit.cli.app import COMMANDS
from tests.bad_input.refusals import in_this_process


@pytest.fixture
def shown(monkeypatch, capfd) -> Callable[..., str]:
    """The standard output of a command that ends well, its boxes and line ends taken out."""

    def run(*arguments: object) -> str:
        done = in_this_process(monkeypatch, capfd, *arguments)
        assert (done.code, done.err) == (0, "")
        return re.sub(r"[\s│]+", " ", done.out)

    return run


def test_the_version_is_that_of_the_package(shown):
    assert shown("--version").strip() == f"kdaudit {__version__}"


def test_the_overview_has_the_options_and_the_exit_codes_that_there_are(shown):
    text = shown("--help")
    assert "Exit codes: 0 done; 1 a gate failed; 2 bad usage or bad input; 70 a fault" in text
    assert "--debug <bool> Show the traceback of an error." in text
    assert "--version" in text
    assert text == shown()


@pytest.mark.parametrize("name", COMMANDS)
def test_no_word_of_a_help_text_is_taken_for_markup(shown, name):
    text = shown(name, "--help")
    assert not re.search(r"runs/(-| by)", text)
    if name == "run":
        assert "runs/NAME by default" in text
        assert "runs/NAME-seedN" in text


def test_a_reference_is_said_to_be_a_model_and_no_reference_translation(shown):
    text = shown("compare", "--help")
    assert "The model that the others are compared with, or 'all' for every pair: not a" in text
