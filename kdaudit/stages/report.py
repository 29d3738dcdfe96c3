"""Stage `report`: the page, its Markdown form, experiment tracking, and the run's manifest.

Reads the comparison and what it was made of; writes `report/index.html`,
`report/report.md` and, last of all, `manifest.json` with the hash of every file.
"""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from kdaudit.artifacts import RunDirectory, file_hash, read_object, write_json, write_text
from kdaudit.comparison import Comparison, wording
from kdaudit.comparison.about import EXTRACTION
from kdaudit.comparison.directions import Combined
from kdaudit.inference.devices import uses_cuda
from kdaudit.personal import Finder
from kdaudit.processors import usable_processors
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.recipe.metrics import without_folders
from kdaudit.recorded import check_recorded
from kdaudit.report import (
    Extraction,
    Model,
    PlantedRecall,
    ReportContent,
    TrainingRow,
    html,
    markdown,
    track,
)
from kdaudit.report.redact import SubgroupNames
from kdaudit.stages import compare, detect, distill, flagged, given, seeds, select
from kdaudit.stages.base import Context, digest
from kdaudit.stages.costs import costs
from kdaudit.stages.examples import examples
from kdaudit.stages.intact import check_intact
from kdaudit.stages.limits import limits_met
from kdaudit.stages.plan import Plan
from kdaudit.stages.users_names import schemes_named_by_users
from kdaudit.stages.versions import versions


def inputs(directory: RunDirectory, recipe: Recipe) -> list[Path]:
    """The comparison, and the models for their curves."""
    models = [directory.model_manifest(model) for model in recipe.models]
    return [*compare.outputs(directory), *models]


def outputs(directory: RunDirectory) -> list[Path]:
    """The report's two forms, and the manifest, which says that the run is finished."""
    return [directory.report / "index.html", directory.report / "report.md", directory.manifest]


def settings(recipe: Recipe) -> str:
    """What the report shows, and where it is tracked; not what only makes a run faster."""
    shown = recipe.model_dump(mode="json", exclude={"resources"})
    shown["inference"] = recipe.inference.decoding()
    for name, model in recipe.models.items():
        shown["models"][name]["trainer"] = model.trainer.identity()
    return digest(shown)


def run(
    context: Context, others: Mapping[str, Context] | None = None, masking: Finder | None = None
) -> None:
    """Write the report and close the run. ArtifactError where it has not been compared.

    `others`: further seeds of its recipe, by their names, for a section of all together.
    `masking`: what is masked in examples; as the recipe says where it is not given.
    """
    directory = context.directory
    context.check_finished(compare.outputs(directory))
    shown = content(context, others, masking)
    page = html(shown)
    write_text(directory.report / "index.html", page)
    has_text = any(example.source or example.target for example in shown.examples)
    write_text(directory.report / "report.md", markdown(shown, show_text=has_text))
    tracker = context.recipe.tracker
    if tracker.mode == "offline" and tracker.offline_directory is None:
        tracker = replace(tracker, offline_directory=directory.path / "tracking")
    passed_on = _passed_on(context.recipe, shown.redacted)
    print(f"kdaudit: {track(tracker, shown, passed_on, page)}", file=sys.stderr)
    write_json(directory.manifest, _manifest(context))


