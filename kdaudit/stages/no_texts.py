"""What cannot be computed of models that are given as their translations alone, and why; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kdaudit.recipe import Recipe
from kdaudit.stages import detect
from kdaudit.stages.extracted import extracted_by

OF_A_MODEL = {"log_probability", "tokens"}
"""What only a model can say of its translations."""


def lacks_model(recipe: Recipe, detector: str, model: str) -> bool:
    """Whether a detector needs more of a model than there is."""
    if not recipe.is_texts(model):
        return False
    needs = recipe.detector(detector).needs
    gates = (column.split(".")[1] for column in needs.columns if column.startswith("quality."))
    return (
        needs.translate
        or not OF_A_MODEL.isdisjoint(needs.columns)
        or any(gate in recipe.quality and lacks_score(recipe, gate, model) for gate in gates)
        or any(lacks_model(recipe, other, model) for other in extracted_by(needs.columns))
    )


def lacks_score(recipe: Recipe, metric: str, model: str) -> bool:
    """Whether a metric needs what a model has not said of its translations."""
    if model not in recipe.models or metric not in recipe.quality:
        return False
    return recipe.is_texts(model) and not OF_A_MODEL.isdisjoint(recipe.metric(metric).needs)


def of_models(recipe: Recipe, known: Mapping[str, str]) -> dict[str, str]:
    """Why a measure cannot be computed of some models, or of any; and what a student's KD corpus
    would be needed for. `known`: measures that cannot be computed anyway."""
    found: dict[str, str] = {}
    for name in recipe.detectors:
        measure = detect.measure(recipe, name)
        without = [one for one in recipe.audited_models if lacks_model(recipe, name, one)]
        if measure not in known:
            found |= _reason(measure, without, recipe.audited_models)
        if measure not in known and detect.against_targets(recipe.detector(name)):
            students = [one for one in recipe.learners if one not in recipe.students]
            found |= {
                f"{name}{detect.KD} of {student}": "needs the translations that it was trained on, "
                "and they are not given"
                for student in students
            }
    for name in recipe.quality:
        without = [one for one in recipe.audited_models if lacks_score(recipe, name, one)]
        if name not in known:
            found |= _reason(name, without, recipe.audited_models)
    return found


def _reason(measure: str, without: list[str], models: Iterable[str]) -> dict[str, str]:
    if not without:
        return {}
    if without == list(models):
        return {measure: "needs a model, and translations alone are given"}
    return {
        f"{measure} of {model}": "needs the model itself, not its translations alone"
        for model in without
    }
