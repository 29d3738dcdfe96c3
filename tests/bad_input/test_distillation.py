"""Distillation steps and fine-tuning: what cannot be chosen, learnt, or be what it says it is."""

from __future__ import annotations

import json
import shutil
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import yaml

from kdaudit import recipe as recipes
from kdaudit.artifacts import write_bytes
from kdaudit.corpus.subwords import Subwords
from kdaudit.corpus.subwords import train as train_subwords
from kdaudit.errors import RecipeError
from kdaudit.recorded import record_of
from kdaudit.stages import distill, measure, translate
from tests.bad_input.refusals import check, files
from tests.bad_input.test_recipes import WRONG, places
from tests.fakes import FakeRun, fake_run, weightless_checkpoint

COUNT = 60
SOURCES = [f"n{n} the old dog runs fast" for n in range(COUNT)]
TARGETS = [f"n{n} der alte Hund läuft" for n in range(COUNT)]

GOOD = """\
name: good
corpus:
  splits:
    train: {source: a.en, target: a.de}
    valid: {source: a.en, target: a.de}
trainer: {epochs: 1}
models:
  teacher: {role: teacher}
  student:
    role: student
    distillation:
      teacher: teacher
      step: adaptive
      adapted: better
      settings: {above: {quality.chrf: 80}, seed: 3}
  mixed:
    role: student
    distillation: {teacher: teacher, step: mixed, settings: {by: corpus.back_translation}}
  second: {role: student, distillation: {teacher: teacher}}
  cured: {role: other, finetuning: {teacher: better, step: recovered}}
  reverse: {role: reverse}
quality:
  chrf: {}
  back_translation: {}
detectors:
  extractive: {}
"""
"""A recipe of which each case below spoils one thing."""

SPOILT: dict[str, tuple[str, str, int, str]] = {
    "a step that is not installed": (
        "step: adaptive",
        "step: adaptiv",
        11,
        "models.student.distillation: 'adaptiv' is no known entry of distillation; did you mean "
        "'adaptive'? (known: seqkd, adaptive, mixed, recovered)",
    ),
    "a fine-tuned teacher where nothing is fine-tuned": (
        "{role: student, distillation: {teacher: teacher}}",
        "{role: student, distillation: {teacher: teacher, adapted: better}}",
        19,
        "models.second.distillation.adapted: is for steps that fine-tune the teacher",
    ),
    "ids where nothing is chosen": (
        "{role: student, distillation: {teacher: teacher}}",
        "{role: student, distillation: {teacher: teacher, ids: a.txt}}",
        19,
        "models.second.distillation.ids: is for steps that fine-tune the teacher",
    ),
    "one fine-tuned teacher made in two ways": (
        "{role: student, distillation: {teacher: teacher}}",
        "{role: student, distillation: {teacher: teacher, step: adaptive, adapted: better}}",
        19,
        "models.second.distillation.adapted: there is another model 'better', made in another way",
    ),
    "a fine-tuned teacher of a name that is taken": (
        "adapted: better",
        "adapted: teacher",
        14,
        "models.student.distillation.adapted: there is another model 'teacher', made in another …",
    ),
    "a circle of fine-tunings": (
        "{teacher: better, step: recovered}",
        "{teacher: cured, step: recovered}",
        20,
        "models.cured.finetuning.teacher: a circle of fine-tunings",
    ),
    "a circle through a student": (
        "      teacher: teacher\n",
        "      teacher: student\n",
        12,
        "models.student.distillation.teacher: a circle of teachers: student -> better -> student",
    ),
    "fine-tuning by a step that does none": (
        "step: recovered",
        "step: mixed",
        20,
        "models.cured.finetuning.step: the step 'mixed' fine-tunes no model",
    ),
    "a quality that the recipe lacks": (
        "{quality.chrf: 80}",
        "{quality.confidence: 0.8}",
        15,
        "models.student.distillation.settings: 'quality.confidence' needs the quality metric "
        "'confidence', which the recipe does not list",
    ),
    "a quality that is not measured on the training split": (
        "  chrf: {}",
        "  chrf: {splits: []}",
        15,
        "models.student.distillation.settings: 'quality.chrf' needs 'chrf' on the split 'train'",
    ),
    "a quality of the corpus that compares it with itself": (
        "by: corpus.back_translation",
        "by: corpus.chrf",
        18,
        "models.mixed.distillation.settings: 'corpus.chrf' is no quality that targets can have: …",
    ),
    "back-translation without a reverse model": (
        "  reverse: {role: reverse}\n",
        "",
        18,
        "models.mixed.distillation.settings: 'corpus.back_translation' needs a model of role "
        "'reverse'",
    ),
    "a detector that the recipe lacks": (
        "step: recovered}",
        "step: recovered, settings: {detector: natural}}",
        20,
        "models.cured.finetuning.settings: 'memorized.natural' needs the detector 'natural', …",
    ),
    "a setting that the step does not have": (
        "seed: 3",
        "sede: 3",
        15,
        "models.student.distillation.settings.sede: 'sede' is no known setting; did you …",
    ),
    "a threshold that is none": (
        "quality.chrf: 80",
        "quality.chrf: .nan",
        15,
        "models.student.distillation.settings: adaptive: a threshold is a finite number",
    ),
    "a trainer for a checkpoint": (
        "  teacher: {role: teacher}",
        "  teacher: {role: teacher, checkpoint: a.pt, trainer: {epochs: 2}}",
        8,
        "models.teacher.trainer: is of no use: the checkpoint is not trained, and says what it is",
    ),
    "a checkpoint that is not there": (
        "  teacher: {role: teacher}",
        "  teacher: {role: teacher, checkpoint: a.pt}",
        None,
        "{folder}/a.pt: no such checkpoint",
    ),
    "a fine-tuned checkpoint": (
        "{role: other, ",
        "{role: other, distillation: {teacher: teacher}, ",
        20,
        "models.cured: a student, and nothing else, has 'distillation' with its 'teacher'",
    ),
}


