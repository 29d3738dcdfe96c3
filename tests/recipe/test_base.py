"""A recipe over a base: what comes from where, and mistakes with the right file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kdaudit.errors import RecipeError
from kdaudit.recipe import documents, load

BASE = """\
name: base
seed: 7
corpus:
  splits:
    train: [{tsv: a.tsv}, {tsv: b.tsv}]
    valid: {tsv: v.tsv}
trainer:
  layers: 2
  epochs: 3
models:
  teacher: {role: teacher, trainer: {width: 64, heads: 4}}
  baseline: {role: baseline}
quality:
  chrf: {word_order: 2}
  bleu: {lowercase: true}
"""

OWN = """\
base: base.yaml
name: own
trainer: {layers: 1}
models:
  teacher: {trainer: {width: 32}}
  other: {role: other}
quality:
  chrf:
"""


def write(folder: Path, own: str = OWN, base: str = BASE) -> Path:
    (folder / "base.yaml").write_text(base)
    path = folder / "own.yaml"
    path.write_text(own)
    return path


def test_mappings_are_joined_key_by_key_at_every_depth(tmp_path):
    found = load(write(tmp_path))
    assert (found.name, found.seed) == ("own", 7)
    teacher, other = (found.models[name].trainer for name in ("teacher", "other"))
    assert (teacher.width, teacher.heads, teacher.layers, teacher.epochs) == (32, 4, 1, 3)
    assert (other.width, other.layers) == (512, 1)
    assert list(found.models) == ["teacher", "baseline", "other"]


def test_what_is_no_mapping_on_both_sides_takes_the_place_of_the_bases(tmp_path):
    found = load(write(tmp_path, OWN + "corpus: {splits: {train: [{tsv: c.tsv}]}}\n"))
    assert [Path(entry.tsv).name for entry in found.corpus.splits["train"]] == ["c.tsv"]
    assert found.metric("chrf").word_order == 0
    assert found.metric("bleu").lowercase is True


def test_paths_of_the_base_count_from_the_recipes_folder(tmp_path):
    (tmp_path / "bases").mkdir()
    write(tmp_path / "bases")
    path = tmp_path / "own.yaml"
    path.write_text(OWN.replace("base.yaml", "bases/base.yaml"))
    assert load(path).corpus.splits["valid"][0].tsv == str(tmp_path / "v.tsv")


def test_a_seed_of_the_command_line_comes_before_both(tmp_path):
    assert load(write(tmp_path), seed=3).seed == 3


def test_every_key_has_its_file_and_line(tmp_path):
    own = documents.read(write(tmp_path))
    base = documents.read(tmp_path / "base.yaml")
    joined = own.over(base)
    assert joined.where("trainer.layers") == f"{own.path}:3"
    assert joined.where("trainer.epochs") == f"{base.path}:9"
    assert joined.where("models.teacher.trainer.heads") == f"{base.path}:11"
    assert joined.where("models.teacher.trainer.dropout") == f"{own.path}:5"
    assert joined.where("quality.chrf.word_order") == f"{own.path}:8", "the base's was replaced"
    assert joined.where("nowhere") == str(own.path)


IN_THE_BASE = {
    "an unknown key": ("  epochs: 3", "  epoks: 3", 9, "trainer.epoks: 'epoks' is no known key"),
    "a wrong value": ("heads: 4", "heads: 0", 11, "models.teacher.trainer.heads: "),
    "a metric's setting": ("lowercase: true", "lower: true", 15, "quality.bleu.lower: "),
    "a file's key": ("{tsv: b.tsv}", "{tvs: b.tsv}", 5, "corpus.splits.train.1.tvs: "),
}


@pytest.mark.parametrize("case", IN_THE_BASE)
def test_a_mistake_in_the_base_is_told_with_its_line(tmp_path, case):
    good, bad, line, message = IN_THE_BASE[case]
    path = write(tmp_path, base=BASE.replace(good, bad))
    expected = re.escape(f"{tmp_path / 'base.yaml'}:{line}: {message}")
    with pytest.raises(RecipeError, match=f"^{expected}"):
        load(path)


def test_a_mistake_in_the_recipe_is_told_with_its_own_line(tmp_path):
    path = write(tmp_path, OWN.replace("width: 32", "widht: 32"))
    with pytest.raises(RecipeError, match=rf"^{path}:5: models\.teacher\.trainer\.widht: "):
        load(path)


NO_BASE = {
    "missing": ("base: none.yaml", "{folder}/none.yaml: no such recipe"),
    "a number": ("base: 3", "expected the path of a file, got 3"),
    "empty": ("base:", "expected the path of a file, got None"),
    "a folder": ("base: .", "{folder}: is no file"),
    "itself": ("base: own.yaml", "{folder}/own.yaml:1: a base has no base itself: …"),
    "a list": ("base: list.yaml", "{folder}/list.yaml: expected keys with values, got ['a']"),
    "broken": ("base: broken.yaml", "{folder}/broken.yaml:2: is no YAML: …"),
    "unset": ("base: $NOWHERE/a.yaml", "the path '$NOWHERE/a.yaml' needs the environment …"),
}


@pytest.mark.parametrize("case", NO_BASE)
def test_a_base_that_is_of_no_use(tmp_path, monkeypatch, case):
    monkeypatch.delenv("NOWHERE", raising=False)
    line, message = NO_BASE[case]
    (tmp_path / "list.yaml").write_text("- a\n")
    (tmp_path / "broken.yaml").write_text("a: 1\n]\n")
    path = write(tmp_path, OWN.replace("base: base.yaml", line))
    expected = f"{path}:1: base: {message.format(folder=tmp_path)}"
    with pytest.raises(RecipeError) as error:
        load(path)
    assert str(error.value).startswith(expected.removesuffix("…"))


def test_a_recipe_with_a_base_has_a_name_of_its_own(tmp_path):
    path = write(tmp_path, OWN.replace("name: own\n", ""))
    with pytest.raises(RecipeError, match=rf"^{path}: name: a recipe with a base has a name"):
        load(path)


def test_a_recipe_that_is_no_mapping_has_no_base(tmp_path):
    path = write(tmp_path, "- base\n")
    with pytest.raises(RecipeError, match="expected keys with values"):
        load(path)
