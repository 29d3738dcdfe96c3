"""What lies at a path: which family, which files beside it, and what is said where it is none."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
import torch

from kdaudit.errors import InputError
from kdaudit.inference.families import find_model, is_hub_name
from tests import tiny_models


def write(path: Path, text: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Helsinki-NLP/opus-mt-en-de", True),
        ("facebook/m2m100_418M", True),
        ("model.npz", False),
        ("folder/model.npz", False),
        ("./a/b", False),
        ("/a/b", False),
        ("a/b/c", False),
    ],
)
def test_a_name_on_the_hub_is_no_path(tmp_path, name, expected):
    assert is_hub_name(name, tmp_path) == expected


def test_a_path_whose_folder_is_there_is_no_name_on_the_hub(tmp_path):
    (tmp_path / "models").mkdir()
    assert not is_hub_name("models/nothing", tmp_path)


def test_the_family_is_told_by_the_files(tmp_path):
    config = write(tmp_path / "hf" / "config.json", json.dumps({"model_type": "m2m_100"}))
    assert find_model(config.parent).family == "huggingface"
    checkpoint = tmp_path / "fairseq" / "checkpoint.pt"
    checkpoint.parent.mkdir()
    torch.save({"model": {}, "cfg": {}}, checkpoint)
    subwords = write(checkpoint.parent / "spm.model")
    found = find_model(checkpoint.parent)
    assert (found.family, found.model, found.subwords) == ("fairseq", checkpoint, (subwords,))


def test_vocabularies_and_subwords_beside_a_marian_model_are_found_by_side(tmp_path):
    model = write(tmp_path / "model.npz")
    for side in ("src", "trg"):
        write(tmp_path / f"vocab.{side}.spm")
    found = find_model(tmp_path)
    assert (found.family, found.model) == ("marian", model)
    assert [path.name for path in found.vocabularies] == ["vocab.src.spm", "vocab.trg.spm"]
    assert found.subwords == found.vocabularies
    assert set(found.files) == {model, *found.vocabularies}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "is no model: looked for a CTranslate2 directory"),
        (["a.npz", "b.npz"], r"holds several models \(a.npz, b.npz\)"),
        (["a.npz"], "has no vocabulary beside it"),
        (["a.npz", "vocab.yml"], "needs its SentencePiece model.*--subwords NAME=FILE"),
        (["a.npz", "vocab.yml", "one.spm", "two.spm"], "their names do not say which"),
        (["a.npz", "1.vocab.yml", "2.vocab.yml", "3.vocab.yml"], "more than two vocabularies"),
        (["config.json"], "is no model's configuration"),
        (["model.pt"], "cannot be loaded as weights only: it is damaged, or no checkpoint"),
    ],
)
def test_a_directory_that_is_no_model_says_what_was_looked_for(tmp_path, names, message):
    for name in names:
        write(tmp_path / name)
    with pytest.raises(InputError, match=message):
        find_model(tmp_path)


def test_a_path_that_is_not_there_and_subwords_that_are_not(tmp_path):
    with pytest.raises(InputError, match="no such file or directory"):
        find_model(tmp_path / "nothing.pt")
    with pytest.raises(InputError, match="no such SentencePiece model"):
        find_model(tmp_path, [tmp_path / "nothing.spm"])


def test_a_configuration_that_is_nested_without_end_is_none(tmp_path):
    write(tmp_path / "config.json", "[" * 200_000)
    with pytest.raises(InputError, match="is no model's configuration: maximum recursion depth"):
        find_model(tmp_path)


def test_a_model_of_another_kind_is_named(tmp_path):
    write(tmp_path / "config.json", json.dumps({"model_type": "llama"}))
    with pytest.raises(InputError, match="'model_type' is 'llama'"):
        find_model(tmp_path)
    torch.save({"weights": {}}, tmp_path / "other.pt")
    with pytest.raises(InputError, match="no checkpoint of fairseq or OpenNMT-py"):
        find_model(tmp_path / "other.pt")


class Hostile:
    """Runs a command where it is unpickled."""

    def __reduce__(self):
        return (Path.touch, (Path("touched"),))


def test_code_in_a_checkpoint_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Path("hostile.pt").open("wb") as file:
        pickle.dump({"model": Hostile(), "cfg": {}}, file, protocol=2)
    torch.save({"model": Hostile(), "cfg": {}}, "zipped.pt")
    for name in ("hostile.pt", "zipped.pt"):
        with pytest.raises(InputError, match=r"nothing of it was run|no checkpoint"):
            find_model(Path(name))
    assert not Path("touched").exists()


def test_a_directory_with_a_tokenizer_takes_no_subwords(tmp_path):
    write(tmp_path / "config.json", json.dumps({"model_type": "marian"}))
    with pytest.raises(InputError, match="has a tokenizer of its own"):
        find_model(tmp_path, [tiny_models.subwords(tmp_path / "own.spm")])
