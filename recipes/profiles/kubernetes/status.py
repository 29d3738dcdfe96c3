#!/usr/bin/env python3
"""Prints whether a Job is `running`, had `success` or `failed`; why it failed goes to its log."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from cluster import LOG, PREFIX, Refused, kubectl, tell


def conditions(job: dict[str, Any]) -> set[str]:
    """Those that hold of a Job."""
    found = job.get("status", {}).get("conditions", [])
    return {one["type"] for one in found if one["status"] == "True"}


def why(name: str) -> str:
    """What Kubernetes says of the end of a Job's pods; empty where the program itself ended."""
    asked = ("get", "pods", "--selector", f"job-name={name}", "-o", "json")
    said = set()
    for pod in json.loads(kubectl(*asked))["items"]:
        status = pod.get("status", {})
        ends = [one.get("state", {}) for one in status.get("containerStatuses", [])]
        for end in [status, *(one.get("terminated", {}) for one in ends)]:
            if end.get("reason", "Error") not in ("Error", "Completed"):
                said.add(": ".join([end["reason"], *filter(None, [end.get("message")])]))
    return "; ".join(sorted(said))


def explain(job: dict[str, Any]) -> None:
    """Say in the stage's log what Kubernetes did to its Job, unless the stage gave a reason."""
    name, log = job["metadata"]["name"], Path(job["metadata"]["annotations"][LOG])
    said = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    if f"\n{PREFIX}" not in f"\n{said}" and (reason := why(name)):
        tell(log, f"Kubernetes ended the Job {name}: {' '.join(reason.split())}")


def main(name: str) -> str:
    """A Job's state in Snakemake's words. Refused where Kubernetes does not answer."""
    # A server that is away for a while must not end the run.
    found = kubectl("get", "jobs.batch", name, "--ignore-not-found", "-o", "json", attempts=6)
    if not found.strip():
        print(f"the Job {name} is gone: somebody has deleted it", file=sys.stderr)
        return "failed"
    job = json.loads(found)
    held = conditions(job)
    if "Complete" in held:
        return "success"
    if "Failed" not in held:
        return "running"
    explain(job)
    return "failed"


if __name__ == "__main__":
    try:
        print(main(sys.argv[1]))
    except Refused as error:
        sys.exit(str(error))
