"""A cluster of one machine behind kubectl's command line: what the profile for Kubernetes asks.

Started as `kubectl`; Jobs are files in the folder FAKE_CLUSTER, their containers processes of this
machine. A file `full` in it: no node is free, and nothing is started.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

HOME = Path(os.environ["FAKE_CLUSTER"])
RUN = '"$@"; echo $? > "$0.tmp"; mv "$0.tmp" "$0"'


def create(job: dict[str, Any]) -> None:
    name = job["metadata"]["name"]
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "Job")
    (HOME / f"{name}.json").write_text(json.dumps(job))
    (HOME / "created").open("a").write(json.dumps(job) + "\n")
    if (HOME / "full").exists():
        return
    container = job["spec"]["template"]["spec"]["containers"][0]
    command = [part.replace("$$", "$") for part in container["command"]]
    with (HOME / f"{name}.log").open("w") as log:
        process = subprocess.Popen(
            ["sh", "-c", RUN, str(HOME / f"{name}.code"), *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (HOME / f"{name}.pid").write_text(str(process.pid))


def told(name: str) -> dict[str, Any] | None:
    """A Job with its state, as `get` shows it; None where there is none."""
    if not (HOME / f"{name}.json").exists():
        return None
    job = json.loads((HOME / f"{name}.json").read_text())
    code = HOME / f"{name}.code"
    if code.exists():
        ended = "Complete" if code.read_text().strip() == "0" else "Failed"
        job["status"] = {"conditions": [{"type": ended, "status": "True"}]}
    return job


def jobs(selector: str) -> list[dict[str, Any]]:
    label, _, value = selector.partition("=")
    found = [told(path.stem) for path in sorted(HOME.glob("kdaudit-*.json"))]
    return [one for one in found if one and one["metadata"]["labels"].get(label) == value]


def pods(selector: str) -> list[dict[str, Any]]:
    path = HOME / f"{selector.removeprefix('job-name=')}.pod"
    return [json.loads(path.read_text())] if path.exists() else []


def delete(name: str) -> None:
    (HOME / f"{name}.json").unlink(missing_ok=True)
    pid = HOME / f"{name}.pid"
    if pid.exists():
        with suppress(ProcessLookupError):
            os.killpg(int(pid.read_text()), signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("verb", choices=["create", "get", "delete"])
    parser.add_argument("words", nargs="*")
    for option in ("--namespace", "--selector", "-f", "-o"):
        parser.add_argument(option)
    parser.add_argument("--ignore-not-found", action="store_true")
    parser.add_argument("--wait")
    given = parser.parse_intermixed_args()
    if (HOME / "refuses").exists():
        sys.exit((HOME / "refuses").read_text())
    if given.verb == "create":
        create(json.load(sys.stdin))
        return
    kind, *names = given.words
    if given.verb == "delete":
        for name in names:
            delete(name)
    elif names:
        job = told(names[0])
        print("" if job is None else json.dumps(job))
    else:
        print(json.dumps({"items": (pods if kind == "pods" else jobs)(given.selector)}))


if __name__ == "__main__":
    main()
