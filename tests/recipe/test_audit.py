"""The recipe behind `kdaudit audit`: who is who, and what is refused before anything runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kdaudit.detectors import DETECTORS
from kdaudit.errors import AlignmentError, InputError, RecipeError
from kdaudit.quality import QUALITY
from kdaudit.recipe import from_values
from kdaudit.recipe.audit import LEFT_OUT, MEASURED, AuditRequest, audit_recipe, forms_of, is_text
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


def test_chosen_measures_of_sources_alone_have_the_subgroups_that_need_no_target(request_):
    request = replace(request_, target=None, languages="en-de", measures=["repeated_target"])
    plan = Plan(audit_recipe(request))
    assert {"frequency", "repetition"} <= plan.not_applicable["train"].keys()
    assert ("length", "train") in plan.subgroups
    assert ("repetition", "train") not in plan.subgroups


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
        ({"languages": "en-"}, "expected two as in en-de"),
        ({"target": None}, "--languages is needed, two as in en-de"),
        ({"source": None, "target": None}, "give the corpus"),
        ({"columns": {"source": "a"}}, "--columns are those of --corpus"),
    ],
)
def test_what_cannot_be_asked_for_is_said(request_, changes, message):
    with pytest.raises(RecipeError, match=message):
        audit_recipe(replace(request_, **{"inference": {"device": "cpu"}, **changes}))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("abc" * 100, "is no name: it has 300 characters, and 64 are the most"),
        ("abcdefgh" * 8 + "i", "it has 65 characters, and 64 are the most"),
        ("--help", "'--help' is no name: it begins with '-', as an option does"),
        ("-", "it begins with '-'"),
        ("no" * 20, "is no name: it repeats itself"),
        ("a.b", "letters, digits, '_' and '-' only"),
        ("name\n", "letters, digits, '_' and '-' only"),
    ],
)
def test_what_no_command_line_or_workflow_takes_is_no_name(request_, name, message):
    with pytest.raises(RecipeError, match=rf"--model: .*{message}"):
        audit_recipe(replace(request_, models={name: request_.models["two"]}))
    with pytest.raises(RecipeError, match=f"name: .*{message}"):
        from_values({**GIVEN, "name": name}, Path.cwd(), "test")


@pytest.mark.parametrize("name", ["--help", "abc" * 100])
def test_no_model_of_a_recipe_is_called_so(tmp_path, name):
    with pytest.raises(RecipeError, match=r"models\..*is no name: it "):
        from_values(changed(**{name: GIVEN["models"]["old"]}), tmp_path, "test")


def test_a_table_whose_sources_are_not_named_is_not_asked_for_its_languages(request_, tmp_path):
    (tmp_path / "pairs.tsv").write_text("a\tb\n", "utf-8")
    request = replace(request_, source=None, target=None, corpus=tmp_path / "pairs.tsv")
    for languages in (None, "en-de"):
        with pytest.raises(RecipeError, match="--columns: 'source' is needed"):
            audit_recipe(replace(request, columns={"target": 1}, languages=languages))


@pytest.mark.parametrize("name", ["a", "7", "_", "a-", "Name_7-x", "abcdefgh" * 8])
def test_a_name_of_letters_and_digits_is_taken(request_, name):
    assert list(audit_recipe(replace(request_, models={name: request_.models["two"]})).models) == [
        name
    ]


def test_a_form_of_a_model_with_a_long_name_is_named(request_):
    models = {"abcdefgh" * 8: request_.models["one"]}
    with pytest.raises(RecipeError, match=r"form of another model would be called so: .*-int8'"):
        audit_recipe(replace(request_, models=models, compute_types=["int8"]))


def test_a_file_that_is_not_there_is_named(request_, folder):
    with pytest.raises(InputError, match=r"nowhere: there is no such file"):
        audit_recipe(replace(request_, source=folder / "nowhere"))
    with pytest.raises(InputError, match="no such file or directory"):
        audit_recipe(replace(request_, models={"one": str(folder / "nowhere.pt")}))


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("languages", [None, "en-de"])
def test_an_empty_corpus_is_named_and_not_asked_for_its_languages(
    request_, tmp_path, content, languages
):
    (tmp_path / "empty").write_bytes(content)
    empty = replace(request_, source=tmp_path / "empty", languages=languages)
    with pytest.raises(InputError, match=r"/empty: the file of the corpus is empty"):
        audit_recipe(empty)
    with pytest.raises(InputError, match=r"/empty: the file of the corpus is empty"):
        audit_recipe(replace(empty, target=tmp_path / "empty"))
    with pytest.raises(AlignmentError, match=r"/empty: has 0 lines, but .+source has \d+"):
        audit_recipe(replace(request_, target=tmp_path / "empty", languages=languages))


@pytest.mark.parametrize("name", ["pairs.tsv", "pairs.jsonl", "pairs.csv"])
def test_an_empty_table_is_named(request_, tmp_path, name):
    (tmp_path / name).write_text("source,target\n" if name.endswith("csv") else "", "utf-8")
    table = replace(request_, source=None, target=None, corpus=tmp_path / name)
    with pytest.raises(InputError, match=rf"/{name}: .*(empty|there are no)"):
        audit_recipe(table)


@pytest.mark.parametrize("change", [-1, 1])
def test_translations_have_a_line_for_each_of_the_corpus(request_, folder, tmp_path, change):
    lines = (folder / "target").read_text("utf-8").splitlines(keepends=True)
    other = lines[:change] if change < 0 else [*lines, "noch eine\n"]
    (tmp_path / "other.de").write_text("".join(other), "utf-8")
    pairs = zip(lines, lines, strict=True)
    table = "".join(f"{one.strip()}\t{two.strip()}\n" for one, two in pairs)
    (tmp_path / "pairs.tsv").write_text(table, "utf-8")
    models = {**request_.models, "third": str(tmp_path / "other.de")}
    of_files = replace(request_, models=models)
    of_table = replace(of_files, source=None, target=None, corpus=tmp_path / "pairs.tsv")
    for one, name in ((of_files, "source"), (of_table, r"pairs\.tsv")):
        words = rf"/other\.de: has {len(other)} lines, the corpus has {len(lines)} \(.+/{name}\)"
        with pytest.raises(InputError, match=words):
            audit_recipe(replace(one, languages="en-de"))


@pytest.mark.parametrize("case", ["both", "texts", "model", "reverse", "sources alone"])
def test_every_measure_is_computed_or_listed_with_what_it_needs(request_, folder, case):
    model, texts = request_.models.values()
    models = {
        "both": request_.models,
        "texts": {"texts": texts},
        "model": {"model": model},
        "reverse": {"model": model, "other": model, "back": model},
        "sources alone": request_.models,
    }[case]
    request = replace(request_, models=models, languages="en-de")
    if case == "reverse":
        request = replace(request, reverse="back", teacher="other")
    if case == "sources alone":
        request = replace(request, target=None)
    plan = Plan(audit_recipe(request))
    told = {*plan.not_computable, *plan.not_applicable.get("train", {})}
    detected = {name for name, _, _ in plan.detections}
    scored = {name for name, _, _ in plan.quality}
    lacking = {name for name in DETECTORS if name not in detected | told}
    assert lacking <= {"back_translation"}, "it is told as back_translation_flagged"
    assert not lacking or "back_translation_flagged" in told
    assert {name for name in QUALITY if name not in scored | told} == set()
    assert told >= set(LEFT_OUT)
    assert "--measures names it" in plan.not_computable["cometkiwi"]


def test_every_metric_that_is_left_out_has_a_reason():
    assert {*MEASURED, *LEFT_OUT} == set(QUALITY)


def test_of_chosen_measures_no_other_is_listed(request_):
    recipe = audit_recipe(replace(request_, measures=["bleu"]))
    assert recipe.left_out == {}
    assert Plan(recipe).not_computable == {}
    assert "confidence" not in recipe.subgroups
    with_it = audit_recipe(replace(request_, measures=["bleu", "confidence"]))
    assert with_it.subgroups.keys() == recipe.subgroups.keys() | {"confidence"}


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