def content(
    context: Context, others: Mapping[str, Context] | None = None, masking: Finder | None = None
) -> ReportContent:
    """What the report of a compared run shows; `others` and `masking` as in `run`."""
    directory, recipe = context.directory, context.recipe
    if masking is None and recipe.report.redact:
        masking = flagged.masking(recipe)
    drawn, totals = examples(context, masking)
    stored = read_object(directory.comparison, "planted_recall", "not_computable", "corpus")
    shown = None if masking is None else SubgroupNames(masking, schemes_named_by_users(recipe))
    comparison = _read(directory, shown)
    if masking is not None:
        comparison = replace(comparison, signature=_without_patterns(comparison.signature, recipe))
    return ReportContent(
        name=recipe.name,
        comparison=comparison,
        models=[_model(context, name) for name in recipe.models],
        examples=drawn if shown is None else [shown.example(one) for one in drawn],
        flagged=totals,
        redacted=masking is not None,
        curves={name: list(_curve(directory, name)) for name in recipe.models},
        planted_recall=[PlantedRecall(**row) for row in stored["planted_recall"]],
        extraction=[
            Extraction(**{key: row.get(key) for key in EXTRACTION})
            for row in comparison.about.get("extraction", [])
        ],
        notes=[*_notes(context, stored), *given.notes(context), *limits_met(context)],
        remarks={split: said for split in Plan(recipe).splits if (said := _remark(stored, split))},
        recipe=_recipe_text(recipe, masking is not None),
        versions=versions(),
        machine=_machine(),
        costs=list(costs(context)),
        combined=_combined(context, others, shown) if others else None,
    )


def _read(directory: RunDirectory, shown: SubgroupNames | None) -> Comparison:
    """A run's comparison, its subgroups called as they are shown."""
    found = compare.read(directory)
    return found if shown is None else shown.comparison(found)


def _combined(
    context: Context, others: Mapping[str, Context], shown: SubgroupNames | None
) -> Combined:
    """This run and others of its recipe; RecipeError where they are of another."""
    runs = {str(context.directory.path): context, **others}
    groups = seeds.grouped(runs, directions=False)
    found = {name: _read(run.directory, shown) for name, run in runs.items()}
    return seeds.combined(runs, found, groups)


def _model(context: Context, name: str) -> Model:
    settings_of = context.recipe.models[name]
    if settings_of.given is not None:
        form_of = settings_of.given.form_of and context.called(settings_of.given.form_of)
        said = given.describe(context, name)
        return Model(context.called(name), settings_of.role, said, form_of)
    trainer = settings_of.trainer
    length = f"{trainer.epochs} epochs" if trainer.epochs else f"{trainer.updates} updates"
    parts = [f"{trainer.layers}+{trainer.layers} layers of {trainer.width}, {length}"]
    if (teacher := context.recipe.teacher(name)) is not None:
        how = "" if settings_of.distillation else "fine-tuned: "
        step = context.recipe.step(name).name
        parts.append(f"{how}{step} from {context.called(teacher)}")
    if settings_of.checkpoint is not None:
        parts.append("a checkpoint that was there")
    return Model(context.called(name), settings_of.role, "; ".join(parts))


def _curve(directory: RunDirectory, model: str) -> Iterator[TrainingRow]:
    """The training curve by update: training loss, and validation loss where it was taken."""
    check_recorded(directory.curve(model))
    for line in directory.curve(model).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["kind"] == "epoch":
            continue
        kind = "valid_loss" if row["kind"] == "validation" else "loss"
        yield {
            "epoch": row.get("epoch"),
            "update": row.get("updates"),
            kind: row.get("loss"),
            "seconds": row.get("seconds"),
        }


def _remark(stored: dict[str, Any], split: str) -> str:
    return " ".join([*wording.not_applicable(stored, split), *wording.blank(stored, split)])


def _notes(context: Context, stored: dict[str, Any]) -> Iterator[str]:
    yield from [*wording.not_computable(stored), *wording.distilled(stored)]
    counts = stored["corpus"][TRAIN]
    yield (
        f"The training split has {counts['pairs']} pairs, {counts['distinct_pairs']} of them "
        f"distinct, {counts['planted_pairs']} planted{_not_replicable(counts)}."
    )
    for model in context.recipe.models:
        described = read_object(context.directory.model_manifest(model), "pairs_left_out")
        if left_out := described["pairs_left_out"]:
            yield (
                f"{model}: {left_out} pairs were left out of training: longer than the model "
                "takes, or with white space that subwords cannot hold."
            )


def _not_replicable(counts: Mapping[str, int]) -> str:
    """Nothing where no model is over the corpus's subwords."""
    if "not_replicable_targets" not in counts:
        return ""
    targets = counts["not_replicable_targets"]
    return f"; {targets} targets cannot be reproduced by any model over these subwords"


