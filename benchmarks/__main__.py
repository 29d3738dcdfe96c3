"""`make bench`: every timing of the project, as one Markdown document."""

from __future__ import annotations

import argparse
import sys
import time
from importlib import import_module
from pathlib import Path

from benchmarks.harness import describe_machine

PARTS = (
    "startup",
    "plain_files",
    "prepare",
    "inference",
    "memory",
    "extraction",
    "comparison",
    "growth",
    "sharing",
    "oscillation",
    "text_detectors",
)
"""Modules of this package, each with a `table`, in the order of the document."""

FURTHER = ("statistics", "labels")
"""Those that are printed where they are named."""

HEAD = """# Benchmarks

Made with `make bench`, whose output this is; `python -m benchmarks --help` says how to make some \
of the tables.
"""


def main() -> None:
    """Print the tables that are named, or those of the document."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Print the timings of the project as Markdown.",
        epilog="Example: python -m benchmarks startup inference",
    )
    parser.add_argument(
        "parts",
        nargs="*",
        metavar="PART",
        help=f"by default {', '.join(PARTS)}; further {', '.join(FURTHER)}",
    )
    parser.add_argument(
        "--labels", metavar="CSV", type=Path, help="labelled translations, for the part `labels`"
    )
    options = parser.parse_args()
    parts = options.parts or PARTS
    settings = {"labels": {"path": options.labels}} if options.labels else {}
    known = (*PARTS, *FURTHER)
    unknown = [part for part in parts if part not in known]
    if unknown:
        parser.error(f"no part is called '{unknown[0]}'; the parts are {', '.join(known)}")
    print(f"{HEAD}\n{describe_machine()}", flush=True)
    for part in parts:
        started = time.perf_counter()
        made = import_module(f"benchmarks.{part}").table(**settings.get(part, {}))
        print(f"\n{made.rstrip()}", flush=True)
        print(f"{part}: {time.perf_counter() - started:.0f} s in all", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
