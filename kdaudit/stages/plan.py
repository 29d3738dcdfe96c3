"""What a recipe asks for: the artifacts of the audit, and what cannot be computed and why.

Pure; reads and writes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from kdaudit.comparison import wording
from kdaudit.detectors import DETECTORS
from kdaudit.errors import NotComputable
from kdaudit.quality import QUALITY
from kdaudit.recipe import TRAIN, Recipe, trained_models
from kdaudit.recipe.judges import judge, judges, words
from kdaudit.recipe.subgroups import stored
from kdaudit.registry import known
from kdaudit.stages import detect, no_texts
from kdaudit.stages.extracted import extracted_by
from kdaudit.stages.measure import BACK_TRANSLATION


def check_measures(recipe: Recipe) -> None:
    """NotComputable where none of the measures that a recipe asks for can be computed, with the
    reasons."""
    plan = Plan(recipe)
    if (recipe.detectors or recipe.quality) and not (plan.detections or plan.quality):
        lacking = plan.not_computable | {
            name: f"needs targets: the split '{split}' has none"
            for split, names in plan.not_applicable.items()
            for name in names
        }
        asked = [*recipe.detectors, *recipe.quality]
        reasons = "; ".join(f"{name} {lacking[name]}" for name in asked if name in lacking)
        raise NotComputable(f"nothing of what is asked for can be computed: {reasons}")


class Plan:
    """The measures of a recipe: those that can be computed, and those that cannot."""

    def __init__(self, recipe: Recipe):
        self._recipe = recipe

    @cached_property
    def not_computable(self) -> dict[str, str]:
        """Why a measure or scheme of the recipe cannot be computed, or is left out, by its name; a
        scheme that has a measure's name is called the scheme of that name."""
        measures = {*self._no_measures, *known("quality", QUALITY), *known("detectors", DETECTORS)}
        schemes = self._no_schemes.items()
        not_computable = self._no_measures | {
            f"the scheme {name}" if name in measures else name: why for name, why in schemes
        }
        return not_computable | self._recipe.left_out

    @cached_property
    def _no_schemes(self) -> dict[str, str]:
        reasons = self._no_measures
        found = ((name, self._no_scheme(name, reasons)) for name in self._recipe.subgroups)
        return {name: reason for name, reason in found if reason}

    @cached_property
    def _no_measures(self) -> dict[str, str]:
        recipe = self._recipe
        reasons: dict[str, str] = {}
        for name in recipe.quality:
            if BACK_TRANSLATION in recipe.metric(name).needs and not recipe.first("reverse"):
                reasons[name] = "needs a model of role 'reverse'"
        for name, chosen in recipe.detectors.items():
            if reason := self._no_detection(name, chosen.splits, reasons):
                reasons[detect.measure(recipe, name)] = reason
        return reasons | no_texts.of_models(recipe, reasons)

    @cached_property
    def not_applicable(self) -> dict[str, dict[str, str]]:
        """For each split without targets: the measures and schemes that need them, and why not."""
        recipe = self._recipe
        needing = [
            name
            for place in ("detectors", "quality", "subgroups")
            for name in getattr(recipe, place)
            if name not in (self._no_schemes if place == "subgroups" else self._no_measures)
            and recipe.needs_target(place, name)
        ]
        if not needing:
            return {}
        return {split: dict.fromkeys(needing, "no targets") for split in recipe.monolingual_splits}

    def remarks(self, split: str | None = None) -> list[str]:
        """What is not computed and why, in sentences; on one split or on all."""
        lacking = {"not_computable": self.not_computable, "not_applicable": self.not_applicable}
        return wording.remarks(lacking, split)

    def _no_scheme(self, scheme: str, reasons: dict[str, str]) -> str | None:
        """Why a scheme's stored columns cannot be had; of a product, those of its schemes."""
        try:
            needed = list(stored(self._recipe, scheme))
        except NotComputable as error:
            return str(error)
        for one in needed:
            if one.kind == "subgroups" and (why := self._no_scheme(one.name, reasons)):
                return f"needs the scheme '{one.name}', which {why}"
            if one.kind == "counterfactual" and (why := self._no_counterfactual(one.model)):
                return why
            if one.kind == "quality" and no_texts.lacks_score(self._recipe, one.name, one.model):
                return f"needs the model '{one.model}' itself, not its translations alone"
            for split in self._recipe.subgroups[scheme].splits if one.kind == "quality" else ():
                if why := self._no_quality(one.name, split, reasons):
                    return why
        return None

    def _no_counterfactual(self, model: str) -> str | None:
        asked, trained = self._recipe.counterfactual, trained_models(self._recipe)
        if model in trained:
            return None
        what = f"needs counterfactual memorization of '{model}'"
        if asked is None:
            return f"{what}: give the recipe a section 'counterfactual' with 'model: {model}'"
        return f"{what}, and the section 'counterfactual' trains {', '.join(trained)} alone"

    def _no_detection(
        self, name: str, splits: Sequence[str], reasons: dict[str, str]
    ) -> str | None:
        """Why a detector's stored columns cannot be had."""
        columns = self._recipe.detector(name).needs.columns
        for word in words(columns):
            model = judge(self._recipe, word)
            if model is None:
                return f"needs a model of role '{word}'"
            if self._recipe.is_texts(model):
                return f"needs the model '{model}' itself, not its translations alone"
            if self._recipe.audited_models == [model]:
                return f"needs another model beside '{model}', whose scores it reads"
        missing = [
            self._no_quality(metric, split, reasons)
            for metric in detect.metrics(columns)
            for split in splits
        ]
        missing += [self._no_extraction(other, splits, reasons) for other in extracted_by(columns)]
        return next(filter(None, missing), None)

    def _no_extraction(
        self, detector: str, splits: Sequence[str], reasons: dict[str, str]
    ) -> str | None:
        """Why what a detector extracts cannot be had on the splits."""
        chosen = self._recipe.detectors.get(detector)
        if chosen is None:
            return f"needs the detector '{detector}', which 'detectors' does not list"
        if not self._recipe.detector(detector).needs.translate:
            return f"needs a detector that extracts, and '{detector}' is none"
        if why := self._no_detection(detector, chosen.splits, reasons):
            return f"needs the detector '{detector}', which {why}"
        without = [split for split in splits if split not in chosen.splits]
        return f"needs the detector '{detector}' on the split '{without[0]}'" if without else None

    def _no_quality(self, metric: str, split: str, reasons: dict[str, str]) -> str | None:
        if metric not in self._recipe.quality:
            return f"needs the quality metric '{metric}', which 'quality' does not list"
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
            if detect.measure(self._recipe, detect.base_name(name)) not in self._no_measures
            and not no_texts.lacks_model(self._recipe, detect.base_name(name), model)
        ]

    @property
    def quality(self) -> list[tuple[str, str, str]]:
        """(metric, model, split) of every quality score."""
        return [
            (name, model, split)
            for name, chosen in self._recipe.quality.items()
            if name not in self._no_measures
            for model in self._recipe.audited_models
            if not no_texts.lacks_score(self._recipe, name, model)
            for split in chosen.splits
        ]

    @property
    def quality_of_schemes(self) -> list[tuple[str, str, str]]:
        """(metric, model, split) of the scores that are there for subgroup schemes alone."""
        needed = [
            (one.name, one.model, split)
            for scheme, split in self.subgroups
            for one in stored(self._recipe, scheme)
            if one.kind == "quality"
        ]
        return [item for item in dict.fromkeys(needed) if item not in self.quality]

    @property
    def subgroups(self) -> list[tuple[str, str]]:
        """(scheme, split) of every scheme."""
        return [
            (name, split)
            for name, chosen in self._recipe.subgroups.items()
            if name not in self._no_schemes
            for split in chosen.splits
        ]

    @property
    def scores(self) -> list[tuple[str, str]]:
        """(model, split) of the forced scores."""
        models, splits = self._recipe.audited_models, self._recipe.scores
        return [
            (model, split)
            for model in models
            if not self._recipe.is_texts(model)
            for split in splits
        ]

    @property
    def judged(self) -> list[tuple[str, str, str]]:
        """(model, other model, split) of the scores of the other's translations, each once."""
        found = {
            (model, text, split): None
            for name, text, split in self.detections
            for model in judges(self._recipe, detect.base_name(name))
        }
        return list(found)

    @property
    def splits(self) -> list[str]:
        """The audited splits, the training split first."""
        return sorted(self._recipe.audited_splits, key=lambda split: split != TRAIN)
