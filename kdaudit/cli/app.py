"""Puts the subcommands together and turns errors into exit codes.

0: done; 1: a gate failed; 2: bad usage or bad input, one line on standard error; 70: a
fault of kdaudit itself, with its traceback; 130 and 143: stopped from outside.
"""

from __future__ import annotations

import importlib
import signal
import sys
import traceback
from typing import NoReturn

import typer

from kdaudit.errors import KdauditError

COMMANDS = {
    "run": "All stages of a recipe, resumable.",
    "compare": "Compare models: of a run directory, or of plain files from any system.",
    "report": "Write the report of a run directory.",
    "inspect": "Show the segments that a detector flagged.",
    "prepare": "Stage: corpus, planted cases, subwords.",
    "train": "Stage: train one model.",
    "distill": "Stage: make a student's KD corpus.",
    "translate": "Stage: translate one shard of a split.",
    "score": "Stage: forced scores of a split's targets.",
    "detect": "Stage: one detector on one model.",
    "measure": "Stage: one quality metric of one model.",
    "group": "Stage: the subgroups of one scheme.",
    "doctor": "What is installed, what is missing, what to do.",
}
"""Every subcommand has a module of its name; the text is its line in the overview."""

OVERVIEW = """Audit what a distilled translation model memorizes and hallucinates.

Exit codes: 0 done, 1 a gate failed, 2 bad usage or bad input. `--debug` shows the
traceback of an error.

Example: `kdaudit run demo && kdaudit compare runs/demo`
"""


def build() -> typer.Typer:
    """The command line with all subcommands."""
    app = typer.Typer(
        name="kdaudit",
        help=OVERVIEW,
        add_completion=False,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode="markdown",
    )
    for name, summary in COMMANDS.items():
        module = importlib.import_module(f"kdaudit.cli.{name}")
        app.command(name, short_help=summary)(module.command)
    return app


def main() -> int:
    """Run the command line; returns the exit code."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    signal.signal(signal.SIGTERM, _stopped)
    signal.signal(signal.SIGINT, _stopped)
    try:
        build()(arguments, prog_name="kdaudit")
    except KdauditError as error:
        return _failed(error, str(error), debug)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _failed(error, f"{place}{error.strerror or error}", debug)
    except Exception:
        traceback.print_exc()
        print("kdaudit: this is a fault of kdaudit, not yours: please report it", file=sys.stderr)
        return 70
    return 0


def _failed(error: Exception, message: str, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    print(f"kdaudit: error: {message}", file=sys.stderr)
    return 2


def _stopped(number: int, frame: object) -> NoReturn:
    print("kdaudit: stopped; the same command goes on from here", file=sys.stderr)
    raise SystemExit(128 + number)
