"""The forms of input that the guide shows are those that a recipe takes."""

import re
from pathlib import Path

import yaml

from kdaudit import recipe as recipes

GUIDE = (Path(__file__).parents[2] / "docs" / "guide.md").read_text(encoding="utf-8")
INPUT = GUIDE.split("\n### Input\n")[1].split("\n### ")[0]


def read(splits):
    values = {
        "name": "guide",
        "corpus": {"splits": {"train": {"tsv": "a"}, "valid": {"tsv": "b"}} | splits},
        "models": {"baseline": {"role": "baseline", "trainer": {"epochs": 1}}},
    }
    return recipes.from_values(values, Path("/somewhere"), "guide")


def test_every_form_of_the_table_is_valid():
    entries = re.findall(r"^\|.*\| `(\{.*\})` \|$", INPUT, re.MULTILINE)
    assert len(entries) == 8
    monolingual = []
    for entry in entries:
        monolingual += read({"test": yaml.safe_load(entry)}).monolingual_splits
    assert monolingual == ["test"]


def test_several_files_make_one_split():
    (example,) = re.findall(r"```yaml\n(.*?)```", INPUT, re.DOTALL)
    found = read(yaml.safe_load(example)).corpus.splits["train"]
    assert [entry.provenance for entry in found] == ["europarl", "web"]
