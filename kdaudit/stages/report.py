"""Stage `report`: the page, its Markdown form, experiment tracking, and the run's manifest.

Reads the comparison and what it was made of; writes `report/index.html`,
`report/report.md` and, last of all, `manifest.json` with the hash of every file.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from kdaudit._version import __version__
from kdaudit.artifacts import RunDirectory, file_hash, read_json, write_json, write_text
from kdaudit.corpus.phrasebook import PHRASEBOOKS
from kdaudit.inference.translator import uses_cuda
from kdaudit.recipe import TRAIN, Recipe
from kdaudit.report import (
    Example,
    Model,
    PlantedRecall,
    ReportContent,
    TrainingRow,
    html,
    markdown,
    track,
)
from kdaudit.stages import compare, detect
from kdaudit.stages.base import Context, digest
from kdaudit.stages.plan import Plan

PACKAGES = ("torch", "fairseq-fixed", "ctranslate2", "sentencepiece", "sacrebleu", "snakemake")
OURS = "idiosyncratic"
"""The planted kind whose both sides this project wrote, in the languages of its phrasebooks."""


def inputs(directory: RunDirectory, recipe: Recipe) -> list[Path]:
    """The comparison, and the models for their curves."""
    models = [directory.model_manifest(model) for model in recipe.models]
    return [*compare.outputs(directory), *models]


def outputs(directory: RunDirectory) -> list[Path]:
    """The report's two forms, and the manifest, which says that the run is finished."""
    return [directory.report / "index.html", directory.report / "report.md", directory.manifest]


def settings(recipe: Recipe) -> str:
    """What the report shows, and where it is tracked."""
    return digest(recipe)


def run(context: Context) -> None:
    """Write the report and close the run."""
    directory = context.directory
    content = _content(context)
    page = html(content)
    write_text(directory.report / "index.html", page)
    has_text = any(example.source for example in content.examples)
    write_text(directory.report / "report.md", markdown(content, show_text=has_text))
    tracker = context.recipe.tracker
    if tracker.mode == "offline" and tracker.offline_directory is None:
        tracker = replace(tracker, offline_directory=directory.path / "tracking")
    parameters = context.recipe.model_dump(mode="json", exclude={"tracking"})
    print(f"kdaudit: {track(tracker, content, parameters, page)}", file=sys.stderr)
    write_json(directory.manifest, _manifest(context))


def _content(context: Context) -> ReportContent:
    directory, recipe = context.directory, context.recipe
    stored = read_json(directory.comparison)
    return ReportContent(
        name=recipe.name,
        comparison=compare.read(directory),
        models=[_model(context, name) for name in recipe.models],
        examples=list(examples(context)),
        curves={name: list(_curve(directory, name)) for name in recipe.models},
        planted_recall=[PlantedRecall(**row) for row in stored["planted_recall"]],
        notes=list(_notes(context, stored)),
        recipe=_recipe_text(recipe),
        versions=_versions() | {"machine": _machine()},
        timings=list(_timings(directory)),
    )


def _model(context: Context, name: str) -> Model:
    settings_of = context.recipe.models[name]
    trainer = settings_of.trainer
    length = f"{trainer.epochs} epochs" if trainer.epochs else f"{trainer.updates} updates"
    parts = [f"{trainer.layers}+{trainer.layers} layers of {trainer.width}, {length}"]
    if settings_of.distillation is not None:
        step = context.recipe.step(name).signature()
        parts.append(f"{step} from {settings_of.distillation.teacher}")
    return Model(name, settings_of.role, "; ".join(parts))


