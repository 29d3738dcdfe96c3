"""What a recipe asks of splits without targets: all that needs none, and a word on the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdaudit.errors import RecipeError
from kdaudit.recipe import Recipe, dump, from_values, load_stored
from kdaudit.stages.plan import Plan

SPLITS = {
    "train": {"source": "train.en", "target": "train.de"},
    "valid": {"source": "valid.en", "target": "valid.de"},
    "news": {"source": "news.en"},
    "talks": {"source": "talks.en"},
}
MODELS = {name: {"role": name} for name in ("teacher", "baseline", "reverse")}
PLACES = ("detectors", "quality", "subgroups")
NEEDING = ["exact_match", "extractive", "bleu", "chrf", "ter", "frequency", "repetition"]


def recipe(**parts) -> Recipe:
    values = {"name": "mono", "trainer": {"epochs": 1}, "models": MODELS}
    return from_values(values | {"corpus": {"splits": SPLITS}} | parts, Path("/data"), "recipe")


def on(found: Recipe, split: str) -> list[str]:
    """The entries that the recipe has for a split."""
    entries = [entry for place in PLACES for entry in getattr(found, place).items()]
    return [name for name, chosen in entries if split in chosen.splits]


def test_by_default_what_needs_targets_is_for_splits_that_have_them():
    found = recipe()
    assert found.monolingual_splits == ["news", "talks"]
    expected = ["oscillatory", "repeated_target", "natural", "confidence", "diversity"]
    expected += ["back_translation", "all", "random", "confidence", "length", "provenance"]
    assert on(found, "news") == on(found, "talks") == [*expected, "planted"]
    assert {"bleu", "chrf", "frequency"} <= set(on(found, "train"))
    plan = Plan(found)
    assert plan.not_computable == {}
    needing = dict.fromkeys(NEEDING, "no targets")
    assert plan.not_applicable == {"news": needing, "talks": needing}
    assert plan.splits == ["train", "news", "talks"]
    assert ("natural", "baseline", "news") in plan.detections
    assert ("back_translation", "baseline", "news") in plan.quality


def test_a_default_of_certain_splits_passes_over_one_without_targets():
    splits = {name: SPLITS[name] for name in ("train", "valid")} | {"test": SPLITS["news"]}
    found = recipe(corpus={"splits": splits})
    assert found.quality["ter"].splits == ()
    assert Plan(found).not_applicable["test"]["ter"] == "no targets"


def test_a_gate_that_needs_targets_is_not_for_splits_without():
    detectors = {"natural": {"gate": "bleu", "threshold": 10}}
    found = recipe(detectors=detectors, quality={"bleu": {}, "confidence": {}})
    assert found.detectors["natural"].splits == ("train",)
    plan = Plan(found)
    assert plan.not_computable == {}
    assert ("natural", "baseline", "train") in plan.detections
    assert "natural" in plan.not_applicable["news"]


@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ({"detectors": {"exact_match": {"splits": ["train", "news"]}}}, r"detectors\.exact_match"),
        ({"detectors": {"mine": {"kind": "extractive", "splits": ["news"]}}}, r"detectors\.mine"),
        (
            {
                "detectors": {"natural": {"gate": "bleu", "splits": ["news"]}},
                "quality": {"bleu": {}},
            },
            r"detectors\.natural",
        ),
        ({"quality": {"ter": {"splits": ["news"]}}}, r"quality\.ter"),
        ({"subgroups": {"frequency": {"splits": ["news"]}}}, r"subgroups\.frequency"),
        ({"scores": ["train", "news"]}, "scores"),
    ],
)
def test_an_entry_that_names_a_split_without_targets_is_refused(parts, what):
    message = f"^recipe: {what}: not applicable to split 'news' \\(no targets\\)$"
    with pytest.raises(RecipeError, match=message):
        recipe(**parts)


def test_a_stored_recipe_says_the_same(tmp_path):
    path = tmp_path / "recipe.json"
    path.write_text(dump(recipe()), encoding="utf-8")
    stored = load_stored(path)
    assert stored == recipe()
    assert Plan(stored).not_applicable == Plan(recipe()).not_applicable


def test_the_embedded_corpus_has_an_out_of_domain_split_where_it_has_a_size():
    plain = recipe(corpus={"embedded": {}})
    assert plain.corpus.names == ["train", "valid", "test"]
    assert (plain.monolingual_splits, Plan(plain).not_applicable) == ([], {})
    found = recipe(corpus={"embedded": {"out_of_domain": 10}})
    assert found.corpus.names == ["train", "valid", "test", "out_of_domain"]
    assert found.monolingual_splits == ["out_of_domain"]
    assert "oscillatory" in on(found, "out_of_domain")


def test_a_recipe_of_target_free_measures_has_nothing_to_say():
    found = recipe(detectors={"oscillatory": {}}, quality={}, subgroups={"all": {}})
    assert Plan(found).remarks() == []


def test_the_remarks_are_a_line_for_each_split():
    line = f"Not applicable to split '%s' (no targets): {', '.join(NEEDING)}."
    assert Plan(recipe()).remarks() == [line % "news", line % "talks"]
    assert Plan(recipe()).remarks("talks") == [line % "talks"]
    assert Plan(recipe()).remarks("train") == []