def test_what_the_cases_spoil_is_a_good_recipe(kdaudit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.yaml").write_text(GOOD)
    for name in ("a.en", "a.de"):
        (tmp_path / name).write_text("a\n")
    done = kdaudit("run", "good.yaml", "--dry-run")
    assert done.code == 0, done
    trained = [line for line in done.out.splitlines() if line.endswith(":") and line[0] != " "]
    assert {"better:", "cured:", "student:"} <= set(trained)
    assert done.out.count("--finetune-from-model") == 2


@pytest.mark.parametrize("case", SPOILT)
def test_a_recipe(kdaudit, tmp_path, monkeypatch, case):
    good, bad, line, message = SPOILT[case]
    assert GOOD.count(good) == 1, f"'{good}' is no single place"
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD.replace(good, bad))
    monkeypatch.chdir(tmp_path)
    place = "" if message.startswith("{folder}") else f"{path}:{'…' if line is None else line}: "
    check(kdaudit("run", path), place + message.format(folder=tmp_path))
    assert list(files(tmp_path)) == ["bad.yaml"]


def test_no_wrong_value_in_a_distillation_is_a_fault():
    """As of the other keys of a recipe: refused in one line, or a recipe that can be stored."""
    refused = []
    models = yaml.safe_load(GOOD)["models"]
    for place in places(models):
        for value in WRONG:
            values = yaml.safe_load(GOOD)
            inner = values["models"]
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = value
            try:
                found = recipes.from_values(values, Path("/somewhere"), "r")
            except RecipeError as error:
                refused.append(str(error))
                continue
            json.loads(recipes.dump(found), parse_constant=pytest.fail)
    assert len(refused) > 100
    assert not [message for message in refused if "\n" in message]


def made(folder: Path, **distillation: object) -> FakeRun:
    """A run as far as the translations and the quality of its teacher."""
    corpus = pa.table(
        {
            "id": pa.array(range(COUNT), pa.int64()),
            "source": SOURCES,
            "target": TARGETS,
            "provenance": ["original"] * COUNT,
            "planted": pa.nulls(COUNT, pa.string()),
        }
    )
    chosen = {"teacher": "teacher", **distillation}
    run = fake_run(
        folder,
        corpus,
        {"teacher": {source: f"{text} so" for source, text in zip(SOURCES, TARGETS, strict=True)}},
        models={
            "teacher": {"role": "teacher"},
            "student": {"role": "student", "distillation": chosen},
        },
        detectors={},
        quality={"chrf": {}, "confidence": {}},
        subgroups={},
    )
    translate.run(run, "teacher", "train", 0)
    for metric in run.recipe.quality:
        measure.run(run, metric, "teacher", "train")
    return run


# What is chosen


def test_thresholds_that_choose_nothing(kdaudit, tmp_path):
    run = made(tmp_path, step="adaptive", settings={"above": {"quality.chrf": 99}})
    before = files(tmp_path)
    done = kdaudit("select", run.directory.path, "--model", "student_teacher")
    check(
        done,
        f"adaptive: 0 pairs can be chosen, and fewest is 50: of {COUNT} pairs {COUNT} have 6 "
        "source words and a target; quality.chrf: 5% …, 25% …, median …, 75% …, 95% …, 0.0% above "
        "99",
    )
    assert files(tmp_path) == before


