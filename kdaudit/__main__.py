"""`python -m kdaudit`: the command line."""

import sys


def script() -> None:
    """Run the command line and leave with its exit code."""
    from kdaudit.cli.app import main

    sys.exit(main())


if __name__ == "__main__":
    script()
