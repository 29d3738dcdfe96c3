#!/usr/bin/env python3
"""Lives as long as the workflow, and deletes the Jobs that are left when it ends.

Snakemake's own cancelling misses the Jobs that it is asking the state of, and those that it is
just handing in, and on SIGTERM it waits for all. Prints the label of the run's Jobs, which
Snakemake hands to submit.py.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import uuid

from cluster import RUN, Refused, kubectl
from status import conditions

SIGNALS = {signal.SIGTERM, signal.SIGINT}
SECONDS = 1
"""Between two looks at whether the workflow lives."""


def delete_unfinished(run: str) -> None:
    """Delete those Jobs of a run that have not come to an end."""
    try:
        jobs = json.loads(kubectl("get", "jobs.batch", "--selector", f"{RUN}={run}", "-o", "json"))
        left = [
            one["metadata"]["name"]
            for one in jobs["items"]
            if not conditions(one) & {"Complete", "Failed"}
        ]
        if left:
            kubectl("delete", "jobs.batch", "--wait=false", "--ignore-not-found", *left)
    except Refused as error:
        print(f"Jobs of the run {run} may be left: {error}", file=sys.stderr, flush=True)


def main() -> None:
    """Wait for the end of the process that started this one, and clear up after it."""
    workflow, run = os.getppid(), uuid.uuid4().hex
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    print(run, flush=True)
    is_stopping = False
    while os.getppid() == workflow:
        told = signal.sigtimedwait(SIGNALS, SECONDS)
        if told is not None and told.si_pid == workflow:
            break  # nothing is handed in any more
        is_stopping |= told is not None
        if is_stopping:  # by a signal to all processes: a Job may still come
            delete_unfinished(run)
    delete_unfinished(run)


if __name__ == "__main__":
    main()
