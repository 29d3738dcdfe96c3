"""Checkpoints and models that are damaged, another's, or hostile."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from kdaudit.artifacts import RunDirectory, metadata, read_object, write_bytes, write_json
from kdaudit.corpus.subwords import train as train_subwords
from kdaudit.errors import ArtifactError, TrainingError
from kdaudit.fairseq_checkpoint import load
from kdaudit.recipe import load_stored
from kdaudit.stages import train
from kdaudit.stages.base import Context
from kdaudit.stages.intact import damaged
from kdaudit.training import run_commands
from kdaudit.training.checkpoints import BEST, LAST
from tests.bad_input.refusals import check, files
from tests.tiny import lay_out

pytestmark = pytest.mark.slow

MODEL = "models/copier"
CHECKPOINTS = f"{MODEL}/work/checkpoints"


@pytest.fixture(scope="module")
def stopped(tmp_path_factory) -> Path:
    """A run whose training was stopped after its last update: checkpoints, and no model yet."""
    context, _ = lay_out(tmp_path_factory.mktemp("stopped"), updates=4, pairs=300)
    run = context.directory
    work, log = run.model("copier") / "work", run.logs / "fairseq-copier.log"
    train.lay_out(context, "copier", work, log)
    run_commands(train.commands(context.recipe, "copier")[:2], work, log)
    return run.path


@pytest.fixture(scope="module")
def trained(stopped, tmp_path_factory) -> Path:
    """The same run, gone on with to its end."""
    path = tmp_path_factory.mktemp("trained") / "run"
    shutil.copytree(stopped, path)
    train.run(Context(RunDirectory(path), load_stored(path / "recipe.json")), "copier")
    return path


@pytest.fixture
def run_dir(stopped, tmp_path) -> Path:
    return Path(shutil.copytree(stopped, tmp_path / "run"))


@pytest.fixture
def model_dir(trained, tmp_path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "run"))


def results(run: Path) -> dict[str, str]:
    """What is there of a run, apart from the work directory of a training that can go on."""
    return {name: content for name, content in files(run).items() if "/work/" not in name}


class Intruder:
    """Makes a folder when it is unpickled."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


def test_the_intruder_of_these_tests_is_a_real_one(tmp_path):
    pickle.loads(pickle.dumps(Intruder(tmp_path / "intruded")))
    assert (tmp_path / "intruded").is_dir()


def test_a_training_that_was_stopped_after_its_last_update_makes_no_further_one(trained):
    lines = (trained / MODEL / "training.jsonl").read_text().splitlines()
    assert max(json.loads(line)["updates"] for line in lines) == 4
    assert read_object(trained / MODEL / "manifest.json")["model"] == "copier"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def cut_both(folder: Path) -> None:
    cut(folder / LAST)
    cut(folder / BEST)


def text(folder: Path) -> None:
    (folder / BEST).unlink()
    (folder / LAST).write_text("not a checkpoint")


def hostile_pickle(folder: Path) -> None:
    """Not in torch's own container: plain pickle, which older versions of torch wrote."""
    (folder / BEST).unlink()
    (folder / LAST).write_bytes(pickle.dumps({"model": Intruder(folder / "intruded")}))


NOT_WHOLE = {"cut off": cut_both, "text": text, "hostile pickle": hostile_pickle}


@pytest.mark.parametrize("case", NOT_WHOLE)
def test_a_checkpoint_that_is_not_whole(kdaudit, run_dir, case):
    folder, before = run_dir / CHECKPOINTS, results(run_dir)
    NOT_WHOLE[case](folder)
    message = (
        f"{folder}/checkpoint_last.pt: is no whole checkpoint, and there is no other to go on "
        f"from: delete {folder} to train from the beginning"
    )
    check(kdaudit("train", run_dir, "--model", "copier"), message)
    assert results(run_dir) == before
    assert not (folder / "intruded").exists()


def changed(change: Callable[[dict[str, Any], Path], object]) -> Callable[[Path], None]:
    def spoil(folder: Path) -> None:
        state = load(folder / LAST)
        change(state, folder)
        torch.save(state, folder / LAST)

    return spoil


def of_another_training(state: dict[str, Any], folder: Path) -> None:
    state["extra_state"]["kdaudit"] = "0" * 64


def of_another_program(state: dict[str, Any], folder: Path) -> None:
    weights = {"encoder.weight": torch.ones(3)}
    state.clear()
    state.update({"model": weights, "extra_state": {}})


def of_no_model(state: dict[str, Any], folder: Path) -> None:
    del state["model"]


def with_an_object(state: dict[str, Any], folder: Path) -> None:
    state["intruder"] = Intruder(folder / "intruded")


