"""The exception tree; reads and writes nothing.

    KdauditError (ValueError)     a user's mistake: one clear line, exit code 2
    ├── InputError                text or a file that is not what was announced
    │   └── AlignmentError        parallel columns that do not belong together
    ├── RecipeError               a recipe, a setting or an option that cannot be used
    ├── ArtifactError             a run directory, or a file in it, that cannot be used
    ├── TrainingError             fairseq stopped without a model
    └── NotComputable             a measure that lacks something it needs

Everything else that is raised is a fault of kdaudit itself.
"""

from __future__ import annotations

from pathlib import Path


class KdauditError(ValueError):
    """A mistake that the user can mend: its text is the one line that is shown."""


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
    """A recipe, setting or option that cannot be used."""


class ArtifactError(KdauditError):
    """A run directory, or a file of one, that is missing, incomplete or foreign."""


class TrainingError(KdauditError):
    """The training process ended without a model."""


class NotComputable(KdauditError):
    """A measure that cannot be computed from what is given; the text says what it needs."""
