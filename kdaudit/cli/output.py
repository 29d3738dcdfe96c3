"""Where a subcommand's result goes, and in which form."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

F = TypeVar("F")


def chosen(given: F | None, output: Path | None, by_suffix: Mapping[str, F], default: F) -> F:
    """The form that was asked for, else that of the output's suffix, else the default.

    RecipeError where a file's suffix says nothing.
    """
    from kdaudit.errors import RecipeError

    if given is not None:
        return given
    if output is None:
        return default
    if output.suffix not in by_suffix:
        known = ", ".join(by_suffix)
        raise RecipeError(f"--output {output}: its suffix is none of {known}: give --format")
    return by_suffix[output.suffix]


def write(text: str, output: Path | None) -> None:
    """Write the text to standard output, or to a file whose folder is there."""
    from kdaudit.artifacts import write_text

    if output is None:
        sys.stdout.write(text)
        return
    check(output)
    write_text(output, text)


def check(output: Path | None, read: Iterable[Path | None] = ()) -> None:
    """ArtifactError where the folder of a file is not there, which may be a slip of the pen, or
    where a folder, or a file that is `read`, is in the file's place."""
    from kdaudit.errors import ArtifactError

    for path in read:
        if output is not None and path is not None and path.resolve() == output.resolve():
            raise ArtifactError(f"{output}: is read, and would be written over: give another name")
    if output is not None and not output.parent.is_dir():
        raise ArtifactError(f"{output}: there is no folder {output.parent}")
    if output is not None and output.is_dir():
        raise ArtifactError(f"{output}: is a folder: give the name of a file")