IDS: dict[str, tuple[str, str]] = {
    "out of range": ("0\n60\n", "{path}:2: the split 'train' has no id 60 (it has 60, from 0 …"),
    "negative": ("-1\n", "{path}:1: expected an id, got '-1'"),
    "twice": ("5\n7\n5\n", "{path}:3: id 5 comes twice: first in line 1"),
    "a word": ("5\nfive\n", "{path}:2: expected an id, got 'five'"),
    "a fraction": ("1.5\n", "{path}:1: expected an id, got '1.5'"),
    "a number for Python alone": ("1_0\n", "{path}:1: expected an id, got '1_0'"),
    "an empty line": ("1\n\n2\n", "{path}:2: expected an id, got ''"),
    "two in a line": ("1 2\n", "{path}:1: expected an id, got '1 2'"),
    "nothing": ("", "{path}: holds no id"),
}


@pytest.mark.parametrize("case", IDS)
def test_listed_ids(kdaudit, tmp_path, case):
    content, message = IDS[case]
    path = tmp_path / "ids.txt"
    path.write_text(content)
    run = made(tmp_path / "run", step="adaptive", ids=str(path))
    before = files(tmp_path)
    done = kdaudit("select", run.directory.path, "--model", "student_teacher")
    check(done, message.format(path=path))
    assert files(tmp_path) == before


NO_IDS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda path: None, "there is no such file of ids"),
    "a folder": (lambda path: path.mkdir(), "cannot be read as a list of ids: …"),
    "no text": (lambda path: path.write_bytes(b"\xff\xfe1"), "cannot be read as a list of ids: …"),
}


@pytest.mark.parametrize("case", NO_IDS)
def test_a_list_of_ids_that_is_none(kdaudit, tmp_path, case):
    make, message = NO_IDS[case]
    path = tmp_path / "ids.txt"
    make(path)
    run = made(tmp_path / "run", step="adaptive", ids=str(path))
    done = kdaudit("select", run.directory.path, "--model", "student_teacher")
    check(done, f"{path}: {message}")
    assert not run.directory.selected("student_teacher").exists()


def test_a_model_that_is_not_fine_tuned(kdaudit, tmp_path):
    run = made(tmp_path, step="adaptive")
    message = "'student' is not fine-tuned in this run (fine-tuned: student_teacher)"
    check(kdaudit("select", run.directory.path, "--model", "student"), message)


# What is learnt from


KD: dict[str, tuple[Callable[[pa.Table], pa.Table], str]] = {
    "without a row": (lambda table: table.slice(1), "59 rows for 60 segments"),
    "with a row twice": (
        lambda table: pa.concat_tables([table, table.slice(0, 1)]),
        "61 rows for 60 segments",
    ),
    "of other sources": (
        lambda table: table.set_column(0, "id", pa.array(range(1, COUNT + 1), pa.int64())),
        "no row for id 0",
    ),
}


@pytest.mark.parametrize("case", KD)
def test_a_kd_corpus(kdaudit, tmp_path, case):
    change, message = KD[case]
    run = made(tmp_path)
    distill.run(run, "student")
    write_bytes(run.directory.subwords, b"not looked into")
    path = run.directory.distilled("student")
    pq.write_table(change(pq.read_table(path)), path)
    record_of(path).unlink()
    before = files(tmp_path)
    done = kdaudit("train", run.directory.path, "--model", "student")
    check(done, f"{path}: KD corpus of student: {message}")
    assert files(tmp_path) == before
    assert not run.directory.model("student").exists()


# A checkpoint that is there already


@pytest.fixture
def imported(tmp_path) -> Path:
    """A run whose teacher is a checkpoint, with the dictionaries of its subwords beside it."""
    path = weightless_checkpoint(tmp_path / "given")
    run = fake_run(
        tmp_path / "run",
        pa.table({"id": np.arange(COUNT), "source": SOURCES, "target": TARGETS}),
        {},
        models={"teacher": {"role": "teacher", "checkpoint": str(path)}},
        detectors={},
        quality={},
        subgroups={},
    )
    settings = run.recipe.subwords.model_copy(update={"size": 285})
    write_bytes(run.directory.subwords, train_subwords(SOURCES + TARGETS, settings))
    pieces = "".join(f"{piece} 1\n" for piece in Subwords(run.directory.subwords).vocabulary())
    for language in ("en", "de"):
        (path.parent / f"dict.{language}.txt").write_text(pieces)
    return tmp_path


