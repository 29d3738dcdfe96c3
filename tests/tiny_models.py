"""Tiny models of other toolkits, made on the spot with random weights: nothing is downloaded."""

from __future__ import annotations

import json
import shutil
import warnings
from argparse import Namespace
from pathlib import Path
from typing import Any

import numpy as np

from kdaudit.inference import huggingface

ROOT = Path(__file__).parents[1]
PAIR = ("en", "de")
CODES = {
    "marian": (None, None),
    "m2m100": PAIR,
    "nllb": ("eng_Latn", "deu_Latn"),
    "mbart": ("en_XX", "de_DE"),
    "mbart50": ("en_XX", "de_DE"),
}
"""The kinds of Hugging Face models, with the codes of English and German."""

SIZES = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "init_std": 0.4,
    "max_position_embeddings": 64,
}


def sample() -> tuple[list[str], list[str]]:
    """The sources and targets of the committed sample of the embedded corpus."""
    lines = (ROOT / "data" / "embedded-sample.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [line.split("\t")[:2] for line in lines]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def subwords(path: Path, kind: str = "unigram", size: int = 300, side: int | None = None) -> Path:
    """A SentencePiece model of the sample; of one of its sides."""
    import sentencepiece

    texts = sample()
    lines = [line for part in (texts if side is None else [texts[side]]) for line in part]
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(lines),
            model_writer=file,
            vocab_size=size,
            model_type=kind,
            num_threads=1,
            minloglevel=2,
        )
    return path


def pieces(path: Path) -> list[str]:
    """The pieces of a SentencePiece model, control symbols left out."""
    from kdaudit.corpus.subwords import Subwords

    return list(Subwords(path).vocabulary())


def hugging_face(kind: str, folder: Path) -> Path:
    """A directory as `save_pretrained` leaves it."""
    import torch

    transformers = huggingface.library()
    torch.manual_seed(3)
    made = folder / f"{kind}-parts"
    tokenizer, size, options = _tokenizer(transformers, kind, made)
    family = {"marian": "Marian", "mbart": "MBart", "mbart50": "MBart"}.get(kind, "M2M100")
    suffix = "MTModel" if kind == "marian" else "ForConditionalGeneration"
    config = getattr(transformers, f"{family}Config")(vocab_size=size, **SIZES, **options)
    model = getattr(transformers, f"{family}{suffix}")(config)
    output = folder / kind
    model.save_pretrained(output)
    tokenizer.save_pretrained(output)
    return output


def _tokenizer(transformers: Any, kind: str, folder: Path) -> tuple[Any, int, dict[str, Any]]:
    """The tokenizer of a kind, how many numbers its model has, and settings of the model."""
    folder.mkdir(parents=True)
    source, target = CODES[kind]
    if kind == "marian":
        files = [subwords(folder / f"{side}.spm", side=place) for place, side in _sides()]
        known = list(dict.fromkeys(["</s>", "<unk>", *pieces(files[0]), *pieces(files[1])]))
        known.append("<pad>")
        numbered = _numbered(known, folder)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it recommends a package
            tokenizer = transformers.MarianTokenizer(*map(str, files), numbered, source_lang="en")
        pad = len(known) - 1
        return tokenizer, len(known), _marian_options(pad)
    model = subwords(folder / "sentencepiece.bpe.model", "bpe" if kind == "nllb" else "unigram")
    if kind == "m2m100":
        known = ["<s>", "<pad>", "</s>", "<unk>", *pieces(model)]
        tokenizer = transformers.M2M100Tokenizer(_numbered(known, folder), str(model))
        size = len(known) + len(tokenizer.lang_token_to_id) + 8
        return tokenizer, size, {"decoder_start_token_id": 2}
    kinds = {"nllb": "NllbTokenizer", "mbart": "MBartTokenizer", "mbart50": "MBart50Tokenizer"}
    tokenizer = getattr(transformers, kinds[kind]).from_pretrained(str(folder))
    if kind == "nllb":
        tokenizer.add_tokens([source, target, "fra_Latn"], special_tokens=True)
    return tokenizer, len(tokenizer), {} if kind == "mbart" else {"decoder_start_token_id": 2}


