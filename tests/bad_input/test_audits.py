"""`kdaudit audit` with what cannot be audited: one clear line, exit code 2, nothing begun."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import torch

from kdaudit.errors import InputError
from kdaudit.inference import huggingface
from kdaudit.recipe.models import GivenModel
from kdaudit.stages.take_over import take
from tests import tiny_models
from tests.bad_input.refusals import check, in_this_process


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KDAUDIT_COMET_PYTHON", str(tmp_path / "no-python"))
    for name, lines in zip(("s.en", "t.de"), tiny_models.sample(), strict=True):
        Path(name).write_text("".join(f"{line}\n" for line in lines[:20]), encoding="utf-8")
    Path("empty").mkdir()
    torch.save({"weights": {}}, "weights.pt")
    Path("none.en").touch()
    Path("short.de").write_text("eins\nzwei\n", encoding="utf-8")
    Path("long.de").write_text("eins\n" * 21, encoding="utf-8")
    return tmp_path


CASES = {
    "a file that is not there": (
        ["--model", "a=nowhere.pt"],
        "nowhere.pt: there is no such file or directory",
    ),
    "a directory that is nothing": (["--model", "a=empty"], "empty: is no model: looked for…"),
    "a checkpoint of nobody": (["--model", "a=weights.pt"], "weights.pt: is a PyTorch file…"),
    "a model without a name": (["--model", "t.de"], "--model expects NAME=…"),
    "a name that is none": (["--model", "a b=t.de"], "--model: 'a b' is no name…"),
    "a name twice": (["--model", "a=t.de", "--model", "a=s.en"], "--model: 'a' is given twice"),
    "a teacher who is nobody": (["--model", "a=t.de", "--teacher", "b"], "--teacher: 'b' is no…"),
    "half a pair of codes": (["--model", "a=t.de", "--codes", "a=en"], "--codes expects NAME=…"),
    "three columns": (["--model", "a=t.de", "--columns", "a,b,c"], "--columns expects…"),
    "an unknown type": (["--model", "a=t.de", "--compute-type", "int4"], "--compute-type: this…"),
    "an unknown measure": (["--model", "a=t.de", "--measures", "blue"], "--measures: 'blue' is…"),
    "nothing to be computed": (
        ["--model", "a=t.de", "--measures", "extractive", "--languages", "en-de"],
        "nothing of what is asked for can be computed: extractive needs…",
    ),
    "fewer translations": (
        ["--model", "a=t.de", "--model", "b=short.de"],
        "short.de: has 2 lines, the corpus has 20 (s.en)",
    ),
    "more translations": (
        ["--model", "a=long.de"],
        "long.de: has 21 lines, the corpus has 20 (s.en)",
    ),
    "no translation": (
        ["--model", "a=none.en"],
        "none.en: has 0 lines, the corpus has 20 (s.en)",
    ),
    "an empty source": (
        ["--model", "a=t.de", "--source", "none.en"],
        "none.en: the file of the corpus is empty",
    ),
    "an empty target": (
        ["--model", "a=t.de", "--target", "none.en"],
        "none.en: has 0 lines, but s.en has 20",
    ),
    "a metric without its environment": (
        ["--model", "a=t.de", "--languages", "en-de", "--measures", "comet"],
        "quality.comet: KDAUDIT_COMET_PYTHON: there is no Python interpreter…",
    ),
    "no two languages": (["--model", "a=t.de", "--languages", "en"], "--languages: expected two…"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_audited_is_refused_before_anything_is_begun(
    folder, monkeypatch, capsys, case
):
    options, message = CASES[case]
    given = ["--source", "s.en", "--target", "t.de", "--device", "cpu", *options]
    done = in_this_process(monkeypatch, capsys, "audit", *given)
    check(done, message)
    assert not Path("runs").exists()


def test_without_a_corpus_there_is_nothing_to_audit(folder, monkeypatch, capsys):
    done = in_this_process(monkeypatch, capsys, "audit", "--model", "a=t.de")
    check(done, "give the corpus: either --corpus, or --source and maybe --target")


@pytest.fixture(scope="module")
def m2m100(tmp_path_factory) -> Path:
    return tiny_models.hugging_face("m2m100", tmp_path_factory.mktemp("m2m100"))


def test_an_unknown_language_code_names_the_nearest(folder, m2m100):
    given = GivenModel(path=str(m2m100), codes=("en", "dex"))
    with pytest.raises(InputError, match="'dex' is no known language code of this model"):
        take(folder / "home", given, ("en", "de"))


def test_codes_that_are_not_given_are_the_corpus_languages_or_asked_for(folder, m2m100):
    taken = take(folder / "home", GivenModel(path=str(m2m100)), ("en", "de"))
    assert taken.described["codes"] == ["en", "de"]
    with pytest.raises(InputError, match="is of many languages: give their codes"):
        take(folder / "other", GivenModel(path=str(m2m100)), ("xx", "de"))


def test_a_directory_without_its_tokenizer_is_refused(folder, m2m100):
    copy = Path(shutil.copytree(m2m100, folder / "copy"))
    for name in ("tokenizer_config.json", "vocab.json", "sentencepiece.bpe.model"):
        (copy / name).unlink()
    with pytest.raises(InputError, match="its tokenizer cannot be loaded"):
        take(folder / "home", GivenModel(path=str(copy)), ("en", "de"))


def test_a_model_with_code_of_its_own_is_not_run(folder, m2m100):
    copy = Path(shutil.copytree(m2m100, folder / "copy"))
    config = json.loads((copy / "config.json").read_text())
    config["auto_map"] = {"AutoConfig": "own.Own", "AutoModelForSeq2SeqLM": "own.Own"}
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "own.py").write_text("import pathlib; pathlib.Path('touched').touch()\n")
    take(folder / "home", GivenModel(path=str(copy)), ("en", "de"))
    assert not Path("touched").exists()


def test_a_name_on_the_hub_without_a_network_is_one_line(folder, monkeypatch):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(InputError, match="'no-such/model' is no file or directory here, and"):
        huggingface.fetch("no-such/model")
