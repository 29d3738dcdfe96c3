"""A fairseq checkpoint's architecture, and how it was trained, as settings of a trainer; reads
`*.pt`, weights-only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kdaudit.errors import InputError
from kdaudit.fairseq_checkpoint import LANGUAGE, check_transformer, load, options_of
from kdaudit.training.checkpoints import updates

_PLAIN = {"activation_fn": "relu", "max_source_positions": 1024, "max_target_positions": 1024}
"""Options with a value, and their defaults."""

_FLAGS = ("encoder_learned_pos", "decoder_learned_pos", "no_scale_embedding", "layernorm_embedding")

_UNKNOWN = (
    "no_token_positional_embeddings",
    "no_decoder_final_norm",
    "no_cross_attention",
    "cross_self_attention",
)
"""What CTranslate2 does not convert, or converts to something else."""


_REGULAR = ("label_smoothing", "clip_norm")
"""How a training is regularized beside its dropout: a model that goes on without what it was
trained with, or with what it was not, is pulled towards another optimum."""


def architecture(path: Path) -> dict[str, Any]:
    """The settings with which a training makes, or goes on with, a model of this shape.

    Label smoothing and the clipping of gradients are there where the checkpoint says them.
    Sizes are the encoder's; where the decoder has others, and for what the settings have no
    name for, there are `options`. `updates`: those that the model has had. InputError for
    what is no plain transformer, or none that CTranslate2 has.
    """
    state = check_transformer(path)
    given = vars(options_of(state, path))
    try:
        odd = _not_convertible(given)
        settings = {
            "layers": given["encoder_layers"],
            "width": given["encoder_embed_dim"],
            "feed_forward": given["encoder_ffn_embed_dim"],
            "heads": given["encoder_attention_heads"],
            "normalize_before": given["encoder_normalize_before"],
            "dropout": given["dropout"],
            "embeddings": _embeddings(given),
            "updates": max(updates(state), 1),
        }
        settings |= {name: given[name] for name in _REGULAR if given.get(name) is not None}
        options = _options(given)
    except KeyError as error:
        raise InputError(f"does not say its {error}", path=path) from error
    except (IndexError, TypeError, ValueError, OverflowError, RuntimeError) as error:
        raise InputError("does not say what model it is", path=path) from error
    if odd:
        raise InputError(f"CTranslate2 has no such transformer: {', '.join(odd)}", path=path)
    return {**settings, "options": options}


def languages(path: Path) -> tuple[str, str]:
    """The source and target language of a checkpoint; InputError where it does not say them."""
    given = vars(options_of(load(path), path))
    pair = given.get("source_lang"), given.get("target_lang")
    if not all(isinstance(one, str) and LANGUAGE.fullmatch(one) for one in pair):
        raise InputError("does not say its languages", path=path)
    return str(pair[0]), str(pair[1])


def _not_convertible(given: dict[str, Any]) -> list[str]:
    """The options by which a transformer is none that CTranslate2 has."""
    found = [name for name in _UNKNOWN if given.get(name)]
    for name in ("attention_heads", "normalize_before"):
        if given[f"encoder_{name}"] != given[f"decoder_{name}"]:
            found.append(f"{name} of its own in the decoder")
    width = given["decoder_embed_dim"]
    if int(given.get("decoder_output_dim") or width) != width:
        found.append("decoder_output_dim")
    return found


def _embeddings(given: dict[str, Any]) -> str:
    if given.get("share_all_embeddings"):
        return "shared"
    return "decoder" if given.get("share_decoder_input_output_embed") else "separate"


def _options(given: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("layers", "embed_dim", "ffn_embed_dim"):
        if given[f"decoder_{name}"] != given[f"encoder_{name}"]:
            found[f"decoder_{name}"] = given[f"decoder_{name}"]
    found |= {name: True for name in _FLAGS if given.get(name)}
    found |= {name: given[name] for name in _PLAIN if given.get(name, _PLAIN[name]) != _PLAIN[name]}
    return found