def _sides() -> list[tuple[int, str]]:
    return [(0, "source"), (1, "target")]


def _numbered(known: list[str], folder: Path) -> str:
    path = folder / "vocab.json"
    path.write_text(json.dumps({piece: number for number, piece in enumerate(known)}))
    return str(path)


def _marian_options(pad: int) -> dict[str, Any]:
    return {
        "pad_token_id": pad,
        "eos_token_id": 0,
        "decoder_start_token_id": pad,
        "forced_eos_token_id": 0,
        "bad_words_ids": [[pad]],
        "activation_function": "swish",
        "scale_embedding": True,
        "static_position_embeddings": True,
    }


def marian(given: Path, folder: Path) -> Path:
    """The Marian model that a MarianMT directory would have been made of: `.npz`, vocabulary and
    subwords, as the OPUS-MT project publishes them."""
    folder.mkdir(parents=True)
    for _, side in _sides():
        shutil.copyfile(given / f"{side}.spm", folder / f"{side}.spm")
    numbers = json.loads((given / "vocab.json").read_text(encoding="utf-8"))
    quoted = ((piece.replace("'", "''"), number) for piece, number in numbers.items())
    lines = (f"'{piece}': {number}\n" for piece, number in quoted if piece != "<pad>")
    (folder / "opus.vocab.yml").write_text("".join(lines), encoding="utf-8")
    np.savez(folder / "opus.model.npz", **_marian_weights(given))
    return folder / "opus.model.npz"


def _marian_weights(given: Path) -> dict[str, Any]:
    transformers = huggingface.library()
    model = transformers.MarianMTModel.from_pretrained(given)
    state = {name: value.numpy() for name, value in model.state_dict().items()}
    found = {
        "Wemb": state["model.shared.weight"][:-1],
        "decoder_ff_logit_out_b": state["final_logits_bias"][:, :-1],
        "special:model.yml": np.frombuffer(_MARIAN.encode() + b"\0", dtype=np.int8),
    }
    blocks = {"self": "self_attn", "context": "encoder_attn"}
    for side, layers in (("encoder", 1), ("decoder", 2)):
        for layer in range(layers):
            ours, theirs = f"{side}_l{layer + 1}", f"model.{side}.layers.{layer}"
            for name, block in blocks.items() if side == "decoder" else [("self", "self_attn")]:
                for letter, part in zip(
                    "qkvo", ("q_proj", "k_proj", "v_proj", "out_proj"), strict=True
                ):
                    weight = state[f"{theirs}.{block}.{part}.weight"]
                    found[f"{ours}_{name}_W{letter}"] = weight.T
                    found[f"{ours}_{name}_b{letter}"] = state[f"{theirs}.{block}.{part}.bias"][None]
                _layer_norm(found, f"{ours}_{name}_Wo", state, f"{theirs}.{block}_layer_norm")
            for number in (1, 2):
                found[f"{ours}_ffn_W{number}"] = state[f"{theirs}.fc{number}.weight"].T
                found[f"{ours}_ffn_b{number}"] = state[f"{theirs}.fc{number}.bias"][None]
            _layer_norm(found, f"{ours}_ffn_ffn", state, f"{theirs}.final_layer_norm")
    return found


def _layer_norm(found: dict[str, Any], ours: str, state: dict[str, Any], theirs: str) -> None:
    found[f"{ours}_ln_scale"] = state[f"{theirs}.weight"][None]
    found[f"{ours}_ln_bias"] = state[f"{theirs}.bias"][None]


_MARIAN = """type: transformer
enc-depth: 1
dec-depth: 2
transformer-heads: 4
transformer-ffn-activation: swish
transformer-preprocess: ""
transformer-postprocess: dan
transformer-postprocess-emb: d
transformer-decoder-autoreg: self-attention
transformer-no-projection: false
transformer-guided-alignment-layer: last
"""


