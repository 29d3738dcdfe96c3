"""A distillation step of somebody else's package, used by its name in a recipe."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from kdaudit.artifacts import DISTILLED, RunDirectory, read_table, write_json
from kdaudit.stages import select
from tests.bad_input.refusals import Done, as_process, check
from tests.fakes import fake_run, write_translations

STEP = '''
from dataclasses import dataclass
from typing import ClassVar

from kdaudit.distillation import Chosen, DistillationStep, FineTuning, Needs, Targets


@dataclass(frozen=True)
class Shouting(DistillationStep):
    """Fine-tunes on the loudest pairs, and shouts what the teacher says."""

    loudest: int = 2
    ending: str = "!"
    name: ClassVar[str] = "shouting"

    @property
    def needs(self):
        return Needs(select=("loudness",), targets=("loudness",))

    @property
    def fine_tuning(self):
        return FineTuning(1, 0.001)

    def select(self, segments, services):
        rows = segments.numbers("loudness").argsort()[-self.loudest:]
        targets = [segments.texts("target")[row].upper() for row in rows]
        return Chosen(segments.ids[rows], targets, ["shouted"] * len(rows), len(segments))

    def targets(self, segments):
        loud = segments.numbers("loudness") > 0
        texts = segments.texts("translation")
        return Targets(
            [text + self.ending * bool(one) for text, one in zip(texts, loud)],
            ["shouted" if one else "teacher" for one in loud],
        )
'''
PROJECT = """\
[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "shouting"
version = "1"

[project.entry-points."kdaudit.distillation"]
shouting = "shouting:Shouting"
"""
RECIPE = """\
name: loud
corpus: {embedded: {train: 20, valid: 10, test: 10}}
trainer: {epochs: 1}
models:
  teacher: {role: teacher}
  student: {role: student, distillation: {teacher: teacher, step: shouting}}
quality: {}
detectors: {}
subgroups: {}
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> dict[str, str]:
    """The environment in which the package is installed, by pip."""
    folder = tmp_path_factory.mktemp("stranger")
    (folder / "package").mkdir()
    (folder / "package/pyproject.toml").write_text(PROJECT)
    (folder / "package/shouting.py").write_text(STEP)
    pip = [sys.executable, "-m", "pip", "-q", "--disable-pip-version-check", "install"]
    options = ["--no-deps", "--no-index", "--no-build-isolation", "--target", str(folder / "site")]
    subprocess.run([*pip, *options, str(folder / "package")], check=True, capture_output=True)
    return {"PYTHONPATH": os.pathsep.join([str(folder / "site"), os.environ.get("PYTHONPATH", "")])}


@pytest.fixture
def loud(tmp_path) -> RunDirectory:
    """A run with the step, as its stages find it; written down, since here it is not installed."""
    corpus = pa.table(
        {
            "id": [5, 6, 7, 8],
            "source": ["a", "b", "c", "d"],
            "target": ["x", "y", "z", "w"],
            "loudness": [3.0, -1.0, 9.0, 0.5],
        }
    )
    models = {
        "teacher": {"role": "teacher"},
        "adapted": {"role": "teacher"},
        "student": {"role": "student", "distillation": {"teacher": "teacher"}},
    }
    run = fake_run(tmp_path / "run", corpus, {}, models=models, detectors={}, quality={})
    for model in ("teacher", "adapted"):
        write_translations(run, model, "train", ["X", "Y", "Z", "W"])
    values = run.recipe.model_dump(mode="json")
    chosen = {"teacher": "teacher", "step": "shouting", "settings": {"ending": "!!"}}
    values["models"]["student"]["distillation"] = {**chosen, "adapted": "adapted"}
    values["models"]["adapted"]["finetuning"] = chosen
    write_json(run.directory.recipe, values)
    return run.directory


def done(environment: dict[str, str], *arguments: object, cwd: Path | None = None) -> Done:
    return as_process(*arguments, environment=environment, cwd=cwd)


def test_a_recipe_names_it_and_its_stages_do_what_it_says(installed, loud):
    for stage, model in (("select", "adapted"), ("distill", "student")):
        found = done(installed, stage, loud.path, "--model", model)
        assert found.code == 0, found
    chosen = select.read(loud, "adapted").to_pydict()
    assert (chosen["id"], chosen["target"]) == ([5, 7], ["X", "Z"])
    assert chosen["target_source"] == ["shouted"] * 2
    table = read_table(loud.distilled("student"), DISTILLED).to_pydict()
    assert table["target"] == ["X!!", "Y", "Z!!", "W!!"]
    assert table["target_source"] == ["shouted", "teacher", "shouted", "shouted"]


def test_a_run_with_it_is_planned_with_its_fine_tuning(installed, tmp_path):
    (tmp_path / "loud.yaml").write_text(RECIPE)
    found = done(installed, "run", "loud.yaml", "--dry-run", cwd=tmp_path)
    assert found.code == 0, found
    assert "student_teacher:" in found.out
    assert "--finetune-from-model ../../teacher/checkpoint.pt" in found.out
    assert "select" in found.out


def test_a_name_that_is_nearly_its_own(installed, tmp_path):
    path = tmp_path / "loud.yaml"
    path.write_text(RECIPE.replace("shouting", "shoutin"))
    check(
        done(installed, "run", path),
        f"{path}:6: models.student.distillation: 'shoutin' is no known entry of distillation; did "
        "you mean 'shouting'? (known: seqkd, adaptive, mixed, recovered, shouting)",
    )


def test_where_it_is_not_installed(loud, tmp_path):
    path = tmp_path / "loud.yaml"
    path.write_text(RECIPE)
    message = "'shouting' is no known entry of distillation (known: seqkd, adaptive, …"
    check(as_process("run", path), f"{path}:6: models.student.distillation: {message}")
    check(
        as_process("distill", loud.path, "--model", "student"),
        f"{loud.recipe}: models.student.distillation: {message}",
    )
    assert not loud.distilled("student").exists()