def examples(context: Context) -> Iterator[Example]:
    """The first flagged segments of each detector, model and split, original ones first."""
    limit = context.recipe.report.examples
    for name, model, split in Plan(context.recipe).detections:
        found = flagged_examples(context, name, model, split)
        if not context.recipe.report.texts:
            found = [_without_foreign_text(context, example) for example in found]
        found.sort(key=lambda example: (example.planted != "", example.id))
        original = [example for example in found if not example.planted][:limit]
        planted = [example for example in found if example.planted][: max(limit // 3, 1)]
        yield from [*original, *planted[:limit]]


def flagged_examples(context: Context, name: str, model: str, split: str) -> list[Example]:
    """All flagged segments of one detection, with their texts."""
    table = detect.read(context.directory, name, model, split)
    segments = context.translated(model, split)
    if name.endswith(detect.KD):
        segments = context.with_kd_targets(segments, model)
    columns = {"flagged": "flagged", "evidence": "evidence"}
    joined = segments.join(table, columns, name).table
    rows = joined.filter(joined.column("flagged")).to_pylist()
    return [_example(row, name, model, split) for row in rows]


def _without_foreign_text(context: Context, example: Example) -> Example:
    """The example by its id alone, but for both sides of a pair that this project wrote."""
    corpus = context.recipe.corpus
    ours = example.planted == OURS and {corpus.source_language, corpus.target_language} <= set(
        PHRASEBOOKS
    )
    if ours and example.translation.strip() == example.target.strip():
        return example
    example = replace(example, translation="", evidence="")
    return example if ours else replace(example, source="", target="")


def _example(row: dict[str, Any], detector: str, model: str, split: str) -> Example:
    return Example(
        detector=detector,
        model=model,
        split=split,
        id=row["id"],
        provenance=row.get("provenance") or "",
        planted=row.get("planted") or "",
        **{name: row[name] for name in ("source", "target", "translation", "evidence")},
    )


def _curve(directory: RunDirectory, model: str) -> Iterator[TrainingRow]:
    """The training curve by update: training loss, and validation loss where it was taken."""
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


def _notes(context: Context, stored: dict[str, Any]) -> Iterator[str]:
    for name, reason in stored["not_computable"].items():
        yield f"{name} was not computed: it {reason}."
    counts = stored["corpus"][TRAIN]
    yield (
        f"The training split has {counts['pairs']} pairs, {counts['distinct_pairs']} of them "
        f"distinct, {counts['planted_pairs']} planted; {counts['not_replicable_targets']} targets "
        "cannot be reproduced by any model over these subwords."
    )
    for model in context.recipe.models:
        described = read_json(context.directory.model_manifest(model))
        if left_out := described["pairs_left_out"]:
            yield (
                f"{model}: {left_out} pairs were left out of training: longer than the model "
                "takes, or with white space that subwords cannot hold."
            )


def _recipe_text(recipe: Recipe) -> str:
    values = recipe.model_dump(mode="json", exclude={"tracking"})
    for split in values["corpus"]["splits"].values():
        # A report is passed on; the folders of the machine that made it are not part of it.
        for key in ("source", "target", "tsv"):
            split[key] = split[key] and Path(split[key]).name
    text: str = yaml.safe_dump(values, sort_keys=False, allow_unicode=True)
    return text


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in PACKAGES}
    return {"kdaudit": __version__, "python": platform.python_version()} | packages


def _machine() -> str:
    gpus = "a GPU" if uses_cuda("auto") else "no GPU"
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, {gpus}"


def _timings(directory: RunDirectory) -> Iterator[tuple[str, float]]:
    """Seconds of each stage, summed over its jobs, as the workflow measured them."""
    for stage, rows in sorted(measured(directory).items()):
        yield stage, sum(float(row["s"]) for row in rows)


def measured(directory: RunDirectory) -> dict[str, list[dict[str, str]]]:
    """What the workflow measured of each job (`s`: seconds, `max_rss`: MB), by stage.

    A training is a stage of its own, named after its model.
    """
    found: dict[str, list[dict[str, str]]] = {}
    for path in sorted((directory.logs / "benchmarks").glob("*.tsv")):
        stage = path.stem if path.stem.startswith("train-") else path.stem.split("-")[0]
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t"))
        found.setdefault(stage, []).extend(rows)
    return found


def _manifest(context: Context) -> dict[str, Any]:
    directory, recipe = context.directory, context.recipe
    hashes = {
        str(path.relative_to(directory.path)): file_hash(path)
        for path in sorted(directory.path.rglob("*"))
        if path.is_file() and _is_result(path.relative_to(directory.path))
    }
    return {
        "recipe": recipe.model_dump(mode="json", exclude={"tracking"}),
        "seed": recipe.seed,
        "versions": _versions(),
        "not_computable": Plan(recipe).not_computable,
        "sha256": hashes,
    }


def _is_result(path: Path) -> bool:
    """Whether a file is a result: no log, no bookkeeping, not the manifest itself."""
    hidden = any(part.startswith(".") for part in path.parts)
    return not hidden and path.parts[0] not in {"logs", "tracking", "manifest.json"}
