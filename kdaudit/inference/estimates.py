"""Scores of a COMET model, by a process that has unbabel-comet; reads and writes nothing itself.

unbabel-comet wants older versions of packages than this project's other parts, so its model runs
under whichever interpreter has it: `kdaudit.inference.comet_program`, JSON lines in and out.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import IO, Any

from kdaudit.errors import NotComputable

PROGRAM = Path(__file__).with_name("comet_program.py")

PACKAGE = "unbabel-comet"

VARIABLE = "KDAUDIT_COMET_PYTHON"
"""The environment variable that names the interpreter which has unbabel-comet."""

FOLDER = Path(__file__).parents[2] / ".venv-comet"
"""What `make comet` makes in a checkout."""

HOW = (
    "`make comet` makes an environment that has it; elsewhere: `python3.11 -m venv .venv-comet && "
    ".venv-comet/bin/pip install unbabel-comet 'setuptools<81'`, and name .venv-comet/bin/python "
    f"as 'environment', or as {VARIABLE}"
)

SHOWN = 8
"""How many of its last lines are shown of a scorer that failed."""


@dataclass(frozen=True)
class ScorerSettings:
    """How a model scores: `model` as the metric has it, `with_targets` where it is given them,
    `threads` of the CPU."""

    interpreter: Path
    model: str
    is_local: bool
    with_targets: bool
    batch_size: int
    device: str
    threads: int

    def request(self) -> dict[str, Any]:
        """The first line that the program reads."""
        names = ("model", "is_local", "with_targets", "batch_size", "device")
        return {name: getattr(self, name) for name in names}


def interpreter(given: str | None = None) -> Path:
    """The Python interpreter that has unbabel-comet: the given one (or that of the given
    environment), the one that the variable names, this one, or that of `.venv-comet` in a checkout.

    NotComputable says how to make such an environment where there is none.
    """
    for named, by in ((given, "environment"), (os.environ.get(VARIABLE), VARIABLE)):
        if named:
            path = Path(named).expanduser()
            path = path / "bin" / "python" if path.is_dir() else path
            if not path.is_file():
                raise NotComputable(f"{by}: there is no Python interpreter {path}; {HOW}")
            return path
    if list(distributions(name=PACKAGE)):
        return Path(sys.executable)
    if (made := FOLDER / "bin" / "python").is_file():
        return made
    raise NotComputable(f"needs unbabel-comet: {HOW}")


class Scorer:
    """A process with its model loaded. `made_with`: the version, and the hash of the checkpoint."""

    def __init__(self, process: subprocess.Popen[str], errors: IO[str], settings: ScorerSettings):
        self._process, self._errors, self._settings = process, errors, settings
        answer = self._ask(settings.request())
        ready = answer.get("ready")
        if not isinstance(ready, dict):
            raise NotComputable(str(answer.get("error") or self._failed("gave another answer")))
        self.made_with: Mapping[str, str] = {str(k): str(v) for k, v in ready.items()}

    def score(self, segments: Sequence[Sequence[str]]) -> tuple[list[float], int]:
        """Scores of (source, translation[, target]), and how many were longer than the model takes.

        NotComputable where the process fails, or answers with something else.
        """
        answer = self._ask(list(segments))
        scores, cut = answer.get("scores"), answer.get("cut")
        if not isinstance(scores, list) or not isinstance(cut, int) or len(scores) != len(segments):
            raise NotComputable(self._failed(f"gave no scores for {len(segments)} segments"))
        if not all(isinstance(score, float) and math.isfinite(score) for score in scores):
            raise NotComputable(self._failed("gave a score that is no finite number"))
        return scores, cut

    def _ask(self, content: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):  # its answer, or its end, says more
            self._process.stdin.write(json.dumps(content) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            raise NotComputable(self._failed(f"ended with exit code {code}"))
        try:
            answer = json.loads(line)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise NotComputable(self._failed("gave an answer that is none"))
        return answer

    def _failed(self, what: str) -> str:
        """One line with the cause; below it the last lines that the program printed."""
        self._errors.seek(0)
        lines = [line.rstrip() for line in self._errors if line.strip()]
        first = f"the scorer of {self._settings.model} ({self._settings.interpreter}) {what}"
        return "\n  ".join([first, *lines[-SHOWN:]])


@contextmanager
def scorer(settings: ScorerSettings) -> Iterator[Scorer]:
    """A model, ready to score; its process ends with the block. NotComputable says why not."""
    threads = str(settings.threads)
    quiet = {"OMP_NUM_THREADS": threads, "TOKENIZERS_PARALLELISM": "false", "PYTHONUTF8": "1"}
    with (
        tempfile.TemporaryDirectory() as folder,
        (Path(folder) / "errors").open("w+", encoding="utf-8", errors="replace") as errors,
    ):
        try:
            process = subprocess.Popen(
                [str(settings.interpreter), "-P", str(PROGRAM)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                cwd=folder,
                env={**os.environ, **quiet},
                text=True,
                encoding="utf-8",
            )
        except OSError as error:
            reason = error.strerror or error
            raise NotComputable(f"{settings.interpreter}: cannot be run: {reason}") from error
        with process:
            try:
                yield Scorer(process, errors, settings)
            finally:
                process.kill()
                assert process.stdin is not None
                with suppress(BrokenPipeError):  # what it did not read is of no use any more
                    process.stdin.close()
