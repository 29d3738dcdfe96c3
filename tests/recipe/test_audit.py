"""The recipe behind `kdaudit audit`: who is who, and what is refused before anything runs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kdaudit.errors import InputError, RecipeError
from kdaudit.recipe import from_values
from kdaudit.recipe.audit import AuditRequest, audit_recipe, forms_of, is_text
from kdaudit.stages.plan import Plan
from tests import tiny_models


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audit")
    for name, lines in zip(("source", "target"), tiny_models.sample(), strict=True):
        text = "".join(f"{line}\n" for line in lines)
        (folder / name).write_text(text, encoding="utf-8")
        (folder / f"{name}.texts").write_text(text, encoding="utf-8")
    (folder / "model.npz").touch()
    (folder / "vocab.spm").touch()
    return folder


@pytest.fixture
def request_(folder) -> AuditRequest:
    models = {"one": str(folder / "model.npz"), "two": str(folder / "target.texts")}
    return AuditRequest(models, source=folder / "source", target=folder / "target")


def test_models_and_translations_are_told_apart_and_languages_identified(request_, folder):
    recipe = audit_recipe(request_)
    assert recipe.models["one"].given.path == str(folder / "model.npz")
    assert recipe.models["two"].given.translations == {"train": str(folder / "target.texts")}
    assert not recipe.is_texts("one")
    assert recipe.is_texts("two")
    assert (recipe.corpus.source_language, recipe.corpus.target_language) == ("en", "de")
    assert recipe.corpus.names == ["train"]
    assert not recipe.trains


def test_roles_make_contrasts_and_inheritance(request_, folder):
    models = {**request_.models, "three": str(folder / "source.texts")}
    request = replace(request_, models=models, teacher="one", baseline="two")
    recipe = audit_recipe(request)
    roles = {name: model.role for name, model in recipe.models.items()}
    assert roles == {"one": "teacher", "two": "baseline", "three": "student"}
    assert recipe.references() == ("two",)
    assert recipe.learners == ["three"]
    assert recipe.teacher("three") == "one"


def test_a_deployed_form_is_a_model_compared_with_its_own_float32(request_):
    recipe = audit_recipe(replace(request_, compute_types=["int8"], baseline="two"))
    assert list(recipe.models) == ["one", "two", "one-int8"]
    assert forms_of(recipe) == {"one-int8": "int8"}
    assert recipe.references() == ("two", "one")
    assert recipe.engine("one-int8").compute_type == "int8"
    assert recipe.engine("one").compute_type == "float32"
    assert recipe.engine("one-int8").named("one-int8") == "one-int8"
    assert recipe.engine("one-int8").named("quick") == "quick (int8)"


def test_what_translations_alone_cannot_tell_is_listed_with_what_it_needs(request_):
    plan = Plan(audit_recipe(request_))
    lacking = plan.not_computable
    assert lacking["extractive of two"] == "needs the model itself, not its translations alone"
    assert lacking["confidence of two"] == lacking["extractive of two"]
    assert lacking["natural"].endswith("which needs a model of role 'reverse'")
    assert ("extractive", "one", "train") in plan.detections
    assert ("extractive", "two", "train") not in plan.detections
    assert ("confidence", "two", "train") not in plan.quality
    assert ("exact_match", "two", "train") in plan.detections


def test_of_translations_alone_a_measure_is_listed_once(request_, folder):
    models = {"two": str(folder / "target.texts"), "three": str(folder / "source.texts")}
    lacking = Plan(audit_recipe(replace(request_, models=models))).not_computable
    assert lacking["extractive"] == "needs a model, and translations alone are given"
    assert "extractive of two" not in lacking


def test_a_given_student_lists_what_its_kd_corpus_would_be_needed_for(request_):
    lacking = Plan(audit_recipe(replace(request_, teacher="one"))).not_computable
    assert "exact_match_kd of two" in lacking


def test_sources_alone_are_audited_with_what_needs_no_target(request_):
    recipe = audit_recipe(replace(request_, target=None, languages="en-de"))
    plan = Plan(recipe)
    assert recipe.monolingual_splits == ["train"]
    assert "exact_match" in plan.not_applicable["train"]
    assert ("oscillatory", "one", "train") in plan.detections
    assert not [name for name, _, _ in plan.detections if name == "exact_match"]


def test_measures_can_be_chosen_and_a_gate_comes_with_them(request_):
    recipe = audit_recipe(replace(request_, measures=["natural", "bleu"]))
    assert list(recipe.detectors) == ["natural"]
    assert set(recipe.quality) == {"bleu", "back_translation"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"models": {}}, "there is no model"),
        ({"teacher": "ones"}, "--teacher: 'ones' is no known model"),
        ({"teacher": "one", "baseline": "one"}, "a model has one role"),
        ({"reverse": "two"}, "--reverse: 'two' is a file of translations"),
        ({"subwords": {"x": []}}, "--subwords: 'x' is no known model"),
        ({"codes": {"two": ("en", "de")}}, "--codes: 'two' is a file of translations"),
        ({"compute_types": ["int4"]}, "--compute-type: this CPU has no 'int4'"),
        ({"compute_types": ["float32"]}, "no model to have another form"),
        ({"measures": ["blue"]}, "--measures: 'blue' is no known measure"),
        ({"languages": "en"}, "expected two as in en-de"),
        ({"target": None}, "--languages SOURCE-TARGET is needed"),
        ({"source": None, "target": None}, "give the corpus"),
        ({"columns": {"source": "a"}}, "--columns are those of --corpus"),
    ],
)
def test_what_cannot_be_asked_for_is_said(request_, changes, message):
    with pytest.raises(RecipeError, match=message):
        audit_recipe(replace(request_, **{"inference": {"device": "cpu"}, **changes}))


def test_a_file_that_is_not_there_is_named(request_, folder):
    with pytest.raises(InputError, match=r"nowhere: there is no such file"):
        audit_recipe(replace(request_, source=folder / "nowhere"))
    with pytest.raises(InputError, match="no such file or directory"):
        audit_recipe(replace(request_, models={"one": str(folder / "nowhere.pt")}))


def test_text_is_told_from_a_model(folder, tmp_path):
    assert is_text(folder / "source")
    assert not is_text(folder / "model.npz")
    assert not is_text(folder)
    (tmp_path / "binary").write_bytes(b"PK\0\xff")
    (tmp_path / "cut").write_bytes("ä".encode() * 2047 + b"a" + "ä".encode())
    assert not is_text(tmp_path / "binary")
    assert is_text(tmp_path / "cut")


GIVEN = {
    "name": "mine",
    "corpus": {"splits": {"train": {"source": "s", "target": "t"}}},
    "models": {
        "old": {"role": "baseline", "given": {"translations": {"train": "old.de"}}},
        "new": {"role": "other", "given": {"path": "new/model.npz", "subwords": "new/spm.model"}},
        "hub": {"role": "other", "given": {"path": "facebook/m2m100_418M", "codes": ["en", "de"]}},
    },
}


def changed(**models):
    return {**GIVEN, "models": {**GIVEN["models"], **models}}


def test_a_recipe_says_the_same_with_paths_that_count_from_its_folder(tmp_path):
    recipe = from_values(GIVEN, tmp_path, "test")
    new, hub = (recipe.models[name].given for name in ("new", "hub"))
    assert new.path == str(tmp_path / "new/model.npz")
    assert new.subwords == (str(tmp_path / "new/spm.model"),)
    assert hub.path == "facebook/m2m100_418M"
    assert hub.codes == ("en", "de")


@pytest.mark.parametrize(
    ("models", "message"),
    [
        ({"a": {"role": "other", "given": {}}}, "give either 'path' or 'translations'"),
        (
            {"a": {"role": "other", "given": {"path": "a.npz", "form_of": "b"}}},
            "'b' is no known model",
        ),
        (
            {"a": {"role": "student", "given": {"path": "a.npz", "teacher": "b"}}},
            "'b' is no known model",
        ),
        (
            {"a": {"role": "other", "given": {"translations": {"test": "a.de"}}}},
            "'test' is no known audited split",
        ),
        (
            {"a": {"role": "other", "given": {"path": "a.npz"}, "trainer": {"epochs": 1}}},
            "a model that is given is not trained",
        ),
        ({"a": {"role": "baseline", "trainer": {"epochs": 1}}}, "splits need 'train' and 'valid'"),
        (
            {"a": {"role": "teacher", "finetuning": {"teacher": "new", "step": "adaptive"}}},
            "is given, and cannot be trained on",
        ),
        (
            {
                "a": {
                    "role": "student",
                    "distillation": {"teacher": "old"},
                    "trainer": {"epochs": 1},
                }
            },
            "translations alone are no teacher",
        ),
    ],
)
def test_a_recipe_with_what_does_not_fit_is_refused(tmp_path, models, message):
    with pytest.raises(RecipeError, match=message):
        from_values(changed(**models), tmp_path, "test")
