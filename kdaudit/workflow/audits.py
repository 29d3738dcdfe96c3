"""An audit of models and translations that are there: its recipe, and the run of it."""

from __future__ import annotations

from kdaudit.artifacts import RunDirectory
from kdaudit.processors import usable_processors
from kdaudit.recipe.audit import AuditRequest, audit_recipe
from kdaudit.stages import estimates
from kdaudit.stages.plan import check_measures
from kdaudit.workflow import runner


def run(directory: RunDirectory, request: AuditRequest, cores: int | None = None) -> None:
    """Make an audit in a run directory; `cores`: None for all that may be used.

    What cannot be asked for is an error before anything is written: those of `audit_recipe`, and
    NotComputable for a measure without its environment, or where nothing is left to be computed.
    """
    recipe = audit_recipe(request)
    estimates.check(recipe)
    check_measures(recipe)
    runner.run(directory, recipe, cores or usable_processors())
