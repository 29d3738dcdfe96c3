"""The training process: runs fairseq's and CTranslate2's own programs, one after the other.

    python -m kdaudit.training.engine '[["fairseq-train", ["data", "--arch", …]], …]'

Reads and writes what those programs do, in the current directory. Importing
torch and fairseq takes seconds, so several programs share one process. One is our
own: `slim-checkpoint FROM TO` leaves the optimizer's state out.
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

from kdaudit.training.checkpoints import allow_fairseq_checkpoints, without_optimizer
from kdaudit.training.command import STAGE


def _preprocess() -> None:
    from fairseq_cli.preprocess import cli_main

    cli_main()


def _train() -> None:
    from fairseq_cli.train import cli_main

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


def _slim() -> None:
    without_optimizer(Path(sys.argv[1]), Path(sys.argv[2]))


PROGRAMS: dict[str, Callable[[], None]] = {
    "fairseq-preprocess": _preprocess,
    "fairseq-train": _train,
    "ct2-fairseq-converter": _convert,
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
        PROGRAMS[name]()


if __name__ == "__main__":
    main()
