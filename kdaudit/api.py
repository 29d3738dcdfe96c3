"""Audits and comparisons for notebooks: `kdaudit.audit` and `kdaudit.compare`.

Reads what it is given; an audit writes its run directory, a comparison of files nothing. Tables
are Arrow's, with the columns of docs/design.md; rates are fractions of `n`, differences are of
rates or in a metric's own unit. All mistakes of a user are a `kdaudit.errors.KdauditError`, a value
of a wrong type included: a RecipeError that names the parameter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from kdaudit import arguments
from kdaudit.artifacts import DETECTIONS, TRANSLATIONS, RunDirectory, read_table
from kdaudit.comparison import Comparison, Lineage, inherited
from kdaudit.errors import ArtifactError, NotComputable, RecipeError
from kdaudit.registry import unknown

TableName = Literal["measurements", "contrasts", "inheritance"]

TABLES: tuple[TableName, ...] = ("measurements", "contrasts", "inheritance")


@dataclass(frozen=True)
class Compared:
    """Measurements of every model and contrasts with the references.

    `comparison` holds the same as objects, and what is said beside the numbers (`about`).
    """

    comparison: Comparison

    @property
    def measurements(self) -> pa.Table:
        """A row per measure, model, split, scheme and subgroup: `n` segments, `flagged` of them
        (null for quality), `value` (a fraction; in the metric's unit for quality) and the bounds
        of its interval, `ci_low` and `ci_high`, by the method `interval`."""
        return self.comparison.to_tables()[0]

    @property
    def contrasts(self) -> pa.Table:
        """A row per measure, model and reference: `difference` and `relative_change` with their
        intervals, `p_value`, `p_adjusted` (Holm's, over a scheme's subgroups), and `verdict`:
        higher, lower, indistinguishable or too_few."""
        return self.comparison.to_tables()[1]

    @property
    def inheritance(self) -> pa.Table:
        """A row per measure, student, teacher and baseline; empty where nobody learned from
        anybody."""
        return inherited.to_table(inherited.rows(self.comparison.about))

    @property
    def not_computable(self) -> dict[str, str]:
        """What was not computed, by its name, and what it needs."""
        found = self.comparison.about.get("not_computable", {})
        return {name: arguments.in_python(why) for name, why in found.items()}

    def table(self, name: TableName) -> pa.Table:
        """One of the tables by its name; RecipeError for another name."""
        if arguments.text(name, "name", "the name of a table") not in TABLES:
            raise RecipeError(unknown(name, TABLES, "table"))
        found: pa.Table = getattr(self, name)
        return found

    def to_pandas(self, name: TableName = "measurements") -> Any:
        """One of the tables as a pandas DataFrame; NotComputable where pandas is not installed."""
        return _with("pandas", lambda _: self.table(name).to_pandas())

    def to_polars(self, name: TableName = "measurements") -> Any:
        """One of the tables as a Polars DataFrame; NotComputable where Polars is not installed."""
        return _with("polars", lambda polars: polars.from_arrow(self.table(name)))


@dataclass(frozen=True)
class Audited(Compared):
    """An audit: what a comparison has, and the run directory with every segment."""

    run_dir: Path

    @property
    def report(self) -> Path:
        """The page of the report."""
        return RunDirectory(self.run_dir).report / "index.html"

    @property
    def notes(self) -> list[str]:
        """How each model that was converted compares with its original, in sentences."""
        from kdaudit.stages import given

        return list(given.notes(self._context()))

    def translations(self, model: str, split: str = "train") -> pa.Table:
        """A row per segment: `id`, `translation`, `log_probability` (sum of natural logs, null for
        translations that were given) and `tokens`."""
        self._check(model, split)
        return read_table(RunDirectory(self.run_dir).translations(model, split), TRANSLATIONS)

    def detections(self, detector: str, model: str, split: str = "train") -> pa.Table:
        """A row per segment: `id`, `eligible`, `score`, `flagged`, `evidence` and `features`.
        ArtifactError where the audit has no such detection."""
        self._check(model, split)
        arguments.text(detector, "detector", "the name of a detector")
        path = RunDirectory(self.run_dir).detections(detector, model, split)
        if not path.is_file():
            why = self.not_computable.get(detector, "was not asked for on this split and model")
            raise ArtifactError(f"no detections of {detector}, {model}, {split}: it {why}")
        return read_table(path, DETECTIONS)

    def _check(self, model: str, split: str) -> None:
        recipe = self._context().recipe
        if arguments.text(model, "model", "the name of a model") not in recipe.models:
            raise RecipeError(unknown(model, recipe.models, "model of this audit"))
        if arguments.text(split, "split", "the name of a split") not in recipe.audited_splits:
            raise RecipeError(unknown(split, recipe.audited_splits, "split of this audit"))

    def _context(self) -> Any:
        from kdaudit.recipe import load_stored
        from kdaudit.stages.base import Context

        directory = RunDirectory(self.run_dir)
        return Context(directory, load_stored(directory.recipe))


def audit(
    models: Mapping[str, str | Path],
    *,
    source: str | Path | None = None,
    target: str | Path | None = None,
    corpus: str | Path | None = None,
    columns: Mapping[str, str | int] | None = None,
    subwords: Mapping[str, str | Path | Sequence[str | Path]] | None = None,
    codes: Mapping[str, tuple[str, str]] | None = None,
    teacher: str | None = None,
    baseline: str | None = None,
    reverse: str | None = None,
    compute_types: str | Sequence[str] = (),
    languages: str | None = None,
    measures: str | Sequence[str] | None = None,
    inference: Mapping[str, Any] | None = None,
    seed: int = 1,
    cores: int | None = None,
    run_dir: str | Path = "runs/audit",
) -> Audited:
    """Audit models that are there, as `kdaudit audit` does; what is up to date is not run again.

    `models`: by name, a path, a name on the Hugging Face hub, or a file of translations. The
    corpus is `source` and `target` (aligned files; sources alone may do), or a table `corpus`
    with its `columns`. The rest as the options of the command; where a list of names is expected,
    a text is one name. RecipeError, with the parameter's name, for what cannot be asked for, a
    value of a wrong type included; InputError for files; NotComputable for a measure that is named
    and lacks its environment; KdauditError with a stage's own message where one fails.
    """
    from kdaudit.recipe.audit import AuditRequest
    from kdaudit.stages import compare as stage
    from kdaudit.workflow import audits

    with arguments.speaking_python():
        request = AuditRequest(
            models=arguments.systems(models, "models"),
            source=arguments.maybe_path(source, "source"),
            target=arguments.maybe_path(target, "target"),
            corpus=arguments.maybe_path(corpus, "corpus"),
            columns=arguments.columns(columns),
            subwords=arguments.subwords(subwords),
            codes=arguments.codes(codes),
            teacher=arguments.maybe_text(teacher, "teacher"),
            baseline=arguments.maybe_text(baseline, "baseline"),
            reverse=arguments.maybe_text(reverse, "reverse"),
            compute_types=arguments.names(compute_types, "compute_types"),
            languages=arguments.maybe_text(languages, "languages", "two languages, as in 'en-de'"),
            measures=arguments.measures(measures),
            inference=arguments.mapping(
                inference, "inference", "a mapping of settings, as in {'device': 'cpu'}"
            ),
            seed=arguments.number(seed, "seed", 0),
        )
        processors = None if cores is None else arguments.number(cores, "cores", 1)
        directory = RunDirectory(arguments.path(run_dir, "run_dir"))
        audits.run(directory, request, processors)
        return Audited(stage.read(directory), directory.path)


def compare(
    source: str | Path,
    target: str | Path,
    translations: Mapping[str, str | Path],
    *,
    measures: str | Sequence[str] | None = None,
    reference: str | None = None,
    teacher: str | None = None,
    students: str | Sequence[str] = (),
    baseline: str | None = None,
    seed: int = 1,
) -> Compared:
    """Compare systems by their translations alone, as `kdaudit compare` does with plain files.

    `reference`: a system, or `all`; the baseline or the first system by default. `teacher` with
    `students`, and maybe `baseline`, for what students inherit; a text is one name, of `measures`
    too. Errors: those of the command, and RecipeError for a value of a wrong type.
    """
    from kdaudit.stages import compare_files

    with arguments.speaking_python():
        systems = arguments.systems(translations, "translations")
        if taken := {"source", "target"} & set(systems):
            raise RecipeError(f"the name '{min(taken)}' is taken", place="translations")
        learners = arguments.names(students, "students")
        teacher = arguments.maybe_text(teacher, "teacher")
        baseline = arguments.maybe_text(baseline, "baseline")
        if (teacher is None) != (not learners) or (baseline is not None and teacher is None):
            raise RecipeError(
                "what a student inherits needs 'teacher' and 'students', and may have 'baseline'"
            )
        found = compare_files.run(
            arguments.path(source, "source"),
            arguments.path(target, "target"),
            {name: Path(path) for name, path in systems.items()},
            arguments.measures(measures) or compare_files.DEFAULT_MEASURES,
            arguments.maybe_text(reference, "reference"),
            [Lineage(student, str(teacher), baseline) for student in learners],
            seed=arguments.number(seed, "seed", 0),
        )
    return Compared(found)


def _with(package: str, made: Any) -> Any:
    import importlib

    try:
        found = importlib.import_module(package)
    except ImportError as error:
        raise NotComputable(
            f"a table of {package} needs the package: pip install {package}"
        ) from error
    return made(found)
