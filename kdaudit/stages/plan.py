"""What a recipe asks for: the artifacts of the audit, and what cannot be computed and why.

Pure; reads and writes nothing.
"""

from __future__ import annotations

from functools import cached_property

from kdaudit.comparison import wording
from kdaudit.errors import NotComputable
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.stages import detect, group
from kdaudit.stages.measure import BACK_TRANSLATION


class Plan:
    """The measures of a recipe: those that can be computed, and those that cannot."""

    def __init__(self, recipe: Recipe):
        self._recipe = recipe

    @cached_property
    def not_computable(self) -> dict[str, str]:
        """Why a measure or scheme of the recipe cannot be computed, by its name."""
        recipe = self._recipe
        reasons: dict[str, str] = {}
        for name in recipe.quality:
            if BACK_TRANSLATION in recipe.metric(name).needs and not recipe.first("reverse"):
                reasons[name] = "needs a model of role 'reverse'"
        for name, chosen in recipe.detectors.items():
            columns = recipe.detector(name).needs.columns
            for metric in detect.metrics(columns):
                for split in chosen.splits:
                    if reason := self._no_quality(metric, split, reasons):
                        reasons[name] = reason
        for name, chosen in recipe.subgroups.items():
            try:
                columns_of = list(group.quality_columns(recipe, name))
            except NotComputable as error:
                reasons[name] = str(error)
                continue
            for _, metric, _ in columns_of:
                for split in chosen.splits:
                    if reason := self._no_quality(metric, split, reasons):
                        reasons[name] = reason
        return reasons

    @cached_property
    def not_applicable(self) -> dict[str, dict[str, str]]:
        """For each split without targets: the measures and schemes that need them, and why not."""
        recipe = self._recipe
        needing = [
            name
            for place in ("detectors", "quality", "subgroups")
            for name in getattr(recipe, place)
            if name not in self.not_computable and recipe.needs_target(place, name)
        ]
        if not needing:
            return {}
        return {split: dict.fromkeys(needing, "no targets") for split in recipe.monolingual_splits}

    def remarks(self, split: str | None = None) -> list[str]:
        """What is not computed and why, in sentences; on one split or on all."""
        lacking = {"not_computable": self.not_computable, "not_applicable": self.not_applicable}
        return wording.remarks(lacking, split)

    def _no_quality(self, metric: str, split: str, reasons: dict[str, str]) -> str | None:
        if metric not in self._recipe.quality:
            return f"needs the quality metric '{metric}', which the recipe does not list"
        if metric in reasons:
            return f"needs the quality metric '{metric}', which {reasons[metric]}"
        if split not in self._recipe.quality[metric].splits:
            return f"needs the quality metric '{metric}' on the split '{split}'"
        return None

    @property
    def detections(self) -> list[tuple[str, str, str]]:
        """(detector, model, split) of every detection."""
        return [
            (name, model, split)
            for model in self._recipe.audited_models
            for name, split in detect.names(self._recipe, model)
            if detect.base_name(name) not in self.not_computable
        ]

    @property
    def quality(self) -> list[tuple[str, str, str]]:
        """(metric, model, split) of every quality score."""
        return [
            (name, model, split)
            for name, chosen in self._recipe.quality.items()
            if name not in self.not_computable
            for model in self._recipe.audited_models
            for split in chosen.splits
        ]

    @property
    def subgroups(self) -> list[tuple[str, str]]:
        """(scheme, split) of every scheme."""
        return [
            (name, split)
            for name, chosen in self._recipe.subgroups.items()
            if name not in self.not_computable
            for split in chosen.splits
        ]

    @property
    def scores(self) -> list[tuple[str, str]]:
        """(model, split) of the forced scores."""
        models, splits = self._recipe.audited_models, self._recipe.scores
        return [(model, split) for model in models for split in splits]

    @property
    def splits(self) -> list[str]:
        """The audited splits, the training split first."""
        return sorted(self._recipe.audited_splits, key=lambda split: split != TRAIN)
