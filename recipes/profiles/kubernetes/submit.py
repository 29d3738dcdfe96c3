#!/usr/bin/env python3
"""Makes a Job of a script of Snakemake's, by job.yaml, and prints its name."""

from __future__ import annotations

import json
import os
import re
import sys
import uuid
from pathlib import Path
from typing import Any

from cluster import LOG, RUN, Refused, kubectl, tell

TEMPLATE = Path(__file__).with_name("job.yaml")
_PROPERTIES = "# properties = "
_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_GPUS = re.compile(r"gpu(?::\w+)?:(\d+)")


def properties_of(script: Path) -> dict[str, Any]:
    """What Snakemake says of a job, in a comment of its script."""
    with script.open(encoding="utf-8") as lines:
        told = next(line for line in lines if line.startswith(_PROPERTIES))
    found: dict[str, Any] = json.loads(told.removeprefix(_PROPERTIES))
    return found


def template() -> dict[str, Any]:
    """job.yaml with its variables filled in, after it was parsed: no value is read as YAML."""
    try:
        import yaml
    except ImportError as error:
        raise Refused(f"{sys.executable} lacks PyYAML: put kdaudit's python3 on PATH") from error
    found: dict[str, Any] = _filled(yaml.safe_load(TEMPLATE.read_text(encoding="utf-8")))
    return found


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one) for one in value]
    return _VARIABLE.sub(_variable, value) if isinstance(value, str) else value


def _variable(found: re.Match[str]) -> str:
    value = os.environ.get(found[1]) or found[2]
    if value is None:
        raise Refused(f"{TEMPLATE}: the environment has no {found[1]}")
    return value


def asked(properties: dict[str, Any]) -> dict[str, str]:
    """Processors, memory and GPUs in Kubernetes' words; memory in MiB, as Slurm has it."""
    resources = properties["resources"]
    found = {"cpu": str(properties["threads"])}
    if "mem_mb" in resources:
        found["memory"] = f"{resources['mem_mb']}Mi"
    if gres := resources.get("gres"):
        if (gpus := _GPUS.fullmatch(gres)) is None:
            raise Refused(f"gres '{gres}' is not known here: 'gpu:NUMBER' is")
        found[os.environ.get("KDAUDIT_GPU") or "nvidia.com/gpu"] = gpus[1]
    return found


def job_of(script: Path, properties: dict[str, Any]) -> dict[str, Any]:
    """The Job that runs a script. Refused where it cannot: its folder is on no volume of the
    Job's, or it is a training on several nodes."""
    resources, job = properties["resources"], template()
    if resources.get("nodes", 1) > 1:
        raise Refused(
            f"a training on {resources['nodes']} nodes cannot run by the profile for Kubernetes: "
            "set the trainer's 'nodes' to 1, and 'processes' to the GPUs of one node"
        )
    pod = job["spec"]["template"]["spec"]
    container = next(one for one in pod["containers"] if one["name"] == "stage")
    mounts = [one["mountPath"] for one in container["volumeMounts"]]
    if not any(script.is_relative_to(path) for path in mounts):
        raise Refused(
            f"{Path.cwd()}: is on no volume of the Jobs ({', '.join(mounts)}): set KDAUDIT_MOUNT "
            "to where the volume KDAUDIT_CLAIM is mounted, or --run-dir to a folder on it"
        )
    name = re.sub(r"[^a-z0-9]+", "-", properties["rule"].lower())[:40]
    metadata = job.setdefault("metadata", {})
    metadata["name"] = f"kdaudit-{name}-{uuid.uuid4().hex[:12]}"
    run = os.environ.get("SNAKEMAKE_CLUSTER_SIDECAR_VARS", "unknown")
    metadata.setdefault("labels", {})[RUN] = run
    metadata.setdefault("annotations", {})[LOG] = properties["log"][0]
    # Kubernetes takes $(NAME) for a variable, and $$ for a dollar.
    container["command"] = ["/bin/sh", str(script).replace("$", "$$")]
    given = container.setdefault("resources", {})
    for kind in ("requests", "limits"):
        given[kind] = {**given.get(kind, {}), **asked(properties)}
    if "runtime" in resources:
        # Of the pod and not of the Job: waiting for a free node does not count.
        pod["activeDeadlineSeconds"] = 60 * resources["runtime"]
    return job


def main(script: Path) -> int:
    """Hand a script in; 1 where it is refused, which the stage's log says then."""
    properties = properties_of(script)
    try:
        job = job_of(script, properties)
        kubectl("create", "-f", "-", stdin=json.dumps(job))
    except Refused as error:
        tell(Path(properties["log"][0]), str(error))
        return 1
    print(job["metadata"]["name"])
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
