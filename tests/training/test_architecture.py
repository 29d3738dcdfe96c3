"""Checkpoints of other shapes than ours: the settings read from them make the same model."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import ctranslate2
import pytest
import torch

from kdaudit.errors import InputError
from kdaudit.fairseq_checkpoint import load, options_of
from kdaudit.training import run_commands, training_commands
from kdaudit.training.architecture import architecture, languages
from kdaudit.training.checkpoints import updates
from kdaudit.training.command import CONVERTED, conversion
from kdaudit.training.engine import PROGRAMS, _parsed
from kdaudit.training.settings import TrainerSettings

pytestmark = pytest.mark.slow

SMALL = {
    "--encoder-layers": "1",
    "--decoder-layers": "1",
    "--encoder-embed-dim": "16",
    "--decoder-embed-dim": "16",
    "--encoder-ffn-embed-dim": "24",
    "--decoder-ffn-embed-dim": "24",
    "--encoder-attention-heads": "2",
    "--decoder-attention-heads": "2",
    "--dropout": "0.25",
    "--criterion": "label_smoothed_cross_entropy",
    "--label-smoothing": "0.05",
    "--clip-norm": "0.5",
}

SHAPES: dict[str, dict[str, str | None]] = {
    "plain": {"--share-all-embeddings": None},
    "asymmetric, embeddings apart": {
        "--encoder-layers": "3",
        "--decoder-layers": "2",
        "--encoder-embed-dim": "32",
        "--decoder-ffn-embed-dim": "40",
    },
    "norms before, the decoder's embeddings shared": {
        "--share-decoder-input-output-embed": None,
        "--encoder-normalize-before": None,
        "--decoder-normalize-before": None,
        "--no-scale-embedding": None,
    },
    "learned positions": {
        "--share-all-embeddings": None,
        "--encoder-learned-pos": None,
        "--decoder-learned-pos": None,
        "--max-source-positions": "50",
        "--max-target-positions": "60",
        "--layernorm-embedding": None,
        "--activation-fn": "gelu",
    },
    "another architecture's name": {
        "--arch": "transformer_wmt_en_de",
        "--share-all-embeddings": None,
        "--activation-fn": "gelu_accurate",
    },
}
"""Options of fairseq-train, with which somebody else has trained a model."""

REFUSED: dict[str, tuple[dict[str, str | None], str]] = {
    "heads": (
        {"--decoder-attention-heads": "4"},
        "attention_heads of its own in the decoder",
    ),
    "norms": (
        {"--encoder-normalize-before": None},
        "normalize_before of its own in the decoder",
    ),
    "output": ({"--decoder-output-dim": "8"}, "decoder_output_dim"),
    "positions": (
        {"--no-token-positional-embeddings": None},
        "no_token_positional_embeddings",
    ),
    "attention": ({"--cross-self-attention": None}, "cross_self_attention"),
}
"""Shapes that fairseq has and CTranslate2 has not."""

UPDATES = 7


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Dictionaries, and a little to train on, as they lie in a work directory."""
    folder = tmp_path_factory.mktemp("data")
    for language in ("xx", "yy"):
        (folder / f"dict.{language}.txt").write_text("".join(f"{one} 1\n" for one in "abcdefgh"))
        for name in ("train", "valid"):
            (folder / f"{name}.{language}").write_text("a b c d\ne f g h\n" * 5)
    return folder


def given(data: Path, shape: dict[str, str | None]) -> tuple[Path, torch.nn.Module]:
    """A checkpoint with random weights, as fairseq writes it; and its model."""
    from fairseq.trainer import Trainer

    options = {"--arch": "transformer", **SMALL, **shape}
    plain = [part for pair in options.items() for part in pair if part is not None]
    parsed = _parsed(
        [
            *(str(data), "--task", "translation", "--source-lang", "xx", "--target-lang", "yy"),
            *("--cpu", "--optimizer", "adam", "--lr", "0.1", "--max-tokens", "100", *plain),
        ]
    )
    torch.manual_seed(3)
    model, task = built(parsed)
    config = configured(parsed)
    trainer = Trainer(config, task, model, task.build_criterion(config.criterion))
    trainer.set_num_updates(UPDATES)
    path = data / "given.pt"
    trainer.consolidate_optimizer()
    trainer.save_checkpoint(str(path), {})
    return path, model


