"""Runs Snakemake on a run directory and shows how far its stages are.

Reads a recipe; writes `recipe.json` and what the stages write. Snakemake's own
output goes to `logs/workflow.log`.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kdaudit.artifacts import RunDirectory, read_object, write_text
from kdaudit.errors import ArtifactError, KdauditError
from kdaudit.locks import check_idle
from kdaudit.progress import DIRECTORY, columns
from kdaudit.recipe import Recipe, dump
from kdaudit.stages.intact import damaged, remove
from kdaudit.stages.versions import note_versions, other_versions
from kdaudit.workflow.failures import explain

SNAKEFILE = Path(__file__).with_name("Snakefile")
STOP_SECONDS = 10
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)
"""What file systems without `flock` say, some network's and some users' own."""
_STEPS = re.compile(r"(\d+) of (\d+) steps")
_NOTHING = "Nothing to be done"
_PLAN = re.compile(r"^Job stats:\n(?:.+\n)+", re.MULTILINE)
_COMMAND = re.compile(r"^ *Shell command: (.+)$", re.MULTILINE)
"""What Snakemake prints of a dry run: how many jobs each stage has, and the command of each job."""


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `steps` that were run, 0 where nothing had to be."""

    steps: int
    seconds: float


def _check_owner(directory: RunDirectory, recipe: Recipe, damaged: str = "") -> None:
    """ArtifactError where the run directory is that of a recipe of another name, or nobody can
    tell. `damaged`: what is said in the second case instead.

    One of the same name may have changed: what depends on the change is made again.
    """
    if directory.recipe.is_file():
        try:
            other = read_object(directory.recipe, "name")["name"]
        except ArtifactError as error:
            if damaged:
                print(f"kdaudit: damaged, {damaged}: {directory.recipe}", file=sys.stderr)
                return
            raise ArtifactError(
                f"{error}; `kdaudit run RECIPE --recompute` writes it anew, from the recipe"
            ) from error
        if other != recipe.name:
            raise ArtifactError(
                f"{directory.path}: is the run directory of the recipe '{other}', not of "
                f"'{recipe.name}': choose another with --run-dir, or delete it"
            )


def _lay_out(directory: RunDirectory, recipe: Recipe, recompute: bool) -> None:
    """Write the recipe into its run directory; ArtifactError where it belongs to another one."""
    _check_owner(directory, recipe, "made again" if recompute else "")
    directory.logs.mkdir(parents=True, exist_ok=True)
    text = dump(recipe)
    if not directory.recipe.is_file() or directory.recipe.read_bytes() != text.encode("utf-8"):
        # The manifest says that the run of a recipe is finished: that of this one is not.
        directory.manifest.unlink(missing_ok=True)
        write_text(directory.recipe, text)


