"""The exception tree; reads and writes nothing.

    KdauditError (ValueError)     a user's mistake: one clear line, exit code 2
    ├── InputError                text or a file that is not what was announced
    │   └── AlignmentError        parallel columns that do not belong together
    ├── RecipeError               a recipe, a setting or an option that cannot be used
    ├── ArtifactError             a run directory, or a file in it, that cannot be used
    ├── TrainingError             fairseq refused its settings, failed, or was killed
    └── NotComputable             a measure that lacks something it needs

Everything else that is raised is a fault of kdaudit itself.
"""

from __future__ import annotations

import re
from pathlib import Path

PREFIX = "kdaudit: error: "
"""What leads the line that a user reads, on standard error and in the logs of stages."""

FAULT = "kdaudit: this is a fault of kdaudit, not yours: please report it"
"""The last line of a process that failed by a mistake of our own, after its traceback."""


class KdauditError(ValueError):
    """A mistake that the user can mend: its text is the one line that is shown.

    Details may follow in lines that are indented by two spaces. Whatever else the names and
    values in it hold (line breaks, control characters) is shown escaped.
    """

    def __init__(self, message: str):
        lines = re.split(r"\n(?=  )", message)
        super().__init__("\n".join(map(_escaped, lines)))


def _escaped(line: str) -> str:
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in line
    )


class InputError(KdauditError):
    """An input that is not what was announced.

    `path` and `line` (from 1) lead the message where they are known.
    """

    def __init__(self, message: str, *, path: str | Path | None = None, line: int | None = None):
        self.path, self.line = path, line
        place = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        super().__init__(place + message)


class AlignmentError(InputError):
    """Parallel columns that differ in length or in ids."""


class RecipeError(KdauditError):
    """A recipe, setting or option that cannot be used.

    `place`, the key in a recipe (`models.student.trainer`), leads the message where it is known.
    """

    def __init__(self, message: str, *, place: str = ""):
        self.message, self.place = message, place
        super().__init__(f"{place}: {message}" if place else message)


class ArtifactError(KdauditError):
    """A run directory, or a file of one, that is missing, incomplete or foreign."""


class TrainingError(KdauditError):
    """The training process ended without a model; the last lines that it printed follow the first.

    Settings that fairseq refuses, short memory and a kill from outside are for the user to mend.
    """


class NotComputable(KdauditError):
    """A measure that cannot be computed from what is given; the text says what it needs."""


def first_line(error: BaseException) -> str:
    """What another library's error says, as part of our one line."""
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