def built(parsed) -> tuple[torch.nn.Module, object]:
    from fairseq import tasks

    config = configured(parsed)
    task = tasks.setup_task(config.task)
    return task.build_model(config.model), task


def configured(parsed):
    """The options in fairseq's newer form; hydra, which makes it, warns of how fairseq calls it."""
    from fairseq.dataclass.utils import convert_namespace_to_omegaconf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return convert_namespace_to_omegaconf(parsed)


def settings(path: Path, **more: object) -> TrainerSettings:
    shape = {"schedule": "constant", "warmup_updates": 0, **architecture(path), **more}
    return TrainerSettings(**shape)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_settings_of_a_checkpoint_make_a_model_that_computes_the_same(
    data, tmp_path, monkeypatch, shape
):
    """In fairseq, with the weights loaded strictly, and in CTranslate2."""
    path, model = given(data, SHAPES[shape])
    command = training_commands(settings(path), "xx", "yy", cuda=False)[1]
    arguments = [str(data), *command.arguments[1:]]
    torch.manual_seed(4)
    again, task = built(_parsed(arguments))
    pieces = ["a", "c", "d"], ["b", "h"]
    source, target = (
        torch.tensor([[dictionary.index(piece) for piece in row] + [dictionary.eos()]])
        for dictionary, row in zip(
            (task.source_dictionary, task.target_dictionary), pieces, strict=True
        )
    )
    inputs = source, torch.tensor([4]), torch.cat([target[:, -1:], target[:, :-1]], dim=1)
    with torch.inference_mode():
        before = model.eval()(*inputs)[0]
        assert not torch.allclose(again.eval()(*inputs)[0], before)
        again.load_state_dict(load(path)["model"], strict=True)
        assert torch.equal(again.eval()(*inputs)[0], before)
        forced = before.log_softmax(-1)[0].gather(1, target[0][:, None])[:, 0]
    command = conversion(str(path), str(data), "xx", "yy")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", [command.program, *command.arguments])
    PROGRAMS[command.program]()
    converted = ctranslate2.Translator(str(tmp_path / CONVERTED), compute_type="float32")
    (scored,) = converted.score_batch(pieces[:1], pieces[1:])
    assert scored.log_probs == pytest.approx(forced.tolist(), abs=1e-4)


@pytest.mark.parametrize("case", REFUSED)
def test_a_shape_that_ctranslate2_does_not_have(data, case):
    shape, message = REFUSED[case]
    path, _ = given(data, shape)
    with pytest.raises(InputError, match=f"CTranslate2 has no such transformer: {message}$"):
        architecture(path)


def test_what_is_read_of_a_checkpoint(data):
    path, _ = given(data, SHAPES["asymmetric, embeddings apart"])
    assert languages(path) == ("xx", "yy")
    assert architecture(path) == {
        "layers": 3,
        "width": 32,
        "feed_forward": 24,
        "heads": 2,
        "normalize_before": False,
        "dropout": 0.25,
        "label_smoothing": 0.05,
        "clip_norm": 0.5,
        "embeddings": "separate",
        "updates": UPDATES,
        "options": {
            "decoder_layers": 2,
            "decoder_embed_dim": 16,
            "decoder_ffn_embed_dim": 40,
        },
    }


def test_one_update_from_a_checkpoint_of_another_shape(data, tmp_path):
    """With fairseq's own programs, to a checkpoint that loads strictly and is converted."""
    path, model = given(data, SHAPES["asymmetric, embeddings apart"])
    for file in data.glob("*.[xy][xy]*"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "stamp.json").write_text("{}")
    once = settings(path, updates=1, learning_rate=1e-3, batch_tokens=100)
    commands = training_commands(once, "xx", "yy", cuda=False, start=str(path))
    run_commands(commands, tmp_path, tmp_path / "log")
    state = load(tmp_path / "checkpoint.pt")
    assert updates(state) == 1
    assert vars(options_of(state, path))["decoder_ffn_embed_dim"] == 40
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    model.load_state_dict(state["model"], strict=True)
    assert any(not torch.equal(model.state_dict()[name], before[name]) for name in before)
    assert (tmp_path / CONVERTED / "model.bin").is_file()
