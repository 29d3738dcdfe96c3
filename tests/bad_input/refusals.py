"""What every refusal has in common: exit code 2, one line, no traceback, nothing half-written."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest

from kdaudit.cli.app import main
from kdaudit.errors import PREFIX

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


Command = Callable[..., Done]
Case = Callable[[Path], object]
"""Makes the bad input in a folder."""


def in_this_process(
    monkeypatch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str], *arguments: object
) -> Done:
    """The command line's own `main`, and both of its outputs: no start-up to wait for."""
    capture.readouterr()
    monkeypatch.setattr(sys, "argv", ["kdaudit", *map(str, arguments)])
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        code = main()
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    return Done(code, *capture.readouterr())


def as_process(
    *arguments: object,
    prefix: tuple[str, ...] = (),
    python: tuple[str, ...] = (sys.executable,),
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Done:
    """The command in a process of its own."""
    done = subprocess.run(
        [*prefix, *python, "-m", "kdaudit", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
        cwd=cwd,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def check(done: Done, message: str, *, further: bool = False) -> None:
    """One line with `message`, in which `…` stands for anything; with `further`, indented ones."""
    assert done.code == 2, done
    assert "Traceback" not in done.err
    assert done.out == ""
    first, *more = done.err.splitlines()
    pattern = ".+".join(re.escape(part) for part in message.split("…"))
    assert re.fullmatch(re.escape(PREFIX) + pattern, first), first
    assert bool(more) == further, more
    assert all(line.startswith("  ") for line in more), more


def files(folder: Path) -> dict[str, str]:
    """All files under a folder by their content, apart from logs and the lock."""
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not {"logs", ".lock"} & set(path.relative_to(folder).parts)
    }
