"""Who learned from whom in a run, and whom its students may outdo and by what; no files."""

from __future__ import annotations

from kdaudit.comparison import Denoising, Lineage
from kdaudit.stages.base import Context

OF_ITS_OWN = {"translation", "log_probability", "tokens"}
"""What a metric needs that looks at a translation alone: it says nothing of how good that is."""


def lineages(context: Context) -> list[Lineage]:
    """Each student with its own teacher and each baseline of the run, if there is any."""
    recipe, found = context.recipe, []
    baselines = [name for name in recipe.audited_models if recipe.models[name].role == "baseline"]
    for student in recipe.learners:
        teacher = recipe.teacher(student)
        assert teacher is not None, "a student has a teacher"
        pair = context.called(student), context.called(teacher)
        found += [Lineage(*pair, context.called(baseline)) for baseline in baselines]
        found += [] if baselines else [Lineage(*pair)]
    return found


def denoising(context: Context) -> list[Denoising]:
    """Each student against its teacher, by every metric that says how good a translation is."""
    recipe = context.recipe
    metrics = [name for name in recipe.quality if set(recipe.metric(name).needs) - OF_ITS_OWN]
    pairs = dict.fromkeys((one.student, one.teacher) for one in lineages(context))
    return [
        Denoising(name, student, teacher, recipe.metric(name).higher_is_better)
        for student, teacher in pairs
        for name in metrics
    ]
