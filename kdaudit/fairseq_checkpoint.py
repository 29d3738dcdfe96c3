"""What a fairseq checkpoint holds, without letting it run anything; reads and writes `*.pt`.

Loading is weights-only, so that unpickling runs no code. That is not enough: fairseq sets up task
and model from the options in a checkpoint, evaluates some of them as Python where they are texts,
and chooses by others which class is set up. So what a stranger gives is never handed to fairseq,
nor to a converter that asks fairseq, but a plain copy: the weights, numbers and switches, and the
few words that a transformer needs, each of a list.
"""

from __future__ import annotations

import pickle
import re
from argparse import Namespace
from pathlib import Path
from typing import Any

from kdaudit.errors import InputError, first_line

ARCHITECTURES = frozenset(
    {
        "transformer",
        "transformer_tiny",
        "transformer_iwslt_de_en",
        "transformer_wmt_en_de",
        "transformer_wmt_en_de_big",
        "transformer_wmt_en_de_big_t2t",
        "transformer_vaswani_wmt_en_de_big",
        "transformer_vaswani_wmt_en_fr_big",
    }
)
"""fairseq's names for its plain transformer, by sizes."""

TASK = "translation"
ACTIVATIONS = frozenset({"relu", "gelu", "gelu_accurate", "gelu_fast", "swish"})
"""Those that CTranslate2 has."""

_WITHOUT = (
    "adaptive_softmax_cutoff",
    "encoder_layers_to_keep",
    "decoder_layers_to_keep",
    "encoder_xformers_att_config",
    "decoder_xformers_att_config",
)
"""Options with which a transformer is no plain one; fairseq evaluates some of them."""

LANGUAGE = re.compile(r"[\w.@ -]{1,64}")
"""What a checkpoint may call a language: it becomes part of a dictionary's name, and is no path."""


def allow_fairseq_checkpoints() -> None:
    """Let torch's weights-only loader accept the one plain class in a fairseq checkpoint."""
    import torch

    torch.serialization.add_safe_globals([Namespace])


def load(path: Path) -> dict[str, Any]:
    """The state of a fairseq checkpoint, weights-only; InputError where it is none."""
    import torch

    allow_fairseq_checkpoints()
    if not path.is_file():
        raise InputError("no such checkpoint", path=path)
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # damaged bytes raise whatever they happen to break
        raise InputError(f"cannot be loaded as weights only: {_why(error)}", path=path) from error
    if not isinstance(state, dict) or "model" not in state:
        raise InputError("holds no fairseq model", path=path)
    return state


def _why(error: Exception) -> str:
    """The reason in torch's long text, which else advises to turn the protection off."""
    if (code := re.search(r"GLOBAL (\S+)", str(error))) is not None:
        return f"it asks for '{code[1]}', which is no weight; nothing of it was run"
    if isinstance(error, pickle.UnpicklingError):
        return "it is damaged, or no checkpoint"
    return first_line(error)


def options_of(state: dict[str, Any], path: Path) -> Namespace:
    """The options from which fairseq sets up the model of a checkpoint."""
    config = state.get("cfg")
    model = config.get("model") if isinstance(config, dict) else None
    if state.get("args") is not None or not isinstance(model, Namespace):
        raise InputError("holds options of another form than fairseq 0.12 writes", path=path)
    return model


def check_transformer(path: Path) -> dict[str, Any]:
    """The state of a checkpoint; InputError unless it is a plain transformer for translation."""
    state = load(path)
    options = vars(options_of(state, path))
    for name in (*_WITHOUT, "arch", "_name", "task", "activation_fn"):
        if not isinstance(options.get(name), bool | int | float | str | None):
            raise InputError(f"is no plain transformer: its {name} is no word", path=path)
    arch, task = options.get("arch"), options.get("task")
    names = arch, options.get("_name") or arch
    odd = [name for name in _WITHOUT if options.get(name)]
    is_plain = all(isinstance(name, str) and name in ARCHITECTURES for name in names)
    if not is_plain or task != TASK or odd:
        shown = ", ".join([str(arch), *odd])[:200]
        raise InputError(f"is no plain transformer ({shown}) for translation ({task})", path=path)
    activation = options.get("activation_fn") or "relu"
    if activation not in ACTIVATIONS:
        raise InputError(
            f"has an activation that CTranslate2 has not: {str(activation)[:200]!r}", path=path
        )
    return state


def plain(path: Path) -> dict[str, Any]:
    """The state of a checkpoint as fairseq may have it: no text in it but words of our lists.

    InputError for what is no plain transformer, and where there is another thing than weights in
    the weights' place.
    """
    import torch

    state = check_transformer(path)
    weights = state["model"]
    is_weights = isinstance(weights, dict) and all(
        isinstance(name, str) and isinstance(tensor, torch.Tensor)
        for name, tensor in weights.items()
    )
    if not is_weights:
        raise InputError("holds no weights", path=path)
    given = vars(options_of(state, path))
    kept: dict[str, Any] = {
        name: value
        for name, value in given.items()
        if value is None or type(value) in (bool, int, float)
    }
    for name in ("source_lang", "target_lang"):
        if isinstance(given.get(name), str) and LANGUAGE.fullmatch(given[name]):
            kept[name] = given[name]
    kept |= {"arch": given["arch"], "activation_fn": given.get("activation_fn") or "relu"}
    kept |= {"task": TASK, "data": ""}
    languages = {name: kept.get(name) for name in ("source_lang", "target_lang")}
    return {
        "args": None,
        "cfg": {"model": Namespace(**kept), "task": {"_name": TASK, "data": "", **languages}},
        "model": weights,
        "optimizer_history": [
            {"optimizer_name": "", "lr_scheduler_state": {}, "num_updates": _updates(state)}
        ],
        "last_optimizer_state": None,
        "extra_state": {"train_iterator": {"epoch": 1, "iterations_in_epoch": 0}},
    }


def write_plain(source: Path, target: Path) -> None:
    """Write the plain copy of a checkpoint; errors as for `plain`."""
    import torch

    torch.save(plain(source), target)


def _updates(state: dict[str, Any]) -> int:
    """How many updates a model has had, 0 where its checkpoint does not say it."""
    history = state.get("optimizer_history")
    last = history[-1] if isinstance(history, list) and history else None
    found = last.get("num_updates") if isinstance(last, dict) else None
    return found if type(found) is int else 0
