"""What `kdaudit compare` compares: of the options that are given, which form they ask for.

Three forms: run directories, plain files, and the last release with its candidate.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from kdaudit.cli.comparisons import Found

if TYPE_CHECKING:
    from kdaudit.comparison import Comparison, Lineage
    from kdaudit.stages.base import Context

ROLES = ("teacher", "student", "baseline")
FILES = ("source", "target", "translations")
RELEASES = ("previous", "candidate")


@dataclass(frozen=True)
class Asked:
    """The options of `kdaudit compare` that say what is compared; None: not given."""

    run_dirs: list[Path] | None = None
    source: Path | None = None
    target: Path | None = None
    translations: list[str] | None = None
    measures: str | None = None
    reference: str | None = None
    teacher: str | None = None
    student: list[str] | None = None
    baseline: str | None = None
    directions: bool | None = None
    seed: int | None = None
    previous: Path | None = None
    candidate: Path | None = None

    @property
    def given(self) -> list[str]:
        """The names of those that are given."""
        return [one.name for one in fields(self) if getattr(self, one.name) is not None]


def of(asked: Asked) -> Found:
    """The comparisons that are asked for; RecipeError where the options do not go together."""
    if any(name in asked.given for name in RELEASES):
        return _of_releases(asked)
    return _of_files(asked) if any(name in asked.given for name in FILES) else _of_runs(asked)


def _of_releases(asked: Asked) -> Found:
    from kdaudit.errors import RecipeError
    from kdaudit.progress import showing
    from kdaudit.stages import releases

    if asked.previous is None or asked.candidate is None:
        raise RecipeError("--previous and --candidate go together")
    if others := [name for name in asked.given if name not in RELEASES]:
        shown = "RUN_DIR" if others[0] == "run_dirs" else f"--{others[0]}"
        raise RecipeError(f"{shown} does not go together with --previous and --candidate")
    with showing("compare") as progress:
        return Found({"": releases.run(asked.previous, asked.candidate, progress)})


def _of_files(asked: Asked) -> Found:
    from kdaudit.errors import RecipeError
    from kdaudit.progress import showing
    from kdaudit.stages import compare_files

    if asked.run_dirs:
        raise RecipeError("give either run directories or plain files")
    if asked.directions:
        raise RecipeError("--directions is for run directories")
    systems = _systems(asked.translations)
    chosen = _lineages(asked.teacher, asked.student, asked.baseline)
    if asked.source is None or asked.target is None or not systems:
        raise RecipeError("plain files need --source, --target and --translations NAME=FILE")
    names = (
        [name.strip() for name in asked.measures.split(",")]
        if asked.measures
        else compare_files.DEFAULT_MEASURES
    )
    seed = 1 if asked.seed is None else asked.seed
    with showing("compare") as progress:
        found = compare_files.run(
            asked.source,
            asked.target,
            systems,
            names,
            asked.reference,
            chosen,
            seed=seed,
            progress=progress,
        )
    return Found({"": found})


def _lineages(
    teacher: str | None, students: list[str] | None, baseline: str | None
) -> list[Lineage]:
    """What plain files' systems are to each other, where that is said."""
    from kdaudit.comparison import Lineage
    from kdaudit.errors import RecipeError

    if (teacher is None) != (not students) or (baseline is not None and teacher is None):
        raise RecipeError(
            "what a student inherits needs --teacher and --student, and may have --baseline"
        )
    return [Lineage(student, str(teacher), baseline) for student in students or ()]


def _systems(translations: list[str] | None) -> dict[str, Path]:
    """The files of --translations by their names."""
    from kdaudit.errors import RecipeError

    systems: dict[str, Path] = {}
    for entry in translations or ():
        name, separator, file = entry.partition("=")
        if not (name and separator and file):
            raise RecipeError(f"--translations expects NAME=FILE, got '{entry}'")
        if name in systems or name in {"source", "target"}:
            raise RecipeError(f"--translations: the name '{name}' is taken")
        systems[name] = Path(file)
    return systems


def _of_runs(asked: Asked) -> Found:
    """The comparisons of runs, and what several say together."""
    from kdaudit.cli.common import context
    from kdaudit.errors import RecipeError
    from kdaudit.progress import showing
    from kdaudit.stages import seeds

    for what in ("measures", "seed", *ROLES):
        if what in asked.given:
            known = "roles" if what in ROLES else what
            raise RecipeError(f"--{what} is for plain files: a run's {known} stand in its recipe")
    paths, directions = asked.run_dirs or [_newest()], bool(asked.directions)
    names = [str(path) for path in paths]
    if twice := [name for name in names if names.count(name) > 1]:
        raise RecipeError(f"{twice[0]}: given twice")
    with showing("compare") as progress:
        runs = {str(path): context(path, progress) for path in paths}
        if len(runs) == 1:
            if directions:
                raise RecipeError("--directions needs several runs")
            return Found({name: _of_run(run, asked.reference) for name, run in runs.items()})
        groups = seeds.grouped(runs, directions=directions)
        found = {name: _of_run(run, asked.reference) for name, run in runs.items()}
        return Found(found, seeds.combined(runs, found, groups))


def _of_run(run: Context, reference: str | None) -> Comparison:
    from kdaudit.stages import compare

    if reference is not None and run.recipe.references(reference) != run.recipe.references():
        return compare.computed(run, reference)
    if not run.directory.comparison.is_file():
        compare.run(run)
    return compare.read(run.directory)


def _newest() -> Path:
    from kdaudit.errors import ArtifactError

    finished = list(Path("runs").glob("*/manifest.json"))
    if not finished:
        raise ArtifactError(
            "runs: no finished run; name a run directory, or give --source, --target "
            "and --translations"
        )
    newest = max(finished, key=lambda path: path.stat().st_mtime).parent
    print(f"kdaudit: {newest}", file=sys.stderr)
    return newest
