"""Subgroup schemes of a recipe: short forms, splits, and what is refused before anything runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from kdaudit.errors import RecipeError
from kdaudit.recipe import Recipe, dump, from_values, load_stored
from kdaudit.stages.plan import Plan

SPLITS = {
    "train": [
        {"file": "a.csv", "columns": {"source": "s", "target": "t", "kiwi": "score"}},
        {"tsv": "b.tsv"},
    ],
    "valid": {"tsv": "v.tsv"},
    "test": {"tsv": "t.tsv"},
    "news": {"source": "news.en"},
}
MODELS = {name: {"role": name} for name in ("teacher", "baseline", "reverse")}


def recipe(subgroups, **parts) -> Recipe:
    values = {"name": "mine", "trainer": {"epochs": 1}, "models": MODELS}
    values |= {"corpus": {"splits": SPLITS}, "detectors": {"oscillatory": {}}}
    return from_values(values | {"subgroups": subgroups} | parts, Path("/data"), "recipe")


def splits(subgroups, name, **parts) -> tuple[str, ...]:
    return recipe(subgroups, **parts).subgroups[name].splits


def test_a_scheme_without_splits_is_for_those_that_it_can_divide():
    kiwi = {"kind": "quality", "column": "kiwi"}
    assert splits({"kiwi": kiwi}, "kiwi") == ("train",)
    assert splits({"quality": {}}, "quality") == ("train", "test")
    assert splits({"corners": {}}, "corners") == ("train",)
    files = {"test": "test.tsv", "news": "news.tsv"}
    assert splits({"mine": {"kind": "file", "files": files}}, "mine") == ("test", "news")
    both = {"kind": "product", "schemes": ["length", "kiwi"]}
    assert splits({"both": both, "length": {}, "kiwi": kiwi}, "both") == ("train",)
    again = {"kind": "product", "schemes": ["frequency", "length"]}
    assert splits({"both": again, "length": {}, "frequency": {}}, "both") == ("train", "test")


def test_a_scheme_of_a_metric_is_for_the_splits_that_have_it():
    quality = {"back_translation": {"splits": ["train"]}, "confidence": {}}
    assert splits({"quality": {}}, "quality", quality=quality) == ("train",)
    assert splits({"confidence": {}}, "confidence", quality=quality) == ("train", "test", "news")
    assert Plan(recipe({"quality": {}}, quality=quality)).not_computable == {}


def test_provenance_and_planted_need_no_column():
    found = recipe({"provenance": None, "planted": {"splits": ["train"]}})
    kinds = {name: one.scheme(name) for one in [found] for name in found.subgroups}
    assert {name: scheme.column for name, scheme in kinds.items()} == {
        "provenance": "provenance",
        "planted": "planted",
    }
    assert found.subgroups["planted"].splits == ("train",)


def test_paths_of_a_users_files_count_from_the_recipe():
    found = recipe({"mine": {"kind": "file", "files": {"train": "groups/mine.tsv"}}})
    assert found.scheme("mine").files == {"train": "/data/groups/mine.tsv"}


def test_a_stored_recipe_keeps_caps_and_products(tmp_path):
    schemes = {
        "length": {"cap": 100, "cap_seed": 5},
        "frequency": {},
        "both": {"kind": "product", "schemes": ["length", "frequency"]},
    }
    found = recipe(schemes)
    path = tmp_path / "recipe.json"
    path.write_text(dump(found), encoding="utf-8")
    stored = load_stored(path)
    assert stored == found
    assert (stored.cap("length").pairs, stored.cap("length").seed) == (100, 5)
    assert stored.cap("frequency") is None


REFUSED = {
    "column": (
        {"kiwi": {"kind": "quality", "column": "kiwis"}},
        r"subgroups\.kiwi: 'kiwis' is no known column of the split 'train'; did you mean 'kiwi'\?"
        r".*: map it in 'corpus\.splits\.train' \(columns\)",
    ),
    "column of another split": (
        {"kiwi": {"kind": "column", "column": "kiwi", "splits": ["train", "test"]}},
        r"subgroups\.kiwi: 'kiwi' is no known column of the split 'test'",
    ),
    "model": (
        {"quality": {"column": "quality.chrf.teachr"}},
        r"subgroups\.quality: 'teachr' is no known model .*; did you mean 'teacher'\?",
    ),
    "quality without a model": (
        {"quality": {"column": "quality.chrf"}},
        "quality.<metric>.<model>",
    ),
    "comparing metric of the corpus": (
        {"quality": {"column": "quality.chrf.corpus"}},
        r"'chrf' is no quality that targets can have",
    ),
    "quality of the corpus without targets": (
        {"quality": {"splits": ["news"]}},
        r"subgroups\.quality: not applicable to split 'news' \(no targets\)",
    ),
    "counterfactual elsewhere": (
        {"corners": {"splits": ["test"]}},
        "counterfactual memorization is of the split 'train', not of 'test'",
    ),
    "counterfactual model": ({"corners": {"model": "reverse"}}, "'reverse' is no known model"),
    "file's split": (
        {"mine": {"kind": "file", "files": {"train": "a.tsv"}, "splits": ["test"]}},
        r"subgroups\.mine: 'files' has none for the split 'test'",
    ),
    "file's further split": (
        {"mine": {"kind": "file", "files": {"train": "a.tsv", "tset": "b.tsv"}}},
        r"subgroups\.mine\.files: 'tset' is no known audited split; did you mean 'test'\?",
    ),
    "no file": ({"mine": {"kind": "file"}}, r"subgroups\.mine\.files: .*[Mm]issing|required"),
    "columns": (
        {"mine": {"kind": "file", "files": {"train": "a"}, "columns": {"id": 0}}},
        "columns are those of 'id' and 'subgroup', both",
    ),
    "unknown part": (
        {"both": {"kind": "product", "schemes": ["length", "lenth"]}, "length": {}},
        r"subgroups\.both\.schemes: 'lenth' is no known subgroup scheme of this recipe; did you",
    ),
    "part of itself": (
        {"both": {"kind": "product", "schemes": ["length", "both"]}, "length": {}},
        r"subgroups\.both\.schemes: a circle of schemes: both -> both",
    ),
    "circle": (
        {
            "a": {"kind": "product", "schemes": ["length", "b"]},
            "b": {"kind": "product", "schemes": ["a", "length"]},
            "length": {},
        },
        "a circle of schemes: a -> b -> a",
    ),
    "one scheme twice": (
        {"both": {"kind": "product", "schemes": ["length", "length"]}, "length": {}},
        "two different schemes, not 'length' twice",
    ),
    "part's splits": (
        {
            "both": {"kind": "product", "schemes": ["length", "frequency"], "splits": ["test"]},
            "length": {"splits": ["train"]},
            "frequency": {},
        },
        r"subgroups\.both: needs the scheme 'length' on the split 'test'",
    ),
    "cap of all": ({"all": {"cap": 5}}, r"subgroups\.all\.cap: is of whole splits"),
    "cap of 0": ({"length": {"cap": 0}}, r"subgroups\.length\.cap: .*greater than or equal to 1"),
    "cap's seed": ({"length": {"cap": 1, "cap_seed": -1}}, r"subgroups\.length\.cap_seed"),
    "bands": ({"quality": {"bands": "publishd"}}, r"subgroups\.quality\.bands.*'published'"),
}


@pytest.mark.parametrize(("subgroups", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_refused_by_its_place(subgroups, message):
    with pytest.raises(RecipeError, match=message):
        recipe(subgroups)


def test_a_scheme_whose_column_is_not_computed_says_what_to_add():
    both = {"kind": "product", "schemes": ["quality", "length"]}
    schemes = {"quality": {}, "confidence": {}, "corners": {}, "length": {}, "both": both}
    found = Plan(recipe(schemes, quality={"chrf": {}})).not_computable
    lacking = "needs the quality metric '{}', which 'quality' does not list"
    assert found == {
        "quality": lacking.format("back_translation"),
        "the scheme confidence": lacking.format("confidence"),
        "corners": "needs counterfactual memorization of 'teacher': give the recipe a section "
        "'counterfactual' with 'model: teacher'",
        "both": f"needs the scheme 'quality', which {lacking.format('back_translation')}",
    }


def test_the_quality_of_targets_needs_a_reverse_model():
    models = {name: {"role": name} for name in ("teacher", "baseline")}
    plan = Plan(recipe({"quality": {}}, models=models))
    lacking = "needs the quality metric 'back_translation', which needs a model of role 'reverse'"
    assert plan.not_computable["quality"] == lacking
    assert plan.subgroups == []


def test_counterfactual_memorization_of_another_model_is_named():
    asked = {"model": "baseline", "models": 4}
    assert recipe({"corners": {}}, counterfactual=asked).scheme("corners").model == "baseline"
    found = Plan(
        recipe({"corners": {"model": "teacher"}, "ours": {"kind": "corners"}}, counterfactual=asked)
    )
    assert found.not_computable == {
        "corners": "needs counterfactual memorization of 'teacher', and the section "
        "'counterfactual' trains baseline alone"
    }
    assert ("ours", "train") in found.subgroups


def test_without_targets_a_product_of_what_needs_them_is_not_applicable():
    both = {"kind": "product", "schemes": ["length", "frequency"]}
    found = recipe({"length": {}, "frequency": {}, "both": both})
    assert found.subgroups["both"].splits == ("train", "test")
    assert {"frequency", "both"} <= set(Plan(found).not_applicable["news"])
    assert "length" not in Plan(found).not_applicable["news"]


def test_the_schemes_that_the_guide_shows_are_those_that_a_recipe_takes():
    guide = (Path(__file__).parents[2] / "docs" / "guide.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(subgroups:.*?)```", guide, re.DOTALL)
    shown = yaml.safe_load(examples[0])["subgroups"]
    assert {"quality", "extremes", "domains", "frequent_quality"} <= set(shown)
    columns = {"source": "en", "target": "de", "cometkiwi": "score"}
    train = {"file": "train.csv", "columns": columns}
    student = {"role": "student", "distillation": {"teacher": "teacher"}}
    models = {**MODELS, "student": student}
    found = recipe(shown, corpus={"splits": SPLITS | {"train": train}}, models=models)
    assert Plan(found).not_computable == {}
    assert found.scheme("kiwi").signature() == "quality(column=cometkiwi,bands=published)"
