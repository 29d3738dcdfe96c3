"""Puts the subcommands together and turns errors into exit codes.

0: done; 1: a gate failed; 2: bad usage or bad input, one line on standard error; 70: a fault
of kdaudit itself, with its traceback; 130 and 143: stopped from outside.
"""

from __future__ import annotations

import importlib
import signal
import sys
import traceback
from typing import Annotated, Any, NoReturn

import typer

from kdaudit._version import __version__
from kdaudit.errors import FAULT, PREFIX, KdauditError

BadUsage: Any = typer.BadParameter.__bases__[0]
"""What Typer raises for options and arguments that do not fit; it does not export the class."""

COMMANDS = {
    "run": "All stages of a recipe, resumable.",
    "compare": "Compare models: of a run directory, or of plain files from any system.",
    "audit": "Audit models that are there, of whichever toolkit: no recipe.",
    "finetune": "Fine-tune a checkpoint on chosen pairs; audit it before and after.",
    "gate": "Check a comparison against the limits of a release.",
    "report": "Write the report of a run directory.",
    "inspect": "Show the segments that a detector flagged.",
    "prepare": "Stage: corpus, planted cases, subwords.",
    "train": "Stage: train one model.",
    "select": "Stage: choose the pairs that a teacher is fine-tuned on.",
    "distill": "Stage: make a student's KD corpus.",
    "translate": "Stage: translate one shard of a split.",
    "score": "Stage: forced scores of a split's targets.",
    "detect": "Stage: one detector on one model.",
    "measure": "Stage: one quality metric of one model.",
    "group": "Stage: the subgroups of one scheme.",
    "counterfactual": "Which pairs a model knows only if it was trained with them.",
    "doctor": "What is installed, what is missing, what to do.",
}
"""Every subcommand has a module of its name; the text is its line in the overview."""

OVERVIEW = """Audit what a distilled translation model memorizes and hallucinates.

Exit codes: 0 done; 1 a gate failed; 2 bad usage or bad input; 70 a fault of kdaudit itself;
130 and 143 stopped from outside.

Example: `kdaudit run demo && kdaudit compare runs/demo`
"""


def build() -> typer.Typer:
    """The command line with all subcommands."""
    app = typer.Typer(
        name="kdaudit",
        help=OVERVIEW,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        rich_markup_mode="markdown",
    )
    app.callback()(_options)
    for name, summary in COMMANDS.items():
        module = importlib.import_module(f"kdaudit.cli.{name}")
        app.command(name, short_help=summary)(module.command)
    return app


def _show_version(asked: bool) -> None:
    if asked:
        print(f"kdaudit {__version__}")
        raise typer.Exit


def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_show_version, help="Show the version and exit."
        ),
    ] = False,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the traceback of an error. Anywhere in a command.")
    ] = False,
) -> None:
    """Options before the subcommand; `main` takes `--debug` out wherever it stands."""


def main() -> int:
    """Run the command line; returns the exit code."""
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"] or ["--help"]
    signal.signal(signal.SIGTERM, _stopped)
    signal.signal(signal.SIGINT, _stopped)
    try:
        code: int | None = build()(arguments, prog_name="kdaudit", standalone_mode=False)
    except KdauditError as error:
        return _failed(error, str(error), debug)
    except BadUsage as error:
        return _failed(error, _usage(error), debug)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        return _failed(error, f"{place}{error.strerror or error}", debug)
    except Exception:
        traceback.print_exc()
        print(FAULT, file=sys.stderr)
        return 70
    return code or 0


def _failed(error: Exception, message: str, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    print(f"{PREFIX}{message}", file=sys.stderr)
    return 2


def _usage(error: Any) -> str:
    """One line on a mistake in options and arguments, and where they are explained."""
    said = " ".join(error.format_message().split()).removesuffix(".")
    command = "kdaudit" if error.ctx is None else error.ctx.command_path
    return f"{said} (see `{command} --help`)"


def _stopped(number: int, frame: object) -> NoReturn:
    print("kdaudit: stopped; the same command goes on from here", file=sys.stderr)
    raise SystemExit(128 + number)
