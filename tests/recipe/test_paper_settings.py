"""The table of the paper's settings says what the recipes set, and leaves no setting out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from kdaudit import recipe as recipes

ROOT = Path(__file__).parents[2]
NAMES = ("en-de", "de-en", "pl-en", "en-pl", "fr-de")
BASE = yaml.safe_load((ROOT / "recipes" / "base" / "wmt20.yaml").read_text(encoding="utf-8"))
METHODS = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
TABLE = METHODS.split("\n## The paper's settings\n")[1].split("\n## ")[0]
ROWS = [line.strip("| ").split(" | ") for line in TABLE.splitlines() if line.startswith("| ")][2:]
SETTINGS = [
    (row[0], place, yaml.safe_load(value))
    for row in ROWS
    for place, value in re.findall(r"`([\w.]+): ([^`]+)`", row[2])
]
"""(row, place, value) of every setting in the third column."""

NOT_OF_THE_MODEL = {"device", "log_updates"}
"""Keys of a trainer that its model does not depend on."""


@pytest.fixture(scope="module")
def wmt20() -> dict[str, recipes.Recipe]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDAUDIT_WMT20", "/nowhere")
        return {name: recipes.load(ROOT / "recipes" / f"wmt20-{name}.yaml") for name in NAMES}


def setting(recipe: recipes.Recipe, place: str) -> Any:
    """The value at a place of a recipe, defaults included; KeyError where there is no such place.

    `trainer`: what students of the common size, baseline and reverse model have in common.
    """
    first, *rest = place.split(".")
    if first == "trainer":
        trainers = [recipe.models[name].trainer for name in ("student", "baseline", "reverse")]
        values = [walk(trainer.model_dump(mode="json"), rest) for trainer in trainers]
        assert values.count(values[0]) == len(values)
        return values[0]
    if first == "detectors":
        return getattr(recipe.detector(rest[0]), rest[1])
    if first == "subgroups":
        return getattr(recipe.scheme(rest[0]), rest[1])
    if rest[1:3] == ["distillation", "settings"]:
        if rest[0] not in recipe.models:
            raise KeyError(place)
        return getattr(recipe.step(rest[0]), rest[3])
    return walk(recipe.model_dump(mode="json"), [first, *rest])


def walk(value: Any, keys: list[str]) -> Any:
    for key in keys:
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


@pytest.mark.parametrize(("row", "place", "value"), SETTINGS, ids=[row[1] for row in SETTINGS])
def test_a_setting_of_the_table_is_that_of_the_recipes(wmt20, row, place, value):
    found = {}
    for name, recipe in wmt20.items():
        try:
            found[name] = setting(recipe, place)
        except KeyError:
            continue
    assert found == dict.fromkeys(found, value)
    if row.endswith("(En-De)"):
        assert list(found) == ["en-de"]
    elif place == "beam.pulpo":
        assert list(found) == [name for name in NAMES if name != "pl-en"]
    else:
        assert list(found) == list(NAMES)


def leaves(values: Any, place: str) -> list[str]:
    if not isinstance(values, dict) or place.endswith(".above"):
        return [place]
    return [leaf for key, value in values.items() for leaf in leaves(value, f"{place}.{key}")]


def test_no_setting_of_the_base_is_left_out_of_the_table():
    told = {place for _, place, _ in SETTINGS}
    models = BASE["models"]
    steps = ("student", "adaptive_student")
    wanted = [
        *leaves(BASE["subwords"], "subwords"),
        *leaves({k: v for k, v in BASE["trainer"].items() if k not in NOT_OF_THE_MODEL}, "trainer"),
        *leaves(models["teacher"]["trainer"], "models.teacher.trainer"),
        *(
            leaf
            for name in steps
            for leaf in leaves(
                models[name]["distillation"]["settings"], f"models.{name}.distillation.settings"
            )
        ),
        *leaves(BASE["beam"], "beam"),
        "seed",
        "inference.length_penalty",
    ]
    assert len(wanted) > 35
    assert [place for place in wanted if place not in told] == []


def test_the_control_differs_from_the_choice_in_nothing_but_the_choice(wmt20):
    for recipe in wmt20.values():
        chosen, control = (
            recipe.models[name].distillation for name in ("adaptive_student", "control_student")
        )
        assert {**chosen.settings, "control": "random"} == control.settings
        adapted, drawn = (
            recipe.models[name].trainer for name in ("adapted_teacher", "control_teacher")
        )
        assert adapted == drawn
