"""The section `counterfactual` of a recipe: its designs, its defaults, its errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdaudit import recipe as recipes
from kdaudit.errors import InputError, RecipeError
from kdaudit.recipe.counterfactual import PUBLISHED_BANDS
from kdaudit.recipe.counterfactual_corpus import (
    CorpusRequest,
    counterfactual_recipe,
)
from kdaudit.recipe.validated import VALIDATED
from tests.fakes import weightless_checkpoint

MODELS = {
    "teacher": {"role": "teacher"},
    "student": {"role": "student", "distillation": {"teacher": "teacher"}},
    "baseline": {"role": "baseline"},
    "reverse": {"role": "reverse"},
}


def read(section: dict, **parts) -> recipes.Recipe:
    values = {
        "name": "small",
        "corpus": {"embedded": {"train": 100}},
        "trainer": {"epochs": 2},
        "models": MODELS,
        "counterfactual": {"model": "baseline", **section},
    }
    return recipes.from_values(values | parts, Path("/somewhere"), "recipe")


def plan(**section):
    return read(section).counterfactual.plan


def test_designs_have_their_published_defaults():
    assert (plan().models, plan().share) == (8, 0.5)
    assert plan(design="folds").models == 10
    assert plan(design="folds", models=5, repeats=3).models == 15
    assert (plan(design="held_out").models, plan(design="held_out").share) == (1, 0.8)


def test_bands_are_the_published_ones_for_the_default_score_alone():
    assert read({}).counterfactual.edges == PUBLISHED_BANDS
    assert read({"score": "chrf"}).counterfactual.edges == ()
    assert read({"score": "chrf", "bands": [10, 20]}).counterfactual.edges == (10.0, 20.0)


def test_the_models_of_a_subset():
    assert recipes.trained_models(read({})) == ["baseline"]
    found = read({"model": "student", "distillation": True})
    assert recipes.trained_models(found) == ["teacher", "student", "baseline"]
    assert found.audited_models == ["teacher", "student", "baseline"]


def test_a_stored_recipe_is_read_as_it_was(tmp_path):
    found = read({"models": 6, "stopping": {"uncertain": 0.1}})
    (tmp_path / "recipe.json").write_text(recipes.dump(found), encoding="utf-8")
    assert recipes.load_stored(tmp_path / "recipe.json") == found


WITH_STUDENT_TEACHER = MODELS | {
    "second": {"role": "student", "distillation": {"teacher": "student"}}
}
ADAPTED = MODELS | {
    "student": {
        "role": "student",
        "distillation": {"teacher": "teacher", "step": "adaptive"},
    }
}


@pytest.mark.parametrize(
    ("section", "parts", "message"),
    [
        ({"models": 7}, {}, r"counterfactual\.models: of 7 models.*such as 6 or 8"),
        ({"models": 8, "share": 0.7}, {}, "such as 10 or 20"),
        ({"share": 0}, {}, r"counterfactual\.share: .*greater than 0"),
        ({"share": 1}, {}, r"counterfactual\.share: .*less than 1"),
        ({"models": 1}, {}, r"counterfactual\.models"),
        ({"model": "baselin"}, {}, "counterfactual.model: .*'baseline'"),
        ({"model": "reverse"}, {}, "counterfactual.model: "),
        ({"model": "student"}, {}, "'distillation: true' trains both"),
        ({"distillation": True}, {}, "'baseline' is no student"),
        (
            {"model": "second", "distillation": True},
            {"models": WITH_STUDENT_TEACHER},
            "'student' is a student itself",
        ),
        (
            {"model": "student", "distillation": True},
            {"models": ADAPTED},
            "'adaptive' of 'student' needs more than its teacher's translations",
        ),
        (
            {"model": "student", "distillation": True},
            {"models": {name: MODELS[name] for name in ("teacher", "student")}},
            "needs a model of role 'baseline'",
        ),
        ({"design": "fold"}, {}, "counterfactual.design"),
        ({"design": "folds", "share": 0.5}, {}, "'share' is not for the design 'folds'"),
        ({"repeats": 2}, {}, "'repeats' is not for the design 'subsets'"),
        ({"design": "held_out", "models": 4}, {}, "'models' is not for the design 'held_out'"),
        ({"design": "held_out", "share": 0.001}, {}, "counterfactual.share: .*1% to 99%"),
        ({"bands": [0.3, 0.2]}, {}, "the edges of bands rise"),
        ({"stopping": {"uncertain": 0.1}, "score": "chrf"}, {}, "'stopping' needs 'bands'"),
        ({"stopping": {"uncertain": 1}}, {}, "counterfactual.stopping.uncertain"),
        ({"stopping": {"uncertain": 0.1}, "models": 2}, {}, "two models in and two out"),
        (
            {"design": "held_out", "stopping": {"uncertain": 0.1}},
            {},
            "'stopping' is not for the design 'held_out'",
        ),
        ({"modls": 8}, {}, "counterfactual.modls: .*'models'"),
    ],
)
def test_what_cannot_be_is_said_with_its_place(section, parts, message):
    with pytest.raises(RecipeError, match=message):
        read(section, **parts)


def test_a_checkpoint_that_is_there_cannot_be_trained_without_a_pair(tmp_path):
    given = weightless_checkpoint(tmp_path)
    models = {"baseline": {"role": "baseline", "checkpoint": str(given)}}
    with pytest.raises(RecipeError, match="'baseline' is not trained from the beginning"):
        read({}, models=models)


@pytest.fixture
def corpus(tmp_path) -> dict[str, Path]:
    paths = {side: tmp_path / side for side in ("source", "target")}
    for path in paths.values():
        path.write_text("a\n", encoding="utf-8")
    return paths


def test_a_corpus_and_settings_are_a_recipe(corpus, tmp_path):
    path = tmp_path / "settings.yaml"
    path.write_text(
        "trainer: {updates: 50, width: 64}\nsubwords: {file: spm.model}\n"
        "counterfactual: {models: 4, bands: [0.5]}\n",
        encoding="utf-8",
    )
    request = CorpusRequest(
        **corpus, languages="pl-en", settings=path, section={"share": 0.25}, seed=7
    )
    found = counterfactual_recipe(request)
    assert (found.corpus.source_language, found.seed) == ("pl", 7)
    assert found.models["model"].trainer.updates == 50
    assert found.models["model"].trainer.epochs is None
    assert found.subwords.file == str(tmp_path / "spm.model")
    assert (found.counterfactual.plan.models, found.counterfactual.plan.share) == (4, 0.25)
    assert found.counterfactual.edges == (0.5,)
    assert found.corpus.splits["valid"][0].first == 1  # all that it has
    corpus["source"].write_text("a\n" * 1000, encoding="utf-8")
    again = counterfactual_recipe(request).corpus
    assert again.splits["valid"][0].first == VALIDATED == 500
    assert counterfactual_recipe(CorpusRequest(**corpus)).models["model"].trainer.epochs == 30


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trainr: {}\n", "'trainer'"),
        ("trainer: 3\n", "expected keys with values"),
        ("counterfactual: {models: 7}\n", "such as 6 or 8"),
    ],
)
def test_a_file_of_settings_says_what_is_wrong_with_it(corpus, tmp_path, text, message):
    path = tmp_path / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=message) as error:
        counterfactual_recipe(CorpusRequest(**corpus, settings=path))
    assert str(path) in str(error.value)


def test_files_that_are_not_there_and_languages_that_are_none(corpus, tmp_path):
    with pytest.raises(InputError, match="nowhere: there is no such file"):
        counterfactual_recipe(CorpusRequest(tmp_path / "nowhere", corpus["target"]))
    with pytest.raises(RecipeError, match="--languages: expected two"):
        counterfactual_recipe(CorpusRequest(**corpus, languages="english"))
