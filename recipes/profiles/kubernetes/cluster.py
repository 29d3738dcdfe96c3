"""What the scripts of this profile have in common; needs no other package.

Asks Kubernetes through kubectl, in the namespace KDAUDIT_NAMESPACE or that of kubectl's context.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

PREFIX = "kdaudit: error: "
"""What `kdaudit run` looks for in the log of a stage that failed."""

RUN = "kdaudit/run"
LOG = "kdaudit/log"
"""The label of a run's Jobs, and the annotation that names the stage's log."""


class Refused(Exception):
    """Kubernetes, or this profile, does not do what it was asked: the message says why."""


def kubectl(*arguments: str, stdin: str = "", attempts: int = 1) -> str:
    """What kubectl prints. Refused with its last words where it fails each of `attempts` times,
    between which it waits for 1, 2, 4, ... seconds."""
    program = shutil.which("kubectl")
    if program is None:
        raise Refused("kubectl is not to be found: install it where the run is started")
    namespace = os.environ.get("KDAUDIT_NAMESPACE")
    command = [program, *([f"--namespace={namespace}"] if namespace else []), *arguments]
    for attempt in range(attempts):
        time.sleep(2 ** (attempt - 1) if attempt else 0)
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout
    said = done.stderr.strip().splitlines() or [f"it ended with {done.returncode}"]
    raise Refused(f"kubectl {arguments[0]}: {said[-1]}")


def tell(log: Path, message: str) -> None:
    """Say in a stage's log, and to the workflow, why there is no result of it."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"\n{PREFIX}{message}\n")
    print(f"{PREFIX}{message}", file=sys.stderr)