def with_an_option_that_is_code(state: dict[str, Any], folder: Path) -> None:
    """fairseq and CTranslate2's converter evaluate this option where it is a text."""
    model: Namespace = state["cfg"]["model"]
    model.adaptive_softmax_cutoff = f"[__import__('os').mkdir('{folder / 'intruded'}')]"


ANOTHER = (
    "is a checkpoint of another training (other settings, other data or another program): "
    "delete {folder} to train from the beginning"
)
FOREIGN = {
    "of another training": (of_another_training, ANOTHER),
    "of another program": (of_another_program, ANOTHER),
    "of no model": (of_no_model, "holds no fairseq model"),
    "that runs code when loaded": (
        with_an_object,
        "cannot be loaded as weights only: it asks for 'posix.mkdir', which is no weight; nothing "
        "of it was run",
    ),
    "that runs code when its options are evaluated": (
        with_an_option_that_is_code,
        "holds an option that this training does not have: adaptive_softmax_cutoff …",
    ),
}
"""Checkpoints that are whole archives, in the place from which fairseq would go on."""


@pytest.mark.parametrize("case", FOREIGN)
def test_a_checkpoint(kdaudit, run_dir, case):
    change, message = FOREIGN[case]
    folder, before = run_dir / CHECKPOINTS, results(run_dir)
    changed(change)(folder)
    log = f"(log: {run_dir}/logs/fairseq-copier.log)"
    said = f"{folder}/checkpoint_last.pt: {message.format(folder=folder)} {log}"
    check(kdaudit("train", run_dir, "--model", "copier"), said)
    assert results(run_dir) == before
    assert not (folder / "intruded").exists()


@pytest.mark.parametrize("program", [1, 2, 3], ids=["fairseq", "converter", "our own"])
def test_no_program_of_the_engine_runs_the_code_of_a_checkpoint(run_dir, monkeypatch, program):
    """Not even where the check before it is left out, and the user has the protection off."""
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    folder = run_dir / CHECKPOINTS
    changed(with_an_object)(folder)
    command = train.commands(load_stored(run_dir / "recipe.json"), "copier")[program]
    with pytest.raises(TrainingError, match=r"[Ww]eights.only"):
        run_commands([command], run_dir / MODEL / "work", run_dir / "engine.log")
    assert not (folder / "intruded").exists()


def other_subwords(run: Path) -> None:
    lines = [f"{a}{b} {b}{a}" for a in "stuvwx" for b in "stuvwx"]
    model = train_subwords(lines, load_stored(run / "recipe.json").subwords)
    write_bytes(run / "corpus/subword.model", model)


def shorter_vocabulary(run: Path) -> None:
    path = run / MODEL / "ctranslate2/shared_vocabulary.json"
    path.write_text(json.dumps(json.loads(path.read_text())[:-5]))


def of_another_checkpoint(run: Path) -> None:
    """Whole, of the same subwords, and with another weight."""
    path = run / MODEL / "ctranslate2/model.bin"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def with_settings(run: Path, place: str, **settings: object) -> None:
    path = run / "recipe.json"
    recipe = json.loads(path.read_text())
    recipe[place].update(settings)
    path.write_text(json.dumps(recipe))


VOCABULARY = (
    "{run}/models/copier/ctranslate2: its vocabulary is not that of {run}/corpus/subword.model: "
)
CONVERTED: dict[str, tuple[Callable[[Path], object], str]] = {
    "cut off": (
        lambda run: cut(run / MODEL / "ctranslate2/model.bin"),
        "{run}/models/copier/ctranslate2: CTranslate2 cannot load it: …",
    ),
    "empty": (
        lambda run: (run / MODEL / "ctranslate2/model.bin").write_bytes(b""),
        "{run}/models/copier/ctranslate2: CTranslate2 cannot load it: File model.bin is …",
    ),
    "text": (
        lambda run: (run / MODEL / "ctranslate2/model.bin").write_text("no model\n" * 9),
        "{run}/models/copier/ctranslate2: CTranslate2 cannot load it: Unsupported …",
    ),
    "missing": (
        lambda run: shutil.rmtree(run / MODEL),
        "{run}/models/copier/ctranslate2: CTranslate2 cannot load it: Unable to open file …",
    ),
    "without its vocabulary": (
        lambda run: (run / MODEL / "ctranslate2/shared_vocabulary.json").unlink(),
        "{run}/models/copier/ctranslate2: CTranslate2 cannot load it: Cannot load the …",
    ),
    "of another corpus's vocabulary": (
        other_subwords,
        VOCABULARY + "… pieces are unknown to the model and … to the subwords (such as '…'); it …",
    ),
    "of a shorter vocabulary": (
        shorter_vocabulary,
        VOCABULARY + "5 pieces are unknown to the model and 0 to the subwords …",
    ),
    "of other languages": (
        lambda run: with_settings(run, "corpus", source_language="fr"),
        "{run}/models/copier/manifest.json: the model is for en-de, the recipe says fr-de",
    ),
    "of another checkpoint": (
        of_another_checkpoint,
        "{run}/models/copier/ctranslate2/model.bin: is not what the training of 'copier' left, but "
        "made of another checkpoint (its SHA-256 is not that of {run}/models/copier/manifest.json)"
        ": `kdaudit run RECIPE --recompute` trains it again",
    ),
    "that takes shorter sources": (
        lambda run: with_settings(run, "inference", max_source_pieces=3, long_sources="refuse"),
        "{run}/corpus/valid.parquet: a source of … subwords is longer than the 3 that are taken "
        "(inference.max_source_pieces), and inference.long_sources is 'refuse': '…'",
    ),
    "in a type that there is not on a CPU": (
        lambda run: with_settings(run, "inference", compute_type="float16", device="cpu"),
        "inference.compute_type: this CPU has no 'float16' (it has: …)",
    ),
    "without subwords": (
        lambda run: (run / "corpus/subword.model").unlink(),
        "{run}/corpus/subword.model: there is no such file",
    ),
    "with damaged subwords": (
        lambda run: cut(run / "corpus/subword.model"),
        "{run}/corpus/subword.model: is no SentencePiece model",
    ),
}
"""Converted models that cannot translate this run's corpus."""


