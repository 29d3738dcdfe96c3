"""A recipe is spelled out and checked before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kdaudit import recipe as recipes
from kdaudit.errors import InputError, RecipeError

RECIPES = Path(__file__).parents[2] / "recipes"

SMALL = {
    "name": "small",
    "corpus": {"embedded": {"train": 100}},
    "trainer": {"epochs": 2, "layers": 1, "width": 64},
    "models": {
        "teacher": {"role": "teacher", "trainer": {"layers": 2}},
        "student": {"role": "student", "distillation": {"teacher": "teacher"}},
        "baseline": {"role": "baseline"},
    },
}


def changed(**parts) -> recipes.Recipe:
    return recipes.from_values(SMALL | parts, Path("/somewhere"), "recipe")


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_packaged_recipe_is_valid(path, monkeypatch):
    monkeypatch.setenv("KDAUDIT_MULTI30K", "/data/multi30k")
    assert recipes.load(path).name == path.stem


def test_a_models_trainer_takes_what_it_does_not_set_from_the_shared_one():
    found = changed(seed=5).models
    assert (found["teacher"].trainer.layers, found["baseline"].trainer.layers) == (2, 1)
    assert found["teacher"].trainer.width == 64
    assert found["student"].trainer.seed == 5


def test_measures_of_memorization_are_for_the_training_split_alone():
    found = changed()
    assert found.detectors["extractive"].splits == ("train",)
    assert found.detectors["oscillatory"].splits == ("train", "test")


def test_the_baseline_is_the_reference_and_reverse_models_are_not_audited():
    models = SMALL["models"] | {"reverse": {"role": "reverse"}}
    found = changed(models=models)
    assert found.reference == "baseline"
    assert found.audited_models == ["teacher", "student", "baseline"]
    assert found.languages("reverse") == ("de", "en")


def test_a_stored_recipe_is_the_same_recipe(tmp_path):
    found = changed(detectors={"often": {"kind": "oscillatory", "min_count": 3}})
    path = tmp_path / "recipe.json"
    path.write_text(recipes.dump(found), encoding="utf-8")
    assert recipes.load_stored(path) == found
    assert found.detector("often").min_count == 3


def test_relative_paths_count_from_the_recipe_and_variables_are_filled_in(monkeypatch):
    monkeypatch.setenv("CAPTIONS", "/captions")
    splits = {
        "train": {"source": "${CAPTIONS}/a.en", "target": "a.de"},
        "valid": {"tsv": "../v.tsv"},
    }
    found = changed(corpus={"splits": splits}).corpus.splits
    assert found["train"].source == "/captions/a.en"
    assert found["train"].target == "/somewhere/a.de"
    assert found["valid"].tsv == "/somewhere/../v.tsv"


STUDENT = {"role": "student", "distillation": {"teacher": "teacher"}}


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"modells": {}}, "did you mean 'models'"),
        ({"name": "a/b"}, "'a/b' is no name"),
        ({"seed": -1}, "recipe.seed"),
        ({"corpus": {}}, "either 'embedded' or 'splits'"),
        ({"corpus": {"embedded": {"train": 0}}}, "greater than or equal to 1"),
        ({"corpus": {"splits": {"train": {"tsv": "a"}}}}, "need 'train' and 'valid'"),
        ({"corpus": {"embedded": {}, "planted": {"copy": 3}}}, "did you mean 'copies'"),
        ({"models": {}}, "none that translates"),
        ({"models": {"corpus": {"role": "baseline"}}}, "cannot be the name of a model"),
        ({"models": {"../x": {"role": "baseline"}}}, "cannot be the name of a model"),
        ({"models": {"s": {"role": "student"}}}, "a student, and nothing else"),
        ({"models": {"s": STUDENT}}, "'teacher' is no known model"),
        (
            {"models": {"s": {"role": "student", "distillation": {"teacher": "s"}}}},
            "a circle of teachers: s -> s",
        ),
        ({"detectors": {"oscilatory": {}}}, "did you mean 'oscillatory'"),
        ({"detectors": {"oscillatory": {"min_cuont": 3}}}, "did you mean 'min_count'"),
        ({"detectors": {"oscillatory": {"min_count": "x"}}}, r"oscillatory\.min_count"),
        ({"detectors": {"oscillatory": {"splits": ["dev"]}}}, "no audited split 'dev'"),
        ({"quality": {"blue": {}}}, "did you mean 'bleu'"),
        ({"subgroups": {"lenght": {}}}, "did you mean 'length'"),
        ({"comparison": {"reference": "base"}}, "did you mean 'baseline'"),
        ({"comparison": {"confidence": 1.5}}, "less than 1"),
        ({"detectors": {"x/y": {"kind": "oscillatory"}}}, "'x/y' cannot be the name"),
        ({"detectors": {"osc_kd": {"kind": "oscillatory"}}}, "'osc_kd' cannot be the name"),
        ({"beam": {"dev": 5}}, "'dev' is no known split"),
        ({"tracking": {"mode": "loud"}}, "tracking.mode"),
    ],
)
def test_a_mistake_is_one_line_that_says_where_and_what(parts, message):
    with pytest.raises(RecipeError, match=message) as error:
        changed(**parts)
    assert "\n" not in str(error.value)


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_broken_yaml_is_named_with_its_line(tmp_path):
    path = write(tmp_path / "r.yaml", "name: x\nmodels: [\n")
    with pytest.raises(InputError, match=r"r\.yaml:3: is no YAML"):
        recipes.load(path)


def test_yaml_cannot_make_objects_nor_grow(tmp_path):
    with pytest.raises(InputError, match="is no YAML"):
        recipes.load(write(tmp_path / "a.yaml", "name: !!python/object/apply:os.getcwd []\n"))
    with pytest.raises(InputError, match="aliases"):
        recipes.load(write(tmp_path / "b.yaml", "a: &a [1]\nb: [*a, *a]\n"))
    with pytest.raises(InputError, match=r"c\.yaml:2: is no YAML: the key 'a' is given twice"):
        recipes.load(write(tmp_path / "c.yaml", "a: 1\na: 2\n"))
    with pytest.raises(InputError, match="is no YAML"):
        recipes.load(write(tmp_path / "d.yaml", "name: \x01\n"))
    with pytest.raises(InputError, match="nested deeper"):
        recipes.load(write(tmp_path / "c.yaml", "a: " + "[" * 30 + "]" * 30 + "\n"))


def test_a_missing_recipe_is_named(tmp_path):
    with pytest.raises(InputError, match="no such recipe"):
        recipes.load(tmp_path / "absent.yaml")


def test_an_unset_variable_is_named(monkeypatch, tmp_path):
    monkeypatch.delenv("NOWHERE", raising=False)
    splits = {name: {"tsv": "$NOWHERE/a.tsv"} for name in ("train", "valid")}
    path = write(tmp_path / "r.yaml", yaml.safe_dump(SMALL | {"corpus": {"splits": splits}}))
    with pytest.raises(RecipeError, match="environment variable NOWHERE"):
        recipes.load(path)
