"""Bad recipes: refused before anything is written, with file, line and key."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from kdaudit import recipe as recipes
from kdaudit.errors import RecipeError
from kdaudit.stages.plan import Plan
from tests.bad_input.refusals import Case, check, files

GOOD = """\
name: good
seed: 1
corpus:
  splits:
    train: {source: a.en, target: a.de}
    valid: {tsv: $CORPORA/a.tsv}
    test:
      - {file: a.csv, columns: {source: en, target: de}}
  planted: {copies: 3}
subwords: {size: 300}
trainer:
  layers: 1
  updates: 20
models:
  teacher: {role: teacher}
  student:
    role: student
    distillation: {teacher: teacher, step: seqkd}
  baseline: {role: baseline, trainer: {dropout: 0.2}}
inference: {compute_type: int8}
beam: {test: 5}
scores: [test]
detectors:
  oscillatory: {min_count: 3, splits: [train]}
  low: {kind: oscillatory, min_difference: 1}
quality:
  bleu: {}
subgroups:
  length: {}
comparison: {reference: baseline, confidence: 0.9}
tracking: {mode: "off"}
"""
"""A recipe of which each case below spoils one thing."""

NUMBER = "Input should be a valid "

SPOILT: dict[str, tuple[str, str, int, str]] = {
    # Unknown keys
    "key at the top": (
        "seed: 1",
        "sead: 1",
        2,
        "sead: 'sead' is no known key; did you mean 'seed'? (known: name, …",
    ),
    "key of a trainer": (
        "  layers: 1",
        "  leyers: 1",
        12,
        "trainer.leyers: 'leyers' is no known key; did you mean 'layers'? …",
    ),
    "key of one model's trainer": (
        "dropout: 0.2",
        "dropuot: 0.2",
        19,
        "models.baseline.trainer.dropuot: 'dropuot' is no known key; did you mean 'dropout'? …",
    ),
    "key of a file": (
        "{tsv: $CORPORA/a.tsv}",
        "{tsv: a.tsv, frist: 3}",
        6,
        "corpus.splits.valid.0.frist: 'frist' is no known key; did you mean 'first'? …",
    ),
    "key of one of several files": (
        "columns: {source",
        "colums: {source",
        8,
        "corpus.splits.test.0.colums: 'colums' is no known key; did you mean 'columns'? …",
    ),
    "key of planted cases": (
        "{copies: 3}",
        "{copys: 3}",
        9,
        "corpus.planted.copys: 'copys' is no known setting; did you mean 'copies'? …",
    ),
    "setting of a detector": (
        "min_difference: 1",
        "min_diference: 1",
        25,
        "detectors.low.min_diference: 'min_diference' is no known setting; did you mean …",
    ),
    # Patterns of what may tell of a person
    "a pattern to mask": (
        "seed: 1",
        "report: {patterns: {k: '('}}",
        2,
        "report.patterns: the pattern 'k' is no regular expression: missing …",
    ),
    "a pattern with the name of a kind": (
        "{kind: oscillatory, min_difference: 1}",
        "{kind: personal_data, patterns: {email: x}}",
        25,
        "detectors.low: 'email' cannot name a pattern: …",
    ),
    # Wrong types and ranges
    "text for a number": (
        "layers: 1",
        "layers: many",
        12,
        "trainer.layers: Input should be a valid integer, unable to parse string "
        "as an integer (got 'many') (and 2 more)",
    ),
    "a number out of range": (
        "dropout: 0.2",
        "dropout: 1.5",
        19,
        "models.baseline.trainer.dropout: Input should be less than 1 (got 1.5)",
    ),
    "a number that is none": (
        "updates: 20",
        "learning_rate: .inf",
        13,
        "trainer.learning_rate: Input should be a finite number (got inf) (and 2 more)",
    ),
    "no number in a detector": (
        "min_count: 3",
        "min_count: .nan",
        24,
        "detectors.oscillatory.min_count: expected a finite number, got nan",
    ),
    "a choice that there is not": (
        "role: baseline",
        "role: basline",
        19,
        "models.baseline.role: Input should be 'teacher', 'student', … (got 'basline')",
    ),
    "a list for keys": (
        "inference: {compute_type: int8}",
        "inference: [int8]",
        20,
        "inference: …",
    ),
    "text for keys": (
        "subwords: {size: 300}",
        "subwords: small",
        10,
        "subwords: expected keys with values, got 'small'",
    ),
    "a number for a list": (
        "splits: [train]",
        "splits: 3",
        24,
        "detectors.oscillatory.splits: expected a list of splits, got 3",
    ),
    "a beam of none": (
        "{test: 5}",
        "{test: 0}",
        21,
        "beam.test: Input should be greater than or equal to 1 (got 0)",
    ),
    "a seed below 0": (
        "seed: 1",
        "seed: -1",
        2,
        "seed: Input should be greater than or equal to 0 (got -1) (and 3 more)",
    ),
    "a subword model that is given and trained": (
        "{size: 300}",
        "{size: 300, file: a.model}",
        10,
        "subwords: 'size' is for training, and 'file' is trained already",
    ),
    "a width that no heads divide": (
        "  layers: 1",
        "  width: 100",
        11,
        "trainer: width 100 is not a multiple of heads 8 (and 2 more)",
    ),
    "nothing to end a training": (
        "  updates: 20",
        "  width: 16",
        11,
        "trainer: a model needs 'epochs' or 'updates' (and 2 more)",
    ),
    # Names
    "name with a path separator": (
        "name: good",
        "name: ../good",
        1,
        "name: '../good' is no name: letters, digits, '_' and '-' only (got '../good')",
    ),
    "model with a path separator": (
        "  teacher: {role",
        "  a/b: {role",
        15,
        "models.a/b: 'a/b' is no name: letters, digits, '_' and '-' only",
    ),
    "model with a line break": (
        "  teacher: {role",
        '  "a\\nb": {role',
        15,
        "models.a\\nb: 'a\\nb' is no name: …",
    ),
    "model that is called corpus": (
        "  teacher: {role",
        "  corpus: {role",
        15,
        "models.corpus: 'corpus' stands for the corpus's own targets, and is no name of a model",
    ),
    "detector with a path separator": (
        "  low: {kind",
        "  lo/w: {kind",
        25,
        "detectors.lo/w: 'lo/w' cannot be the name of an entry: see docs/guide.md",
    ),
    "detector with the ending of another": (
        "  low: {kind",
        "  low_kd: {kind",
        25,
        "detectors.low_kd: 'low_kd' cannot be the name of an entry: see docs/guide.md",
    ),
    "a model twice": (
        "  baseline: {role",
        "  teacher: {role",
        19,
        "is no YAML: the key 'teacher' is given twice",
    ),
    # What names each other
    "unknown teacher": (
        "{teacher: teacher,",
        "{teacher: techer,",
        18,
        "models.student.distillation.teacher: 'techer' is no known model; did you mean 'teacher'? "
        "(known: teacher, student, baseline)",
    ),
    "student without a teacher": (
        "    distillation: {teacher: teacher, step: seqkd}\n",
        "",
        16,
        "models.student: a student, and nothing else, has 'distillation' with its 'teacher'",
    ),
    "distillation without a teacher": (
        "{teacher: teacher, step: seqkd}",
        "{step: seqkd}",
        18,
        "models.student.distillation.teacher: is missing",
    ),
    "teacher with a teacher": (
        "baseline: {role: baseline,",
        "baseline: {role: baseline, distillation: {teacher: teacher},",
        19,
        "models.baseline: a student, and nothing else, has 'distillation' with its 'teacher'",
    ),
    "its own teacher": (
        "{teacher: teacher,",
        "{teacher: student,",
        18,
        "models.student.distillation.teacher: a circle of teachers: student -> student",
    ),
    "a circle of teachers": (
        "  teacher: {role: teacher}",
        "  teacher: {role: student, distillation: {teacher: student}}",
        15,
        "models.teacher.distillation.teacher: a circle of teachers: teacher -> student -> teacher",
    ),
    "unknown distillation step": (
        "step: seqkd",
        "step: seqdk",
        18,
        "models.student.distillation: 'seqdk' is no known entry of distillation; did you mean …",
    ),
    "unknown detector": (
        "  oscillatory: {min",
        "  oscilatory: {min",
        24,
        "detectors.oscilatory: 'oscilatory' is no known entry of detectors; did you mean "
        "'oscillatory'? (known: exact_match, …",
    ),
    "unknown kind of detector": (
        "kind: oscillatory",
        "kind: oscilatory",
        25,
        "detectors.low: 'oscilatory' is no known entry of detectors; did you mean …",
    ),
    "unknown metric": (
        "  bleu: {}",
        "  blue: {}",
        27,
        "quality.blue: 'blue' is no known entry of quality; did you mean 'bleu'? …",
    ),
    "unknown subgroup scheme": (
        "  length: {}",
        "  lenght: {}",
        29,
        "subgroups.lenght: 'lenght' is no known entry of subgroups; did you mean 'length'? …",
    ),
    "unknown reference": (
        "reference: baseline",
        "reference: baselin",
        30,
        "comparison.reference: 'baselin' is no known model; did you mean 'baseline'? …",
    ),
    "unknown split of a detector": (
        "splits: [train]",
        "splits: [tset]",
        24,
        "detectors.oscillatory.splits: 'tset' is no known audited split; did you mean 'test'? …",
    ),
    "unknown split of a beam": (
        "beam: {test",
        "beam: {tset",
        21,
        "beam: 'tset' is no known split; did you mean 'test'? (known: train, valid, test)",
    ),
    "unknown split of scores": (
        "scores: [test]",
        "scores: [tset]",
        22,
        "scores: 'tset' is no known split; did you mean 'test'? (known: train, valid, test)",
    ),
    # Corpus
    "no origin": (
        "  splits:\n",
        "  splot:\n",
        4,
        "corpus.splot: 'splot' is no known key; did you mean 'splits'? …",
    ),
    "no validation": (
        "    valid: {tsv: $CORPORA/a.tsv}\n",
        "",
        3,
        "corpus: splits need 'train' and 'valid'",
    ),
    "two forms of a file": (
        "{source: a.en, target: a.de}",
        "{source: a.en, tsv: a.tsv}",
        5,
        "corpus.splits.train.0: give one of 'source', 'tsv', 'file', 'dataset' …",
    ),
    "a variable that is not set": (
        "$CORPORA/a.tsv",
        "$NOWHERE/a.tsv",
        6,
        "corpus.splits.valid.tsv: the path '$NOWHERE/a.tsv' needs the environment variable NOWHERE",
    ),
    **{
        f"a variable of secrets, {name}": (
            "$CORPORA/a.tsv",
            f'"{written}/a.tsv"',
            6,
            f"corpus.splits.valid.tsv: expected a path, and the variable {name} is named as one "
            "that holds a secret, …: give the path a variable of another name",
        )
        for name, written in {
            "COMET_API_KEY": "$COMET_API_KEY",
            "hf_token": "${hf_token}",
            "DB_PASSWORD": "/a/$DB_PASSWORD",
            "APIKEY": "~/$APIKEY",
            "KEY": "$KEY",
            "CLIENT_SECRET": "$CORPORA/$CLIENT_SECRET",
        }.items()
    },
    "a null character in a path": (
        "target: a.de}",
        'target: "a\\0de"}',
        5,
        "corpus.splits.train.target: no path holds a null character",
    ),
    # YAML
    **{
        f"{kind} that is none": ("seed: 1", f"seed: {written}", 2, f"is no YAML: {message}")
        for kind, written, message in (
            ("truth value", "!!bool foo", "'foo' is no truth value"),
            ("date", "!!timestamp foo", "'foo' is no date"),
            ("day", "2024-13-45", "'2024-13-45' is no date"),
            ("whole number", "!!int ''", "'' is no whole number of at most 64 bits"),
            ("number", "!!float ''", "'' is no number"),
            ("number of large parts", "1" + ":00" * 300 + ".5", "'1:00:… is no number"),
            ("number in hexadecimal", "0x" + "f" * 5000, "expected a whole number of at most 64…"),
            ("number of 65 bits", str(2**64), "expected a whole number of at most 64 bits"),
            ("number of many digits", "9" * 5000, "'999… is no whole number of at most 64 bits"),
        )
    },
    "broken": ("scores: [test]", "scores: [test", 23, "is no YAML: …"),
    "a tab": ("  layers: 1", "\tlayers: 1", 12, "is no YAML: found character '\\t' …"),
    "an object": (
        "name: good",
        "name: !!python/object/apply:os.getcwd []",
        1,
        "is no YAML: could not determine a constructor for the tag …",
    ),
    "an alias": (
        "seed: 1",
        "seed: &one 1\nshards: *one",
        3,
        "is no YAML: aliases are not allowed",
    ),
    "nested": (
        "seed: 1",
        "seed: " + "[" * 30 + "]" * 30,
        2,
        "is no YAML: nested deeper than 20 levels",
    ),
    "a key that is a list": ("seed: 1", "[a, b]: 1", 2, "is no YAML: found unhashable key"),
}


@pytest.fixture(autouse=True)
def corpora(monkeypatch):
    monkeypatch.setenv("CORPORA", "/corpora")
    monkeypatch.delenv("NOWHERE", raising=False)


def test_what_the_cases_spoil_is_a_good_recipe(tmp_path):
    path = tmp_path / "good.yaml"
    path.write_text(GOOD)
    assert recipes.load(path).name == "good"


@pytest.mark.parametrize("case", SPOILT)
def test_a_recipe(kdaudit, tmp_path, monkeypatch, case):
    good, bad, line, message = SPOILT[case]
    assert GOOD.count(good) == 1, f"'{good}' is no single place"
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD.replace(good, bad))
    monkeypatch.chdir(tmp_path)
    check(kdaudit("run", path), f"{path}:{line}: {message}")
    assert list(files(tmp_path)) == ["bad.yaml"]


NO_RECIPE: dict[str, tuple[Case, str]] = {
    "missing": (lambda path: None, "no such recipe"),
    "a directory": (lambda path: path.mkdir(), "is no file"),
    "a pipe": (os.mkfifo, "is no file"),
    "a device": (lambda path: path.symlink_to("/dev/null"), "is no file"),
    "a link to itself": (lambda path: path.symlink_to(path), "cannot be read: Too many levels …"),
    "empty": (lambda path: path.write_text(""), "expected keys with values, got None"),
    "a list": (
        lambda path: path.write_text("- a\n- b\n"),
        "expected keys with values, got ['a', …",
    ),
    "a word": (lambda path: path.write_text("recipe\n"), "expected keys with values, got 'recipe'"),
    "not UTF-8": (
        lambda path: path.write_bytes("name: M\u00e4rz".encode("latin-1")),
        "is no recipe: it is not UTF-8",
    ),
    "binary": (lambda path: path.write_bytes(bytes(range(128))), "is no YAML: …"),
    "large": (
        lambda path: path.write_text("#" * 1_000_001),
        "larger than 1000000 bytes: no recipe",
    ),
    "two documents": (
        lambda path: path.write_text("name: a\n---\nname: b\n"),
        "2: is no YAML: but found another document",
    ),
    "a date that there is not": (
        lambda path: path.write_text("name: 2024-13-45\n"),
        "1: is no YAML: '2024-13-45' is no date",
    ),
}
"""Files that are no recipe at all."""


def test_the_value_of_a_variable_that_holds_a_secret_is_never_said(kdaudit, tmp_path, monkeypatch):
    monkeypatch.setenv("COMET_API_KEY", "s3cr3t")
    path = tmp_path / "bad.yaml"
    path.write_text(GOOD.replace("$CORPORA/a.tsv", "$COMET_API_KEY/a.tsv"))
    monkeypatch.chdir(tmp_path)
    done = kdaudit("run", path)
    assert done.code == 2
    assert "COMET_API_KEY" in done.err
    assert "s3cr3t" not in done.err


@pytest.mark.parametrize("name", ["TURKEY", "TOKENS_DIR", "KEYBOARD", "SECRETARY"])
def test_a_variable_that_holds_no_secret_may_lead_a_path(tmp_path, monkeypatch, name):
    monkeypatch.setenv(name, "/corpora")
    path = tmp_path / "good.yaml"
    path.write_text(GOOD.replace("$CORPORA/a.tsv", f"${name}/a.tsv"))
    assert recipes.load(path).corpus.splits["valid"][0].tsv == "/corpora/a.tsv"


def test_a_whole_number_of_64_bits_is_one(tmp_path):
    path = tmp_path / "good.yaml"
    path.write_text(GOOD.replace("seed: 1", f"seed: {2**64 - 1}"))
    assert recipes.load(path).seed == 2**64 - 1


@pytest.mark.parametrize("case", NO_RECIPE)
def test_a_file_that_is_no_recipe(kdaudit, tmp_path, monkeypatch, case):
    make, message = NO_RECIPE[case]
    path = tmp_path / "bad.yaml"
    make(path)
    monkeypatch.chdir(tmp_path)
    check(kdaudit("run", path), f"{path}:{'' if message[0].isdigit() else ' '}{message}")
    assert set(files(tmp_path)) <= {"bad.yaml"}


def test_a_recipe_by_a_name_that_there_is_not(kdaudit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check(kdaudit("run", "dmo"), "'dmo' is neither a recipe file nor one of: adaptive, …demo, …")
    assert files(tmp_path) == {}


WRONG = [None, True, -1, 1.5, "x", [1], {"x": 1}, float("nan")]


def places(values: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if not isinstance(values, dict | list):
        return
    for key in values if isinstance(values, dict) else range(len(values)):
        yield (*place, key)
        yield from places(values[key], (*place, key))


def with_value(place: tuple[Any, ...], value: Any) -> Any:
    values = inner = copy.deepcopy(yaml.safe_load(GOOD))
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    return values


def test_no_wrong_value_anywhere_is_a_fault():
    """A recipe is refused in one line, or it is one that can be stored and planned."""
    refused = []
    for place in places(yaml.safe_load(GOOD)):
        for value in WRONG:
            try:
                found = recipes.from_values(with_value(place, value), Path("/somewhere"), "r")
            except RecipeError as error:
                refused.append(str(error))
                continue
            Plan(found)
            json.loads(recipes.dump(found), parse_constant=pytest.fail)
    assert len(refused) > 200
    assert not [message for message in refused if "\n" in message]