def dry_run(
    directory: RunDirectory,
    recipe: Recipe,
    cores: int | None,
    profile: Path | None,
    deleted: bool = False,
) -> str:
    """Snakemake's plan for a recipe, and the command of every stage; writes nothing in the run
    directory. Of two files that every run reads first, damage is said and stops no plan.

    `deleted`: files are damaged that a run would delete first, which the plan does not see.
    """
    _check_owner(directory, recipe, "--recompute makes it again")
    try:
        _say_versions(directory, other_versions(directory))
    except ArtifactError as error:
        print(f"kdaudit: note: {error}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="kdaudit-") as folder:
        stored = Path(folder) / "recipe.json"
        stored.write_text(dump(recipe), encoding="utf-8")
        place = directory if directory.recipe.is_file() else RunDirectory(Path(folder))
        command = _command(place, cores, profile)
        command += ["--dry-run", "--printshellcmds", "--config", f"recipe={stored}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        raise KdauditError("\n  ".join(["the workflow cannot be planned", *lines]))
    text = done.stdout + done.stderr
    if _NOTHING in text:
        if deleted:
            return f"nothing else to do but what is made of these: {directory.path}"
        return f"nothing to do: {directory.path} is up to date"
    if (plan := _PLAN.search(text)) is None:
        return text.strip()
    stages = (f"  {one}" for one in _COMMAND.findall(text))
    return "\n".join([f"workflow: {SNAKEFILE}", "", plan[0], "stages:", *stages])


def run(
    directory: RunDirectory,
    recipe: Recipe,
    cores: int | None,
    profile: Path | None = None,
    only: Sequence[Path] = (),
    recompute: bool = False,
) -> Outcome:
    """Run all stages of a recipe that are not up to date in its run directory; where there are
    files in `only`, relative to it, those that these need. `cores`: None where a profile says
    how much runs at a time. `recompute`: delete files that are damaged or foreign first, which
    makes them again.

    Raises ArtifactError where the directory is another recipe's, or cannot be written, or
    another run is at work in it; KdauditError with the message of the stage that failed, or
    the place of its log; RuntimeError where a stage failed by a fault of kdaudit.
    """
    started = time.time()
    log = directory.logs / "workflow.log"
    with _lock(directory) as lock, tempfile.TemporaryDirectory(prefix="kdaudit-") as bars:
        _lay_out(directory, recipe, recompute)
        if recompute:
            _delete_damaged(directory)
        _say_versions(directory, note_versions(directory))
        with log.open("wb") as output:
            process = subprocess.Popen(
                _command(directory, cores, profile, only),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, DIRECTORY: bars},
                start_new_session=True,
                pass_fds=(lock.fileno(),),
            )
        try:
            _watch(process, log, Path(bars))
        finally:
            _stop(process)
    text = log.read_text(encoding="utf-8", errors="replace")
    if process.returncode:
        explain(directory, log, text)
    steps = 0 if _NOTHING in text else max((int(n) for n, _ in _STEPS.findall(text)), default=0)
    return Outcome(steps, time.time() - started)


def _say_versions(directory: RunDirectory, others: Sequence[str]) -> None:
    """Say where other versions have worked on the run: no result is made again for that."""
    if others:
        print(
            f"kdaudit: note: {directory.path} has results of {', '.join(others)}; they stay: "
            "delete what is to be made again",
            file=sys.stderr,
        )


def _delete_damaged(directory: RunDirectory) -> None:
    found = damaged(directory)
    for path in found:
        print(f"kdaudit: damaged, made again: {path}", file=sys.stderr)
    if found:
        directory.manifest.unlink(missing_ok=True)
        remove(found)


def _command(
    directory: RunDirectory, cores: int | None, profile: Path | None, only: Sequence[Path] = ()
) -> list[str]:
    command = [sys.executable, "-m", "snakemake", *map(str, only), "--snakefile", str(SNAKEFILE)]
    command += ["--directory", str(directory.path)]
    command += [] if cores is None else ["--cores", str(cores)]
    # Our own lock is held by the process; Snakemake's is a file that a killed run leaves behind.
    command += ["--rerun-incomplete", "--nolock", "--scheduler", "greedy", "--nocolor"]
    command += ["--rerun-triggers", "mtime", "params", "input"]
    return command + (["--profile", str(profile)] if profile else [])


@contextmanager
def _lock(directory: RunDirectory) -> Iterator[IO[str]]:
    """Hold the run directory as long as this process or the workflow lives."""
    try:
        directory.path.mkdir(parents=True, exist_ok=True)
        lock = (directory.path / ".lock").open("a")
    except OSError as error:
        raise ArtifactError(
            f"{directory.path}: cannot be written: {error.strerror}; choose another run "
            "directory with --run-dir"
        ) from error
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArtifactError(
                f"{directory.path}: another run is at work there; wait for it, or stop it"
            ) from error
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            raise ArtifactError(
                f"{directory.path}: its file system has no locks, which keep two runs apart "
                f"({error.strerror}); choose another run directory with --run-dir"
            ) from error
        check_idle(directory.path)
        yield file


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the workflow and its stages, which are all of one process group.

    Stages may outlive a workflow that was killed, so the group is asked in any case.
    """
    _signal_group(process, signal.SIGTERM)
    try:
        process.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # all of them have ended
        os.killpg(process.pid, number)


def _watch(process: subprocess.Popen[bytes], log: Path, bars: Path) -> None:
    """Show progress until the workflow ends."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    if not console.is_terminal:
        _watch_quietly(process, bars)
        return
    with Progress(*columns(), console=console, transient=True) as progress:
        total = progress.add_task("all stages", note="", total=1)
        tasks: dict[str, Any] = {}
        while process.poll() is None:
            done, steps = _steps(log)
            progress.update(total, completed=done, total=steps, note=f"{done} of {steps} steps")
            current = _current(bars)
            for name in set(tasks) - set(current):
                progress.remove_task(tasks.pop(name))
            for name, state in current.items():
                if name not in tasks:
                    tasks[name] = progress.add_task(state["title"], note="", total=1)
                progress.update(
                    tasks[name], completed=state["done"], total=state["total"], note=state["note"]
                )
            time.sleep(0.3)


def _watch_quietly(process: subprocess.Popen[bytes], bars: Path) -> None:
    """A line when a stage begins: for logs and pipes."""
    seen: set[str] = set()
    while process.poll() is None:
        for name, state in _current(bars).items():
            if name not in seen:
                seen.add(name)
                print(f"kdaudit: {state['title']}", file=sys.stderr, flush=True)
        time.sleep(0.1)


def _steps(log: Path) -> tuple[int, int]:
    found = _STEPS.findall(log.read_text(encoding="utf-8", errors="replace"))
    return (int(found[-1][0]), int(found[-1][1])) if found else (0, 1)


def _current(bars: Path) -> Mapping[str, dict[str, Any]]:
    """The stages that are running, by the name of their file."""
    current = {}
    for path in sorted(bars.glob("*.json")):
        try:
            current[path.name] = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            continue  # the stage has just ended
    return current


def training_commands(recipe: Recipe) -> Sequence[str]:
    """The command lines of every model's training, headed by its name."""
    from kdaudit.stages import train

    lines = []
    for model in recipe.models:
        lines.append(f"{model}:")
        lines += [f"  {command}" for command in train.commands(recipe, model)]
    return lines