def _recipe_text(recipe: Recipe, redacted: bool) -> str:
    text: str = yaml.safe_dump(_passed_on(recipe, redacted), sort_keys=False, allow_unicode=True)
    return text


def _without_patterns(signature: Mapping[str, Any], recipe: Recipe) -> dict[str, Any]:
    """A comparison's signature with the names of users' patterns in the place of expressions,
    which may hold the very words that are masked."""
    detectors = dict(signature["detectors"])
    for name, said in detectors.items():
        patterns = getattr(recipe.detector(detect.base_name(name)), "patterns", None)
        if patterns:
            detectors[name] = said.replace(str(patterns), f"{{{', '.join(patterns)}}}")
    return {**signature, "detectors": detectors}


def _passed_on(recipe: Recipe, redacted: bool = False) -> dict[str, Any]:
    """The recipe for others to see.

    A report is passed on: the folders of the machine that made it are not part of it, nor, where
    it is redacted, what users' patterns are.
    """
    values: dict[str, Any] = recipe.model_dump(mode="json", exclude={"tracking", "resources"})
    if redacted:
        settings = (entry["settings"] for entry in values["detectors"].values())
        for holder in (values["report"], *(one for one in settings if "patterns" in one)):
            holder["patterns"] = dict.fromkeys(holder["patterns"], "(not shown)")
    splits = values["corpus"]["splits"]
    for name, entries in splits.items():
        splits[name] = [_without_folders(entry) for entry in entries]
    values["subwords"] = _without_folders(values["subwords"])
    metrics = values["quality"].items()
    values["quality"] = {name: without_folders(entry) for name, entry in metrics}
    for model in values["models"].values():
        if model["given"]:
            del model["trainer"]
            model["given"] = given.passed_on(model["given"])
        for part, key in (
            (model, "checkpoint"),
            (model["distillation"], "ids"),
            (model["finetuning"], "ids"),
        ):
            if part and part[key]:
                part[key] = Path(part[key]).name
    return values


def _without_folders(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings that are given, with the names of files for their paths."""
    given = {key: value for key, value in settings.items() if value is not None}
    for key in ("source", "target", "tsv", "file", "dataset"):
        if Path(given.get(key, "")).is_absolute():
            given[key] = Path(given[key]).name
    return given


def _machine() -> str:
    gpus = "a GPU" if uses_cuda("auto") else "no GPU"
    usable = usable_processors()
    processors = "1 processor" if usable == 1 else f"{usable} processors"
    return f"{platform.system()} {platform.machine()}, {processors}, {gpus}"


def _manifest(context: Context) -> dict[str, Any]:
    directory, recipe = context.directory, context.recipe
    results = _results(directory, recipe)
    check_intact(results, [directory.model_manifest(model) for model in recipe.models])
    hashes = {str(path.relative_to(directory.path)): file_hash(path) for path in results}
    return {
        "recipe": recipe.model_dump(mode="json", exclude={"tracking"}),
        "seed": recipe.seed,
        "versions": versions(),
        "not_computable": Plan(recipe).not_computable,
        "not_applicable": Plan(recipe).not_applicable,
        "sha256": hashes,
    }


def _results(directory: RunDirectory, recipe: Recipe) -> list[Path]:
    """The files that the recipe asks for; what a former one has left behind is none of them."""
    files = [directory.recipe, directory.subwords, *compare.inputs(directory, recipe)]
    files += [directory.corpus(split) for split in recipe.corpus.names]
    for student in recipe.students:
        files += [directory.distilled(student), *distill.inputs(directory, recipe, student)]
    for model in recipe.finetuned:
        files += [directory.selected(model), *select.inputs(directory, recipe, model)]
    for model in recipe.models:
        files += directory.model(model).rglob("*")
    files += [*compare.outputs(directory), *outputs(directory)[:-1]]
    return sorted(
        path
        for path in set(files)
        if path.is_file()
        and path.is_relative_to(directory.path)
        and not _is_hidden(path.relative_to(directory.path))
    )


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