@pytest.mark.parametrize("case", CONVERTED)
@pytest.mark.parametrize("stage", ["translate", "score"])
def test_a_model(kdaudit, model_dir, stage, case):
    spoil, message = CONVERTED[case]
    spoil(model_dir)
    before = files(model_dir)
    done = kdaudit(stage, model_dir, "--model", "copier", "--split", "valid")
    check(done, message.format(run=model_dir))
    assert files(model_dir) == before


def test_a_checkpoint_that_is_not_the_converted_ones_is_not_forced(model_dir):
    """Where a GPU asks the fairseq model itself, beside its converted form."""
    context = Context(RunDirectory(model_dir), load_stored(model_dir / "recipe.json"))
    context.check_model("copier", "checkpoint.pt")
    path = model_dir / MODEL / "checkpoint.pt"
    path.write_bytes(path.read_bytes() + b"0")
    with pytest.raises(ArtifactError, match=r"checkpoint\.pt: is not what the training of"):
        context.check_model("copier", "checkpoint.pt")


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("ctranslate2/config.json", lambda path: path.write_text(path.read_text() + " ")),
        ("ctranslate2/shared_vocabulary.json", lambda path: reverse(path)),
        ("manifest.json", lambda path: renamed(path, model="teacher")),
        ("manifest.json", lambda path: renamed(path, settings="of another seed")),
    ],
    ids=["configuration", "order of the vocabulary", "another model", "other settings"],
)
def test_no_file_of_a_model_may_be_another_ones(model_dir, name, spoil):
    context = Context(RunDirectory(model_dir), load_stored(model_dir / "recipe.json"))
    path = model_dir / MODEL / name
    spoil(path)
    with pytest.raises(ArtifactError, match=rf"{name}: is .*--recompute"):
        context.check_model("copier", "ctranslate2/")
    assert path in damaged(RunDirectory(model_dir))


def test_a_model_that_was_trained_on_other_pairs_is_named(model_dir):
    manifest = model_dir / MODEL / "manifest.json"
    assert damaged(RunDirectory(model_dir)) == []
    renamed(manifest, trained_on_sha256="0" * 64)
    assert damaged(RunDirectory(model_dir)) == [manifest]


def test_a_damaged_recipe_makes_no_model_a_damaged_one(model_dir):
    cut(model_dir / "recipe.json")
    assert damaged(RunDirectory(model_dir)) == []


def reverse(path: Path) -> None:
    pieces = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps([*pieces[:10], *reversed(pieces[10:])]), encoding="utf-8")


def renamed(path: Path, **values: str) -> None:
    """A manifest of another model, with a record of its own, as a copied folder has it."""
    write_json(path, {**json.loads(path.read_text(encoding="utf-8")), **values})


def test_sources_that_are_too_long_are_cut_counted_and_said_unless_refused(kdaudit, model_dir):
    with_settings(model_dir, "inference", max_source_pieces=3)
    done = kdaudit("translate", model_dir, "--model", "copier", "--split", "valid")
    assert done.code == 0
    (path,) = (model_dir / "translations/copier/valid").glob("*.parquet")
    cut = int(metadata(path)["sources_cut"])
    assert 0 < cut < 100
    assert f"copier, valid: sources_cut: {cut}" in done.err