def fairseq(folder: Path, **options: Any) -> Path:
    """A fairseq checkpoint beside its dictionaries and `spm.model`; `options`: in the place of
    those that fairseq has written, `task` those of the checkpoint's task."""
    import torch
    from fairseq import models, tasks
    from fairseq.options import get_training_parser, parse_args_and_arch

    folder.mkdir(parents=True, exist_ok=True)
    known = pieces(subwords(folder / "spm.model"))
    own = [piece for piece in known if piece not in {"<s>", "</s>", "<unk>", "<pad>"}]
    for language in ("en", "de"):
        lines = "".join(f"{piece} 1\n" for piece in own)
        (folder / f"dict.{language}.txt").write_text(lines, encoding="utf-8")
    shape = {"layers": 1, "embed-dim": 16, "ffn-embed-dim": 32, "attention-heads": 2}
    sides = ("encoder", "decoder")
    given = [word for side in sides for k, v in shape.items() for word in (f"--{side}-{k}", str(v))]
    words = f"{folder} --task translation --source-lang en --target-lang de --arch transformer"
    parsed = parse_args_and_arch(
        get_training_parser(), input_args=[*words.split(), *given, "--max-update", "1"]
    )
    model = models.build_model(parsed, tasks.setup_task(parsed))
    task = {"_name": "translation", "data": str(folder), **options.pop("of_task", {})}
    for name, value in options.items():
        setattr(parsed, name, value)
    state = {
        "args": None,
        "cfg": {"_name": None, "model": parsed, "task": task},
        "model": model.state_dict(),
        "optimizer_history": [{"num_updates": 1}],
        "extra_state": {},
    }
    torch.save(state, folder / "checkpoint.pt")
    return folder / "checkpoint.pt"


def opennmt(folder: Path) -> Path:
    """An OpenNMT-py checkpoint with its subwords beside it."""
    import torch

    folder.mkdir(parents=True)
    vocabularies = {}
    for place, side in _sides():
        model = subwords(folder / f"{side}.model", side=place)
        vocabularies[side] = ["<unk>", "<blank>", "<s>", "</s>", *pieces(model)]
    sizes = {side: len(known) for side, known in vocabularies.items()}
    options = Namespace(
        encoder_type="transformer",
        decoder_type="transformer",
        position_encoding=True,
        max_relative_positions=0,
        enc_layers=1,
        dec_layers=1,
        heads=4,
    )
    path = folder / "model.pt"
    torch.save(
        {
            "model": _opennmt_weights(sizes),
            "generator": {
                "weight": torch.randn(sizes["target"], 32),
                "bias": torch.zeros(sizes["target"]),
            },
            "vocab": {"src": vocabularies["source"], "tgt": vocabularies["target"]},
            "opt": options,
        },
        path,
    )
    return path


def _opennmt_weights(sizes: dict[str, int]) -> dict[str, Any]:
    import torch

    torch.manual_seed(5)
    found: dict[str, Any] = {}

    def linear(name: str, rows: int, columns: int) -> None:
        found[f"{name}.weight"] = torch.randn(rows, columns) * 0.3
        found[f"{name}.bias"] = torch.zeros(rows)

    def norm(name: str) -> None:
        found[f"{name}.weight"], found[f"{name}.bias"] = torch.ones(32), torch.zeros(32)

    def attention(name: str) -> None:
        for part in ("linear_query", "linear_keys", "linear_values", "final_linear"):
            linear(f"{name}.{part}", 32, 32)

    for scope, side, layer in (
        ("encoder", "source", "encoder.transformer.0"),
        ("decoder", "target", "decoder.transformer_layers.0"),
    ):
        embeddings = f"{scope}.embeddings.make_embedding"
        found[f"{embeddings}.emb_luts.0.weight"] = torch.randn(sizes[side], 32) * 0.3
        found[f"{embeddings}.pe.pe"] = torch.zeros(200, 1, 32)
        norm(f"{scope}.layer_norm")
        attention(f"{layer}.self_attn")
        linear(f"{layer}.feed_forward.w_1", 64, 32)
        linear(f"{layer}.feed_forward.w_2", 32, 64)
        norm(f"{layer}.feed_forward.layer_norm")
        for name in ["layer_norm"] if side == "source" else ["layer_norm_1", "layer_norm_2"]:
            norm(f"{layer}.{name}")
    attention("decoder.transformer_layers.0.context_attn")
    return found
