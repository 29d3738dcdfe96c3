"""`make bench`: every timing of the project, as Markdown with machine and spread."""

from __future__ import annotations

from benchmarks import plain_files, prepare, startup
from benchmarks.harness import describe_machine


def main() -> None:
    """Print all tables."""
    print(f"{describe_machine()}\n")
    for part in (startup, plain_files, prepare):
        print(part.table(), flush=True)


if __name__ == "__main__":
    main()
