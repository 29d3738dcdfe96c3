"""What strangers give us: checkpoints, YAML, archives, names; nothing of it runs or escapes."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
import torch
import yaml

from kdaudit.artifacts import replacing
from kdaudit.errors import InputError, KdauditError
from kdaudit.fairseq_checkpoint import ARCHITECTURES, plain
from kdaudit.fairseq_checkpoint import load as load_checkpoint
from kdaudit.inference.conversion import convert
from kdaudit.inference.families import Found, own_files
from kdaudit.inference.huggingface import check_files
from kdaudit.inference.originals import fairseq_pieces
from kdaudit.recipe import documents, load
from kdaudit.recipe.models import GivenModel
from kdaudit.stages.take_over import take
from kdaudit.training.architecture import architecture, languages
from kdaudit.training.checkpoints import is_whole
from tests import tiny_models


class Mischief:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_a_checkpoint_runs_no_code(tmp_path):
    path = tmp_path / "checkpoint.pt"
    torch.save({"model": {}, "extra": Mischief(tmp_path / "made")}, path)
    with pytest.raises(InputError, match="which is no weight; nothing of it was run"):
        load_checkpoint(path)
    assert not (tmp_path / "made").exists()


CODE = "__import__('os').mkdir('made')"
EVALUATED = {
    "adaptive softmax": {"adaptive_softmax_cutoff": CODE},
    "xFormers in the encoder": {"encoder_xformers_att_config": CODE},
    "xFormers in the decoder": {"decoder_xformers_att_config": CODE},
    "kept layers": {"encoder_layers_to_keep": CODE},
    "another model by its second name": {"_name": "lstm", "decoder_attention": CODE},
    "another model": {"arch": "fconv", "encoder_layers": CODE},
    "a list in a word's place": {"arch": ["transformer"]},
    "another task": {"task": "multilingual_translation", "left_pad_source": CODE},
    "an activation": {"activation_fn": CODE},
    "an activation that is a list": {"activation_fn": ["relu"]},
    "a tensor for a word": {"_name": torch.ones(2)},
}


@pytest.mark.parametrize("case", EVALUATED)
def test_a_checkpoint_with_options_that_fairseq_evaluates_is_refused(tmp_path, case, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tiny_models.fairseq(tmp_path / "model", **EVALUATED[case])
    with pytest.raises(InputError, match=r"is no plain transformer|has an activation"):
        architecture(path)
    for what in (
        lambda: fairseq_pieces(path, dictionaries(path), [["a"]], 5),
        lambda: converted(path, tmp_path / "c"),
    ):
        with pytest.raises(InputError, match=r"is no plain transformer|has an activation"):
            what()
    assert not (tmp_path / "made").exists()


def test_a_language_of_a_checkpoint_is_no_path(tmp_path):
    path = tiny_models.fairseq(tmp_path / "model", source_lang="x/../../secret")
    with pytest.raises(InputError, match="does not say its languages"):
        languages(path)


def test_languages_and_folders_of_any_name_are_run(tmp_path):
    path = tiny_models.fairseq(tmp_path / "model", source_lang="en.bpe", target_lang="zh Hans")
    path = path.parent.rename(tmp_path / "model:4") / path.name
    assert languages(path) == ("en.bpe", "zh Hans")
    assert len(fairseq_pieces(path, dictionaries(path), [["a"]], 5)) == 1


def test_a_dictionary_that_is_a_link_out_of_the_folder_is_refused(tmp_path):
    path = tiny_models.fairseq(tmp_path / "model")
    (tmp_path / "secret.txt").write_text("my password is x\n")
    (path.parent / "dict.de.txt").unlink()
    (path.parent / "dict.de.txt").symlink_to("../secret.txt")
    given = GivenModel(path=str(path), subwords=(str(path.parent / "spm.model"),))
    with pytest.raises(InputError, match=r"dict.de.txt: is a link to a file that is no part"):
        take(tmp_path / "home", given, ("en", "de"))


def test_an_index_of_weights_names_files_beside_it(tmp_path):
    path = tmp_path / "model.safetensors.index.json"
    path.write_text('{"weight_map": {"a": "model-1.safetensors"}}')
    check_files([path, tmp_path / "config.json"])
    for text in ('{"weight_map": {"a": "../out/model.safetensors"}}', '{"weight_map": 3}', "[]"):
        path.write_text(text)
        with pytest.raises(InputError, match=r"index.json: (names weights that|is no index)"):
            check_files([path])


def test_what_else_a_checkpoint_says_is_not_looked_at(tmp_path, monkeypatch):
    """Texts in options that do not matter, and a task of its own in its second place."""
    monkeypatch.chdir(tmp_path)
    odd = {"left_pad_source": CODE, "eval_bleu": True, "eval_bleu_args": CODE, "user_dir": "made"}
    task = {"_name": "multilingual_translation", "left_pad_source": CODE, "lang_pairs": "en-de"}
    path = tiny_models.fairseq(tmp_path / "model", **odd, of_task=task)
    converted(path, tmp_path / "converted")
    assert (tmp_path / "converted/model.bin").is_file()
    assert len(fairseq_pieces(path, dictionaries(path), [["a", "b"]], 5)) == 1
    copy = plain(path)
    texts = {one for one in vars(copy["cfg"]["model"]).values() if isinstance(one, str)}
    assert texts == {"transformer", "relu", "translation", "en", "de", ""}
    assert not (tmp_path / "made").exists()


def test_the_plain_architectures_are_those_of_fairseq():
    from fairseq.models import ARCH_MODEL_NAME_REGISTRY

    theirs = {arch for arch, name in ARCH_MODEL_NAME_REGISTRY.items() if name == "transformer"}
    assert theirs == ARCHITECTURES


def dictionaries(path: Path) -> tuple[Path, ...]:
    return tuple(path.parent / f"dict.{one}.txt" for one in ("en", "de"))


def converted(path: Path, output: Path) -> None:
    convert(Found("fairseq", path, dictionaries(path)), output)


def test_a_link_that_leads_out_of_a_model_is_not_followed(tmp_path):
    secret = tmp_path / "secret.json"
    secret.write_text('{"key": "x"}', encoding="utf-8")
    model = tmp_path / "hub" / "model"
    model.mkdir(parents=True)
    (model / "config.json").write_text("{}", encoding="utf-8")
    (model / "again.json").symlink_to("config.json")
    assert [path.name for path in own_files(model)] == ["again.json", "config.json"]
    (model / "extra.json").symlink_to(secret)
    with pytest.raises(InputError, match=r"extra.json: is a link to a file that is no part of the"):
        own_files(model)


def test_the_links_of_the_hubs_cache_are_its_own(tmp_path):
    blob, snapshot = tmp_path / "m/blobs/abc", tmp_path / "m/snapshots/1"
    for folder in (blob.parent, snapshot):
        folder.mkdir(parents=True)
    blob.write_text("{}", encoding="utf-8")
    (snapshot / "config.json").symlink_to("../../blobs/abc")
    assert own_files(snapshot) == [snapshot / "config.json"]
    (snapshot / "other.json").symlink_to("../../../outside.json")
    (tmp_path / "outside.json").write_text("{}", encoding="utf-8")
    with pytest.raises(InputError, match=r"other\.json: is a link"):
        own_files(snapshot)


def test_a_member_of_a_checkpoint_that_points_outside_is_written_nowhere(tmp_path):
    """A checkpoint is an archive: its members are read, and none is unpacked."""
    home = tmp_path / "home"
    home.mkdir()
    path = home / "checkpoint.pt"
    torch.save({"model": {"weight": torch.ones(2)}}, path)
    load_checkpoint(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../outside.txt", "out")
        archive.writestr(str(tmp_path / "absolute.txt"), "out")
    assert is_whole(path)
    with pytest.raises(InputError, match="cannot be loaded as weights only"):
        load_checkpoint(path)
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["checkpoint.pt", "home"]


DEEP = "[" * 30 + "]" * 30
BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"
TRICKS = {
    "an object": ("name: !!python/object/apply:os.mkdir [made]\n", "could not determine a constr"),
    "aliases": (BOMB, "aliases are not allowed"),
    "depth": (f"name: {DEEP}\n", "nested deeper than 20 levels"),
    "size": ("# " + "x" * documents.MAX_BYTES, "larger than 1000000 bytes"),
}


@pytest.mark.parametrize("case", TRICKS)
def test_yaml_is_plain_and_small(tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    text, message = TRICKS[case]
    path = tmp_path / "recipe.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=message):
        load(path)
    assert [one.name for one in tmp_path.iterdir()] == ["recipe.yaml"]


MISNAMED = ("../up", "a/b", "/etc/passwd", "a b", "a;b", "$(id)", "..", "", "a\nb", "ä")
PLACES = ("name", "models", "corpus.splits", "detectors", "quality", "subgroups")


def recipe(place: str, name: str) -> dict[str, object]:
    """A recipe in which one thing is called `name`."""
    train, valid, further = ({"source": "a.en", "target": "a.de"} for _ in range(3))
    model = {"role": "baseline", "trainer": {"updates": 1}}
    kinds = {"detectors": "oscillatory", "quality": "bleu", "subgroups": "length"}
    values = {
        "name": name if place == "name" else "plain",
        "corpus": {"splits": {"train": train, "valid": valid}},
        "models": {name if place == "models" else "one": model},
    }
    if place == "corpus.splits":
        values["corpus"] = {"splits": {"train": train, "valid": valid, name: further}}
    elif place in kinds:
        values[place] = {name: {"kind": kinds[place]}}
    return values


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", MISNAMED)
def test_names_are_no_paths(tmp_path, place, name):
    """Every name of a recipe becomes part of a path and of a command."""
    path = tmp_path / "recipe.yaml"
    path.write_text(yaml.safe_dump(recipe(place, "plain-2")), encoding="utf-8")
    load(path)
    path.write_text(yaml.safe_dump(recipe(place, name)), encoding="utf-8")
    with pytest.raises(KdauditError):
        load(path)


@pytest.mark.parametrize(("mask", "mode"), [(0, 0o666), (0o022, 0o644), (0o077, 0o600)])
def test_a_file_that_is_being_written_is_its_owners_alone(tmp_path, mask, mode):
    before = os.umask(mask)
    try:
        with replacing(tmp_path / "result.txt") as temporary:
            assert temporary.parent == tmp_path
            assert temporary.stat().st_mode & 0o077 == 0
            temporary.write_text("half of it")
    finally:
        os.umask(before)
    assert (tmp_path / "result.txt").stat().st_mode & 0o777 == mode
