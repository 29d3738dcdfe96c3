"""The training process: runs fairseq's and CTranslate2's own programs, one after the other.

    python -m kdaudit.training.engine '[["fairseq-train", ["data", "--arch", …]], …]'

Reads and writes what those programs do, in the current directory. Importing
torch and fairseq takes seconds, so several programs share one process. Two are our
own: `slim-checkpoint FROM TO` leaves the optimizer's state out, and
`check-checkpoint PATH OPTION …` refuses a checkpoint of another training than that
of these options of fairseq-train. What they refuse is one line that begins with
`kdaudit: error: `, and exit code 2.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from kdaudit.errors import PREFIX, KdauditError
from kdaudit.fairseq_checkpoint import allow_fairseq_checkpoints, load, write_plain
from kdaudit.training.checkpoints import (
    IDENTITY,
    LAST,
    check_options,
    check_own,
    identity,
    updates,
    without_optimizer,
)
from kdaudit.training.command import STAGE


def _preprocess() -> None:
    from fairseq_cli.preprocess import cli_main

    cli_main()


def _check() -> None:
    path, options = Path(sys.argv[1]), sys.argv[2:]
    state = check_own(path, identity(Path()))
    check_options(state, _parsed(options), path)


def _parsed(options: list[str]) -> argparse.Namespace:
    """The options of fairseq-train, with all that are not given."""
    from fairseq.options import get_training_parser, parse_args_and_arch

    parsed: argparse.Namespace = parse_args_and_arch(get_training_parser(), input_args=options)
    return parsed


def _is_finished(options: argparse.Namespace) -> bool:
    """Whether the last update was made already: fairseq would make one more to find out."""
    last = Path(options.save_dir) / LAST
    return bool(options.max_update and last.is_file() and updates(load(last)) >= options.max_update)


def _train() -> None:
    from fairseq.tasks.translation import TranslationTask
    from fairseq_cli.train import cli_main

    if _is_finished(_parsed(sys.argv[1:])):
        return
    # fairseq's own way for a task to put something into every checkpoint.
    TranslationTask.get_checkpoint_dict = lambda self: {IDENTITY: identity(Path())}
    if "RANK" in os.environ:
        # Under torchrun fairseq would work out the rank from the number of GPUs, of which a CPU
        # has none.
        sys.argv += ["--distributed-init-method", "env://", "--distributed-no-spawn"]
        sys.argv += ["--distributed-rank", os.environ["RANK"]]
        sys.argv += ["--device-id", os.environ["LOCAL_RANK"]]
    cli_main()


def _convert() -> None:
    from ctranslate2.converters.fairseq import main

    main()


def _plain() -> None:
    write_plain(Path(sys.argv[1]), Path(sys.argv[2]))


def _slim() -> None:
    without_optimizer(Path(sys.argv[1]), Path(sys.argv[2]))


PROGRAMS: dict[str, Callable[[], None]] = {
    "check-checkpoint": _check,
    "fairseq-preprocess": _preprocess,
    "fairseq-train": _train,
    "ct2-fairseq-converter": _convert,
    "plain-checkpoint": _plain,
    "slim-checkpoint": _slim,
}


def _end_with_parent() -> None:
    """Leave when the stage that started this process is gone: nobody would read the outcome,
    and the run that resumes would train beside it in the same directory.

    Under torchrun the parent is torchrun, so the stage says who it is.
    """
    parent, stage = os.getppid(), int(os.environ.get(STAGE, os.getppid()))

    def watch() -> None:
        while os.getppid() == parent and _is_alive(stage):
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def main(arguments: list[str] | None = None) -> None:
    """Run the programs that the argument lists, as JSON: pairs of a name and its arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("programs", type=json.loads)
    _end_with_parent()
    # The first to configure logging wins: the format that `process.parse_line` reads.
    logging.basicConfig(
        format="%(asctime)s | %(levelname)s | %(name)s | %(message)s",
        level=logging.INFO,
        stream=sys.stdout,
    )
    allow_fairseq_checkpoints()
    for name, options in parser.parse_args(arguments).programs:
        sys.argv = [name, *options]
        try:
            PROGRAMS[name]()
        except KdauditError as error:
            print(f"{PREFIX}{error}")
            raise SystemExit(2) from error


if __name__ == "__main__":
    main()
