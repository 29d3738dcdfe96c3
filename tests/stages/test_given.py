"""Models that are given, and translations in a model's place: taken over, kept, refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdaudit.artifacts import (
    CORPUS,
    TRANSLATIONS,
    RunDirectory,
    read_object,
    read_table,
    write_table,
)
from kdaudit.corpus.subwords import Subwords
from kdaudit.errors import ArtifactError, InputError, NotComputable
from kdaudit.inference import conversion
from kdaudit.inference.families import Found
from kdaudit.recipe import Recipe, from_values
from kdaudit.recipe.models import GivenModel
from kdaudit.segments import Segments
from kdaudit.stages import conversions, given, train, translate
from kdaudit.stages.base import Context
from kdaudit.stages.take_over import find, take
from tests import tiny_models
from tests.tiny import corpus_files

SOURCES, TARGETS = (side[:12] for side in tiny_models.sample())


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "kdaudit" / "models"


def recipe(**models: object) -> Recipe:
    corpus = {"splits": {"train": {"source": "s", "target": "t"}}}
    values = {"name": "given", "corpus": corpus, "detectors": {}, "quality": {}, "subgroups": {}}
    described = {name: {"role": "other", "given": one} for name, one in models.items()}
    return from_values({**values, "models": described}, Path.cwd(), "test")


def context(folder: Path, **models: object) -> Context:
    directory = RunDirectory(folder / "run")
    table = Segments.of(source=SOURCES, target=TARGETS).table
    write_table(directory.corpus("train"), table, CORPUS)
    return Context(directory, recipe(**models))


def texts(folder: Path, lines: list[str]) -> dict[str, object]:
    path = folder / "translations.de"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return {"translations": {"train": str(path)}}


def test_translations_that_are_given_are_the_models_own(tmp_path):
    run = context(tmp_path, one=texts(tmp_path, TARGETS))
    train.run(run, "one")
    translate.run(run, "one", "train", 0)
    found = read_table(run.directory.translations("one", "train"), TRANSLATIONS)
    assert found["translation"].to_pylist() == TARGETS
    assert found["log_probability"].null_count == len(TARGETS)
    assert set(found["tokens"].to_pylist()) == {0}
    assert all(path.is_file() for path in train.results(run.directory, run.recipe, "one"))
    assert list(given.notes(run)) == []


@pytest.mark.parametrize("count", [11, 13])
def test_translations_of_another_length_are_refused(tmp_path, count):
    run = context(tmp_path, one=texts(tmp_path, [*TARGETS, "more"][:count]))
    with pytest.raises(InputError, match=f"has {count} lines, the corpus has 12"):
        train.run(run, "one")
    assert not run.directory.model_manifest("one").exists()


def test_translations_alone_do_not_translate(tmp_path):
    run = context(tmp_path, one=texts(tmp_path, TARGETS))
    train.run(run, "one")
    with pytest.raises(NotComputable, match="'one' is given as its translations alone"):
        run.translator("one")


@pytest.fixture(scope="module")
def opus(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("opus")
    return tiny_models.marian(tiny_models.hugging_face("marian", folder), folder / "npz")


def test_a_given_model_is_taken_over_and_its_form_is_the_same_conversion(tmp_path, opus, cache):
    form = {"path": str(opus), "compute_type": "int8", "form_of": "one"}
    run = context(tmp_path, one={"path": str(opus)}, **{"one-int8": form})
    for model in run.recipe.models:
        train.run(run, model)
        translate.run(run, model, "train", 0)
    one, other = (
        read_object(run.directory.model_manifest(name), "files_sha256")["files_sha256"][
            "ctranslate2/model.bin"
        ]
        for name in run.recipe.models
    )
    assert one == other
    assert len(list(cache.iterdir())) == 1
    assert run.called("one-int8") == "one-int8"
    assert list(given.notes(run)) == [
        "one (marian): not checked against the original: Marian is not run here.",
        "one-int8 (marian): not checked against the original: it is 'one' in another type.",
    ]
    stored = [
        read_table(run.directory.translations(name, "train"), TRANSLATIONS)["log_probability"]
        for name in run.recipe.models
    ]
    assert stored[0] != stored[1]  # rounded weights


def test_a_model_is_converted_once_and_again_where_the_cache_is_damaged(
    tmp_path, opus, cache, monkeypatch
):
    made = []

    def convert(found: Found, *arguments: object) -> None:
        made.append(found.model)
        conversion.convert(found, *arguments)

    monkeypatch.setattr(conversions, "convert", convert)
    for number in range(2):
        take(tmp_path / str(number), GivenModel(path=str(opus)), ("en", "de"))
    assert made == [opus]
    (weights,) = cache.glob("*/ctranslate2/model.bin")
    weights.unlink()
    weights.write_bytes(b"damaged")
    take(tmp_path / "2", GivenModel(path=str(opus)), ("en", "de"))
    assert made == [opus, opus]
    assert not list(cache.glob(".converting-*"))


def test_a_cache_that_cannot_be_written_is_an_error_that_names_the_variable(tmp_path, opus, cache):
    cache.parent.mkdir(parents=True)
    cache.write_text("a file")
    with pytest.raises(ArtifactError, match="XDG_CACHE_HOME names another place"):
        take(tmp_path / "home", GivenModel(path=str(opus)), ("en", "de"))


def test_subwords_that_do_not_fit_are_refused(tmp_path, opus):
    other = tiny_models.subwords(tmp_path / "other.spm", "bpe", 120)
    with pytest.raises(ArtifactError, match="is not of the subwords"):
        take(tmp_path / "home", GivenModel(path=str(opus), subwords=(str(other),)), ("en", "de"))


@pytest.mark.slow
def test_a_fairseq_checkpoint_has_its_own_subwords_and_translates_as_fairseq(tmp_path, copy_task):
    files = corpus_files(copy_task, tmp_path / "given")
    model = {"path": str(files["checkpoint"]), "subwords": [str(files["subwords"])]}
    directory = RunDirectory(tmp_path / "run")
    lines = copy_task.held_out[:40]
    write_table(directory.corpus("train"), Segments.of(source=lines, target=lines).table, CORPUS)
    run = Context(directory, recipe(copier=model))
    train.run(run, "copier")
    (note,) = given.notes(run)
    assert note == (
        "copier (fairseq): of 32 lines of the corpus the conversion translates 32 (100%) exactly "
        "as the original does."
    )
    own = copy_task.context.translator("copier")
    ours = [one.text for one in run.translator("copier").translate(lines)]
    assert ours == [one.text for one in own.translate(lines)]
    pairs = [(line[: len(line) // 2], line) for line in lines]
    assert list(run.translator("copier").yields(pairs)) == list(own.yields(pairs))


@pytest.mark.slow
def test_a_fairseq_checkpoint_without_its_dictionaries_is_refused(tmp_path, copy_task):
    files = corpus_files(copy_task, tmp_path / "given")
    copy = tmp_path / "alone" / "checkpoint.pt"
    copy.parent.mkdir()
    copy.write_bytes(files["checkpoint"].read_bytes())
    model = GivenModel(path=str(copy), subwords=(str(files["subwords"]),))
    with pytest.raises(InputError, match="no such dictionary, beside its checkpoint"):
        find(model)


def test_a_model_whose_files_changed_depends_on_them(tmp_path, opus):
    run = context(tmp_path, one={"path": str(opus)})
    named = {path.name for path in train.inputs(run.directory, run.recipe, "one")}
    expected = {"opus.model.npz", "opus.vocab.yml", "source.spm", "target.spm", "train.parquet"}
    assert named == expected
    assert Subwords(opus.parent / "source.spm").pieces()[0] == "<unk>"
