"""Runs the commands of a training in its work directory; the only place that starts fairseq.

Reads what fairseq prints; writes it, appended, to a log file, from which the
training curve is read afterwards.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from kdaudit.errors import PREFIX, TrainingError
from kdaudit.training.command import STAGE, Command, steps

ENGINE = "kdaudit.training.engine"
KINDS = {"train_inner": "update", "train": "epoch", "valid": "validation"}
FIELDS = {
    "epoch": "epoch",
    "num_updates": "updates",
    "loss": "loss",
    "nll_loss": "nll_loss",
    "lr": "learning_rate",
    "wps": "tokens_per_second",
    "wall": "seconds",
}

SHOWN = 8
"""How many of its last lines are shown of a training that failed."""

_DIVERGED = (
    "FloatingPointError: gradients are Nan/Inf",
    "FloatingPointError: Minimum loss scale reached",
)
"""fairseq's words; what follows them is about its search for the layer."""

Row = dict[str, Any]


def run_commands(
    commands: Sequence[Command],
    directory: Path,
    log: Path,
    threads: int = 1,
    on_row: Callable[[Row], None] = lambda row: None,
) -> None:
    """Run `commands` in `directory`; every point of the training curve goes to `on_row`.

    Raises TrainingError with the cause, the log and the last lines where a process fails.
    """
    for arguments in _invocations(commands):
        _run(arguments, directory, log, threads, on_row)


def _invocations(commands: Sequence[Command]) -> Iterator[list[str]]:
    """One process for everything, or one each where torchrun is needed."""
    together = not any(command.is_distributed for command in commands)
    groups = [list(commands)] if together else [[command] for command in commands]
    for group in groups:
        programs = json.dumps([[command.program, command.arguments] for command in group])
        yield [*_launcher(group[0]), "-m", ENGINE, programs]


def _launcher(command: Command) -> list[str]:
    """What starts the engine: Python, or torchrun, under `srun` where there are several nodes."""
    if not command.is_distributed:
        return [sys.executable]
    torchrun = [sys.executable, "-m", "torch.distributed.run"]
    processes = ["--nproc-per-node", str(command.processes)]
    if command.nodes == 1:
        return [*torchrun, "--standalone", *processes]
    if (job := os.environ.get("SLURM_JOB_ID")) is None:
        raise TrainingError(
            f"a training on {command.nodes} nodes is started by Slurm's srun, and this is no job "
            "of Slurm's: give `kdaudit run` a profile, or set the trainer's 'nodes' to 1"
        )
    # Where they meet is on the node of the stage, at a port of the job's own.
    meeting = ["--rdzv-backend", "c10d", "--rdzv-id", job]
    meeting += ["--rdzv-endpoint", f"{socket.gethostname()}:{20_000 + int(job) % 10_000}"]
    nodes = ["--nnodes", str(command.nodes)]
    return ["srun", *steps(command.nodes), *torchrun, *nodes, *meeting, *processes]


def _run(
    arguments: list[str],
    directory: Path,
    log: Path,
    threads: int,
    on_row: Callable[[Row], None],
) -> None:
    last_lines: deque[str] = deque(maxlen=200)  # a traceback of fairseq's is long
    with (
        log.open("a", encoding="utf-8") as output,
        subprocess.Popen(
            arguments,
            cwd=directory,
            env=_environment(threads, is_local=arguments[0] == sys.executable),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
        ) as process,
    ):
        try:
            assert process.stdout is not None
            for line in process.stdout:
                output.write(line)
                output.flush()
                last_lines.append(line.rstrip())
                if (row := parse_line(line)) is not None:
                    on_row(row)
            code = process.wait()
        finally:
            _stop(process)
    if code:
        raise TrainingError(explained(code, last_lines, log))


def _environment(threads: int, is_local: bool = True) -> dict[str, str]:
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "PYTHONUNBUFFERED": "1"}
    # Whatever a library asks for, or the user's environment: no checkpoint runs code.
    environment.pop("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", None)
    environment["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"
    # On another node there is no process of this number: there Slurm ends what outlives its job.
    return environment | ({STAGE: str(os.getpid())} if is_local else {})


def explained(code: int, lines: Iterable[str], log: Path) -> str:
    """One line with the cause and the log; below it the last lines, where they say more."""
    lines = list(lines)
    if ours := [line.removeprefix(PREFIX) for line in lines if line.startswith(PREFIX)]:
        return f"{ours[-1]} (log: {log})"
    if any(words in line for words in _DIVERGED for line in lines):
        return diverged("a gradient", log)
    cause, told = _without_blocks(lines)
    if code < 0:
        what = f"was killed by {signal.Signals(-code).name}"
        what += " (is memory short?)" if -code == signal.SIGKILL else ""
    else:
        what = f"stopped with exit code {code}" + (f": {cause}" if cause else "")
    return "\n  ".join([f"fairseq {what} (log: {log})", *told[-SHOWN:]])


def diverged(what: str, log: Path) -> str:
    """What is said of a training in which `what`, a loss say, is no finite number."""
    return (
        f"the training diverged: {what} is not a finite number; a smaller learning rate, or a "
        f"'clip_norm', may help (log: {log})"
    )


def _without_blocks(lines: Sequence[str]) -> tuple[str, list[str]]:
    """What ended the process, and the lines without tracebacks and lists of options.

    Both are indented blocks, and the line that ends one says what is wrong.
    """
    cause, told, inside = "", list[str](), False
    for line in lines:
        if line.startswith(("Traceback (most recent call last)", "usage: ")):
            inside = True
        elif line.strip() and not (inside and line[0].isspace()):
            told.append(line)
            cause = line if inside else cause
            inside = False
    return cause or (told[-1] if told else ""), told


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def parse_line(line: str) -> Row | None:
    """A line of fairseq's log as a point of the training curve, or None.

    `loss` and `nll_loss` are bits per token (fairseq logs base 2), `seconds` since the
    process started, `tokens_per_second` of the target side.
    """
    parts = line.split(" | ", 3)
    if len(parts) != 4 or parts[2] not in KINDS or not parts[3].startswith("{"):
        return None
    values = json.loads(parts[3])
    prefix = f"{parts[2]}_"
    row: Row = {"kind": KINDS[parts[2]]}
    for theirs, ours in FIELDS.items():
        value = values.get(theirs, values.get(prefix + theirs))
        if value is not None:
            row[ours] = int(value) if ours == "updates" else float(value)
    return row


def training_curve(log: Path) -> list[Row]:
    """All points in a log, in order; of a point that was reached twice, after a kill, the last."""
    rows: dict[tuple[str, int], Row] = {}
    for line in log.read_text(encoding="utf-8").splitlines():
        if (row := parse_line(line)) is not None and "updates" in row:
            rows[row["kind"], row["updates"]] = row
    return sorted(rows.values(), key=lambda row: (row["updates"], row["kind"]))