def of_other_words(folder: Path) -> None:
    words = "".join(f"word{number} 1\n" for number in range(100))
    (folder / "given/dict.de.txt").write_text(words)


CHECKPOINTS: dict[str, tuple[Callable[[Path], object], str]] = {
    "of another vocabulary": (
        of_other_words,
        "{given}/dict.de.txt: is not of the subwords {run}/corpus/subword.model: 100 of its 100 "
        "entries are no pieces of them, such as 'word0'",
    ),
    "with an empty dictionary": (
        lambda folder: (folder / "given/dict.en.txt").write_text(""),
        "{given}/dict.en.txt: is not of the subwords {run}/corpus/subword.model: 0 of its 0 …",
    ),
    "with a dictionary of another encoding": (
        lambda folder: (folder / "given/dict.en.txt").write_bytes(b"\xff 1\n"),
        "{given}/dict.en.txt: is no dictionary: it is not UTF-8",
    ),
    "without a dictionary": (
        lambda folder: (folder / "given/dict.en.txt").unlink(),
        "{given}/dict.en.txt: there is no such dictionary, beside its checkpoint",
    ),
    "that is gone": (
        lambda folder: (folder / "given/given.pt").unlink(),
        "{given}/given.pt: no such checkpoint",
    ),
    "of other languages": (
        lambda folder: weightless_checkpoint(folder / "given", source_lang="fr"),
        "models.teacher.checkpoint: the checkpoint translates fr-de, the recipe says en-de",
    ),
    "of no language": (
        lambda folder: weightless_checkpoint(folder / "given", source_lang=None),
        "{given}/given.pt: does not say its languages",
    ),
    "of another architecture": (
        lambda folder: weightless_checkpoint(folder / "given", arch="fconv"),
        "{given}/given.pt: is no plain transformer (fconv) for translation (translation)",
    ),
    "that runs code when its options are evaluated": (
        lambda folder: weightless_checkpoint(folder / "given", adaptive_softmax_cutoff="[exit(9)]"),
        "{given}/given.pt: is no plain transformer (transformer, adaptive_softmax_cutoff) for "
        "translation (translation)",
    ),
}


@pytest.mark.parametrize("case", CHECKPOINTS)
def test_a_checkpoint(kdaudit, imported, case):
    spoil, message = CHECKPOINTS[case]
    spoil(imported)
    before = files(imported)
    done = kdaudit("train", imported / "run", "--model", "teacher")
    check(done, message.format(given=imported / "given", run=imported / "run"))
    assert files(imported) == before


SHAPELESS: dict[str, tuple[dict[str, object], str]] = {
    "size": ({"encoder_layers": "many"}, "models.teacher.trainer.layers: Input should be …"),
    "width": (
        {"encoder_attention_heads": 3, "decoder_attention_heads": 3},
        "trainer: width 8 is not a multiple …",
    ),
}


@pytest.mark.parametrize("case", SHAPELESS)
def test_a_checkpoint_of_a_shape_that_cannot_be(kdaudit, tmp_path, case):
    options, message = SHAPELESS[case]
    weightless_checkpoint(tmp_path, **options)
    values = yaml.safe_load(GOOD) | {"models": {"teacher": {"role": "teacher"}}}
    values["models"]["teacher"]["checkpoint"] = "given.pt"
    values["quality"] = {}
    path = tmp_path / "bad.yaml"
    path.write_text(yaml.safe_dump(values))
    check(kdaudit("run", path), f"{path}:…: {message}")


UNTOLD: dict[str, tuple[Callable[[dict], object], str]] = {
    "its size": (
        lambda state: delattr(state["cfg"]["model"], "decoder_layers"),
        "does not say its 'decoder_layers'",
    ),
    "its updates": (
        lambda state: state.update(optimizer_history=[]),
        "does not say what model it is",
    ),
}


@pytest.mark.parametrize("case", UNTOLD)
def test_a_checkpoint_that_does_not_say(kdaudit, tmp_path, case):
    change, message = UNTOLD[case]
    path = weightless_checkpoint(tmp_path)
    with torch.serialization.safe_globals([Namespace]):
        state = torch.load(path, weights_only=True)
    change(state)
    torch.save(state, path)
    values = yaml.safe_load(GOOD)
    values["models"]["teacher"]["checkpoint"] = "given.pt"
    recipe = tmp_path / "bad.yaml"
    recipe.write_text(yaml.safe_dump(values))
    check(kdaudit("run", recipe), f"{path}: {message}")
    assert set(files(tmp_path)) == {"bad.yaml", "given.pt"}


# kdaudit finetune


