"""A recipe is spelled out and checked before anything runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdaudit import recipe as recipes
from kdaudit.errors import RecipeError
from kdaudit.recipe import reading
from kdaudit.stages.plan import Plan

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


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(RECIPES.glob("*.yaml")) if path.name != reading.POLICY],
    ids=lambda path: path.stem,
)
def test_every_packaged_recipe_is_valid(path, monkeypatch):
    monkeypatch.setenv("KDAUDIT_MULTI30K", "/data/multi30k")
    monkeypatch.setenv("KDAUDIT_WMT20", "/data/wmt20")
    found = recipes.load(path)
    assert found.name == path.stem
    assert Plan(found).not_computable == {}


def test_a_models_trainer_takes_what_it_does_not_set_from_the_shared_one():
    found = changed(seed=5).models
    assert (found["teacher"].trainer.layers, found["baseline"].trainer.layers) == (2, 1)
    assert found["teacher"].trainer.width == 64
    assert found["student"].trainer.seed == 5


def test_measures_of_memorization_are_for_the_training_split_alone():
    found = changed()
    assert found.detectors["extractive"].splits == ("train",)
    assert found.detectors["oscillatory"].splits == ("train", "test")


@pytest.mark.parametrize(
    ("reference", "chosen", "references"),
    [
        (None, None, ("baseline",)),
        ("teacher", None, ("teacher",)),
        ("teacher", "student", ("student",)),
        ("all", None, ("baseline", "teacher", "student")),
        (None, "all", ("baseline", "teacher", "student")),
        ("all", "teacher", ("teacher",)),
    ],
)
def test_one_model_is_the_reference_or_every_one(reference, chosen, references):
    found = changed(comparison={"reference": reference})
    assert found.references(chosen) == references
    assert found.reference == found.references()[0]


def test_a_model_that_is_called_all_is_itself():
    models = {name: {"role": "other"} for name in ("all", "b")}
    found = changed(models=models, comparison={"reference": "all"})
    assert found.references() == ("all",)


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
    assert found["train"][0].source == "/captions/a.en"
    assert found["train"][0].target == "/somewhere/a.de"
    assert found["valid"][0].tsv == "/somewhere/../v.tsv"


def with_split(name, *entries, **parts) -> recipes.Recipe:
    """A recipe with files, one split of which has these entries."""
    splits = {split: {"tsv": f"{split}.tsv"} for split in ("train", "valid")}
    entry = entries[0] if len(entries) == 1 else list(entries)
    return changed(corpus={"splits": splits | {name: entry}, **parts.pop("corpus", {})}, **parts)


FORMS = {
    "aligned": ({"source": "a.en", "target": "a.de"}, True),
    "sources": ({"source": "a.en"}, False),
    "tsv": ({"tsv": "a.tsv"}, True),
    "tsv sources": ({"tsv": "a.tsv", "columns": {"source": 1}}, False),
    "table": ({"file": "a.csv"}, True),
    "table sources": ({"file": "a.jsonl", "columns": {"source": "en", "domain": "d"}}, False),
    "mapped": ({"file": "a.parquet", "columns": {"source": "t.en", "target": "t.de"}}, True),
    "data set": ({"dataset": "wmt/wmt19", "config": "de-en", "split": "train"}, True),
    "data set's sources": ({"dataset": "x", "columns": {"source": "en"}}, False),
}


@pytest.mark.parametrize(("entry", "has_target"), FORMS.values(), ids=FORMS)
def test_each_form_of_a_split_says_whether_it_has_targets(entry, has_target):
    found = with_split("test", entry)
    assert [one.has_target for one in found.corpus.splits["test"]] == [has_target]
    assert found.monolingual_splits == ([] if has_target else ["test"])
    assert found.audited_splits == ["train", "test"]


def test_a_split_may_have_several_files_with_provenances():
    first, second = {"tsv": "a.tsv"}, {"file": "b.csv", "provenance": "web", "first": 7}
    found = with_split("test", first, second).corpus.splits["test"]
    assert [entry.provenance for entry in found] == ["original", "web"]
    assert (found[0].tsv, found[1].file) == ("/somewhere/a.tsv", "/somewhere/b.csv")


def test_a_stored_recipe_keeps_every_form_of_a_split(tmp_path):
    for number, (entry, _) in enumerate(FORMS.values()):
        found = with_split("test", entry, entry | {"provenance": "web"})
        path = tmp_path / f"{number}.json"
        path.write_text(recipes.dump(found), encoding="utf-8")
        assert recipes.load_stored(path) == found


def test_a_data_set_is_a_folder_where_it_looks_like_a_path_or_is_there(tmp_path):
    (tmp_path / "captions").mkdir()

    def dataset(name):
        splits = {split: {"dataset": name} for split in ("train", "valid")}
        values = SMALL | {"corpus": {"splits": splits}}
        found = recipes.from_values(values, tmp_path, "recipe").corpus.splits
        return found["train"][0].dataset

    assert dataset("captions") == str(tmp_path / "captions")
    assert dataset("./absent") == str(tmp_path / "absent")
    assert dataset("/data/absent") == "/data/absent"
    assert dataset("wmt/wmt19") == "wmt/wmt19"


def test_a_subword_model_may_be_given():
    found = changed(subwords={"file": "spm.model"})
    assert found.subwords.file == "/somewhere/spm.model"


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "give one of 'source', 'tsv', 'file', 'dataset'"),
        ({"target": "a.de"}, "give one of"),
        ({"source": "a", "tsv": "b"}, "give one of"),
        ({"tsv": "a", "target": "b"}, "'target' goes with 'source'"),
        ({"tsv": "a", "split": "train"}, "'split' goes with 'dataset', not with 'tsv'"),
        ({"file": "a.csv", "streaming": True}, "'streaming' goes with 'dataset'"),
        ({"source": "a", "columns": {"source": "en"}}, "'columns' are those of a table"),
        ({"file": "a.csv", "columns": {"target": "de"}}, "columns: 'source' is needed"),
        ({"file": "a.csv", "columns": {"source": "a", "id": "b"}}, "'id' cannot be the name"),
        ({"file": "a.csv", "columns": {"source": "a", "x/y": "b"}}, "'x/y' is no name"),
        ({"tsv": "a", "provenance": "planted"}, "'planted' is that of planted cases"),
        ({"tsv": "a", "provenance": "a b"}, "'a b' is no name"),
        ({"tsv": "a", "first": 0}, "greater than or equal to 1"),
        ({"tsv": "a", "frist": 3}, "did you mean 'first'"),
    ],
)
def test_a_mistake_in_the_files_of_a_split_is_named(entry, message):
    with pytest.raises(RecipeError, match=message) as error:
        with_split("test", entry)
    assert "splits.test" in str(error.value)


@pytest.mark.parametrize("name", ["train", "valid"])
def test_training_and_validation_need_targets(name):
    with pytest.raises(RecipeError, match=rf"splits\.{name}: training needs targets"):
        with_split(name, {"source": "a.en"})


def test_the_files_of_a_split_agree_on_targets_and_there_is_one():
    with pytest.raises(RecipeError, match=r"splits\.test: some of its files have targets"):
        with_split("test", {"source": "a.en"}, {"tsv": "a.tsv"})
    with pytest.raises(RecipeError, match=r"splits\.test: there is no file"):
        with_split("test", *[])


def test_the_scheme_of_all_segments_is_what_it_is_called():
    with pytest.raises(RecipeError, match=r"subgroups\.all: must be of kind 'all'"):
        with_split("test", {"tsv": "a.tsv"}, subgroups={"all": {"kind": "length"}})


@pytest.mark.parametrize("name", ["provenance", "planted"])
def test_the_schemes_that_tell_original_from_planted_are_what_they_are_called(name):
    assert with_split(
        "test", {"tsv": "a.tsv"}, subgroups={name: {"kind": "column", "column": name}}
    )
    message = f"subgroups.{name}: must be {{kind: column, column: {name}}}"
    for other in ({"kind": "column", "column": "year"}, {"kind": "length"}):
        with pytest.raises(RecipeError, match=message):
            with_split("test", {"tsv": "a.tsv"}, subgroups={name: other})


def test_a_language_that_cannot_be_identified_is_said_before_anything_is_trained(tmp_path):
    path = tmp_path / "r.yaml"
    text = (
        "name: small\n"
        "corpus:\n"
        "  target_language: xxx\n"
        "  splits: {train: {tsv: a.tsv}, valid: {tsv: a.tsv}}\n"
        "models: {baseline: {role: baseline, trainer: {epochs: 1}}}\n"
    )
    path.write_text(text)
    with pytest.raises(RecipeError, match=r"detectors\.extractive: .*knows no 'xxx'"):
        recipes.load(path)
    path.write_text(text + "detectors: {extractive: {identify_language: false}}\n")
    assert recipes.load(path).corpus.target_language == "xxx"


@pytest.mark.parametrize(
    ("corpus", "message"),
    [
        ({"embedded": {}, "target_language": "fr"}, "English to German"),
        ({"splits": {"train-beam5": {"tsv": "a.tsv"}}}, "a way of decoding"),
    ],
)
def test_a_corpus_that_cannot_be_is_refused(corpus, message):
    splits = {name: {"tsv": "a.tsv"} for name in ("train", "valid")}
    if "splits" in corpus:
        corpus = {"splits": splits | corpus["splits"]}
    with pytest.raises(RecipeError, match=message):
        changed(corpus=corpus)


def test_the_gate_of_natural_is_no_score_of_the_audited_model():
    with pytest.raises(RecipeError, match="outside the audited models"):
        changed(detectors={"natural": {"gate": "confidence"}})


def test_ter_is_for_every_audited_split_but_the_training_one_unless_the_recipe_says_otherwise():
    def splits(**parts):
        return with_split("news", {"tsv": "a.tsv"}, **parts).quality["ter"].splits

    others = [
        name for name in with_split("news", {"tsv": "a.tsv"}).audited_splits if name != "train"
    ]
    assert "news" in others
    assert list(splits()) == others
    assert "train" in splits(quality={"ter": {}})
