"""What the stages of a run took, in time and memory, as the workflow measured them.

Reads `logs/benchmarks/*.tsv` of a run; writes nothing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from kdaudit.recipe import Recipe
from kdaudit.recipe.judges import TARGET
from kdaudit.report import StageCost
from kdaudit.stages import distill, shards
from kdaudit.stages.base import Context
from kdaudit.stages.plan import Plan

_SUBSET = re.compile(r"subset-(\d{4,})(?:-(train|translate|distill|score)-.+)?")


def costs(context: Context) -> Iterator[StageCost]:
    """What the workflow measured of each stage."""
    for stage, rows in sorted(measured(context).items()):
        memory = [_number(row["max_rss"]) for row in rows]
        known = [megabytes for megabytes in memory if megabytes is not None]
        yield StageCost(
            stage, sum(_number(row["s"]) or 0 for row in rows), max(known, default=None)
        )


def _number(text: str) -> float | None:
    """A measurement; None for the `-` or `NA` of a job that was too short to be watched."""
    return None if text in {"-", "NA"} else float(text)


def measured(context: Context) -> dict[str, list[dict[str, str]]]:
    """What the workflow measured of each job (`s`: seconds, `max_rss`: MB), by stage.

    A training is a stage of its own, named after its model. Jobs that the recipe no longer
    asks for are left out.
    """
    stages, found = _jobs(context.recipe), dict[str, list[dict[str, str]]]()
    for path in sorted((context.directory.logs / "benchmarks").glob("*.tsv")):
        job = path.stem.replace(".", "-")
        stage = stages.get(job) or _of_subset(context.recipe, job)
        if stage is not None:
            with path.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file, delimiter="\t"))
            found.setdefault(stage, []).extend(rows)
    return found


def _jobs(recipe: Recipe) -> dict[str, str]:
    """The stage of each job of the workflow, by the job's name."""
    plan, of_shards = Plan(recipe), shards.numbers(recipe)
    scored = [*((model, TARGET, split) for model, split in plan.scores), *plan.judged]
    jobs: dict[str, Sequence[tuple[str, ...]]] = {
        "prepare": [(), *((split,) for split in recipe.corpus.names)],
        "translate": [(*place, one) for place in _translated(recipe, plan) for one in of_shards],
        "select": [(model,) for model in recipe.finetuned],
        "distill": [(student,) for student in recipe.students],
        "score": scored,
        "detect": plan.detections,
        "measure": [*plan.quality, *plan.quality_of_schemes],
        "group": plan.subgroups,
        "compare": [()],
    }
    named = {"-".join((stage, *job)): stage for stage, of_stage in jobs.items() for job in of_stage}
    for stage in ("score", "detect", "measure"):
        named |= {"-".join((stage, *job, one)): stage for job in jobs[stage] for one in of_shards}
    named |= {f"train-{model}": f"train-{model}" for model in recipe.models}
    return named | {"prepare_counts": "prepare"}


def _of_subset(recipe: Recipe, job: str) -> str | None:
    """The stage of a job on a subset of the pairs, or of what is made of these; None for others."""
    if recipe.counterfactual is None:
        return None
    if re.fullmatch(r"counterfactual(_round-\d+)?", job):
        return "counterfactual"
    if (found := _SUBSET.fullmatch(job)) and int(found[1]) < recipe.counterfactual.plan.models:
        return f"subset-{found[2]}" if found[2] else "subset"
    return None


def _translated(recipe: Recipe, plan: Plan) -> list[tuple[str, str]]:
    """(model, split) of all translations, those for KD corpora included."""
    audited = [(model, split) for model in recipe.audited_models for split in plan.splits]
    for_students = [
        (distill.teacher_of(recipe, student), distill.kd_split(recipe, student))
        for student in recipe.students
    ]
    return list(dict.fromkeys([*audited, *for_students]))