def command(folder: Path, **changed: object) -> list[object]:
    """A command line whose files are there."""
    path = weightless_checkpoint(folder)
    for name in ("train.en", "train.de", "spm.model"):
        (folder / name).write_text("a\n")
    given = {
        "mode": "adaptive",
        "source": folder / "train.en",
        "target": folder / "train.de",
        "subwords": folder / "spm.model",
        "run-dir": folder / "run",
    }
    options = {name: value for name, value in (given | changed).items() if value is not None}
    return ["finetune", path, *(part for name in options for part in (f"--{name}", options[name]))]


FINETUNE: dict[str, tuple[dict[str, object], str]] = {
    "a mode that there is not": (
        {"mode": "best"},
        "Invalid value for '--mode': … 'best' is not one of … (see `kdaudit finetune --help`)",
    ),
    "no source": ({"source": None}, "Missing option '--source' (see `kdaudit finetune --help`)"),
    "sources that are not there": ({"source": "{here}/x"}, "{here}/x: there is no such file"),
    "targets that are not there": ({"target": "{here}/x"}, "{here}/x: there is no such file"),
    "subwords that are not there": ({"subwords": "{here}/x"}, "{here}/x: there is no such file"),
    "ids that are not there": ({"ids": "{here}/x"}, "{here}/x: there is no such file"),
    "validation that is not there": (
        {"valid-source": "{here}/x", "valid-target": "{here}/train.de"},
        "{here}/x: there is no such file",
    ),
    "half a validation": (
        {"valid-source": "{here}/train.en"},
        "--valid-source and --valid-target go together",
    ),
    "a threshold without a number": (
        {"above": "quality.chrf"},
        "--above: expected COLUMN=NUMBER, got 'quality.chrf'",
    ),
    "a threshold without a column": ({"above": "=3"}, "--above: expected COLUMN=NUMBER, got '=3'"),
    "a threshold that is no number": (
        {"above": "quality.chrf=nan"},
        "finetune: …adaptive: a threshold is a finite number",
    ),
    "a quality that is not measured": (
        {"above": "quality.kiwi=1"},
        "finetune: models.adapted.finetuning.settings: 'quality.kiwi' needs the quality metric …",
    ),
    "a threshold where none is used": (
        {"mode": "recovered", "above": "quality.chrf=80"},
        "--above is for the modes adaptive and random",
    ),
    "a number of pairs where all are taken": (
        {"mode": "recovered", "most": 5},
        "--most is for the modes adaptive and random",
    ),
    "no epoch": ({"epochs": 0}, "finetune: …adaptive: epochs is 1 or more"),
    "an output that is a file": ({"output": "{here}/train.en"}, "{here}/train.en: is no folder"),
}


@pytest.mark.parametrize("case", FINETUNE)
def test_finetune(kdaudit, tmp_path, case):
    changed, message = FINETUNE[case]
    changed = {
        name: value.format(here=tmp_path) if isinstance(value, str) else value
        for name, value in changed.items()
    }
    line = command(tmp_path, **changed)
    before = files(tmp_path)
    check(kdaudit(*line), message.format(here=tmp_path))
    assert files(tmp_path) == before
    assert not (tmp_path / "run").exists()


def test_finetune_a_checkpoint_that_is_not_there(kdaudit, tmp_path):
    line = command(tmp_path)
    (tmp_path / "given.pt").unlink()
    check(kdaudit(*line), f"{tmp_path}/given.pt: there is no such file")


def test_finetune_into_the_place_of_the_teacher(kdaudit, tmp_path):
    line = command(tmp_path, output=tmp_path)
    shutil.move(tmp_path / "given.pt", tmp_path / "checkpoint.pt")
    line[1] = tmp_path / "checkpoint.pt"
    check(kdaudit(*line), f"{tmp_path}: the new checkpoint would take the place of its teacher")


def test_finetune_refuses_what_is_no_checkpoint(kdaudit, tmp_path):
    line = command(tmp_path)
    (tmp_path / "given.pt").write_text("no checkpoint")
    check(kdaudit(*line), f"{tmp_path}/given.pt: cannot be loaded as weights only: …")
    assert not (tmp_path / "run").exists()


def test_a_comparison_that_is_wrong_about_its_fine_tuning(kdaudit, tmp_path):
    run = made(tmp_path)
    rows = [{"model": "better", "teacher": "teacher"}]
    content = {"schema": "kdaudit.comparison/1", "measurements": [], "contrasts": []}
    path = run.directory.comparison
    path.parent.mkdir()
    path.write_text(json.dumps(content | {"finetuning": rows}))
    message = f"{path}: comparison: finetuning[0] lacks 'step', or it is wrong"
    check(kdaudit("compare", run.directory.path), message)
