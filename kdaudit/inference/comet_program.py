"""The program that scores segments with a COMET model: JSON lines on standard input and output.

A file of its own that imports nothing of kdaudit, since unbabel-comet may need an environment of
its own: `kdaudit.inference.estimates` starts it with the interpreter that has it. The first line in
is the request (`model`, `is_local`, `with_targets`, `batch_size`, `device`); the answer is `ready`,
the version and the hash of what scores, or `error`, one line. Each further line is a list of
segments, each a list of source, translation and, where the model is given them, target; the
answer has their `scores` and how many segments were longer than the model takes (`cut`).

Reads the model, from a folder or the Hugging Face hub; loads weights alone, runs no code of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

FIELDS = ("src", "mt", "ref")
"""What unbabel-comet calls source, translation and target."""


class Refused(Exception):
    """A model that cannot be used; the text says why, and what to do."""


def main() -> None:
    """Answer the lines of standard input until it ends."""
    # What libraries print must not come between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"
    os.environ.pop("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", None)
    request = json.loads(sys.stdin.readline())
    try:
        checkpoint = _checkpoint(request["model"], is_local=request["is_local"])
        model = _loaded(checkpoint, request)
    except Refused as error:
        _answer(answers, {"error": " ".join(str(error).split())})
        return
    _answer(answers, {"ready": _described(checkpoint)})
    for line in sys.stdin:
        _answer(answers, _scored(model, json.loads(line), request["batch_size"]))


def _answer(answers: TextIO, content: dict[str, Any]) -> None:
    answers.write(json.dumps(content) + "\n")
    answers.flush()


def _checkpoint(model: str, *, is_local: bool) -> Path:
    """The checkpoint of a model; its `hparams.yaml` is in the folder above."""
    folder = Path(model) if is_local else _downloaded(model)
    found = folder if folder.suffix == ".ckpt" else folder / "checkpoints" / "model.ckpt"
    hparams = found.parents[1] / "hparams.yaml"
    for file in (found, hparams):
        if not file.is_file():
            raise Refused(
                f"{model}: is no COMET model: there is no {file.relative_to(found.parents[1])} in "
                f"{found.parents[1]}"
            )
    return found


def _downloaded(model: str) -> Path:
    """The folder of a model of the hub, out of the cache where it is there."""
    from huggingface_hub import errors, snapshot_download

    address = f"https://huggingface.co/{model}"
    try:
        return Path(snapshot_download(model, allow_patterns=["hparams.yaml", "checkpoints/*.ckpt"]))
    except errors.GatedRepoError as error:
        raise Refused(
            f"{model} needs its licence to be accepted: log in at {address}, accept it, and give "
            "the account's token as HF_TOKEN, or by `hf auth login`"
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise Refused(f"{model}: there is no such model at {address}") from error
    except (errors.HfHubHTTPError, errors.LocalEntryNotFoundError, OSError) as error:
        raise Refused(
            f"{model} cannot be had from {address}, and is not in the cache: give the folder of a "
            f"local copy as 'model' ({error})"
        ) from error


def _loaded(checkpoint: Path, request: dict[str, Any]) -> Any:
    """The model, ready to score, where it takes what it will be given."""
    import torch
    from comet import load_from_checkpoint

    try:
        model = load_from_checkpoint(str(checkpoint), local_files_only=request["is_local"])
    except Exception as error:  # whatever a file that is no such model makes comet raise
        raise Refused(f"{request['model']}: cannot be loaded: {error}") from error
    takes_targets = model.requires_references() or "ref" in model.hparams.get("input_segments", ())
    if model.requires_references() and not request["with_targets"]:
        raise Refused(f"{request['model']} compares with targets: it is a model for `comet`")
    if request["with_targets"] and not takes_targets:
        raise Refused(f"{request['model']} reads no targets: it is a model for `cometkiwi`")
    on_gpu = request["device"] == "cuda" or (
        request["device"] == "auto" and torch.cuda.is_available()
    )
    return model.to("cuda" if on_gpu else "cpu").eval()


def _described(checkpoint: Path) -> dict[str, str]:
    with checkpoint.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"unbabel-comet": version("unbabel-comet"), "checkpoint": digest[:16]}


def _scored(model: Any, segments: Sequence[Sequence[str]], batch_size: int) -> dict[str, Any]:
    """The scores in the order of the segments; those of like length are scored together."""
    import torch

    samples = [dict(zip(FIELDS, one, strict=False)) for one in segments]
    order = sorted(range(len(samples)), key=lambda row: len("".join(segments[row])))
    scores = [0.0] * len(samples)
    for start in range(0, len(order), batch_size):
        rows = order[start : start + batch_size]
        inputs = model.prepare_for_inference([samples[row] for row in rows])
        with torch.inference_mode():
            inputs = model.transfer_batch_to_device(inputs, model.device, 0)
            found = model.predict_step(inputs)["scores"].tolist()
        for row, score in zip(rows, found, strict=True):
            scores[row] = score
    return {"scores": scores, "cut": sum(_cut(model, segments))}


def _cut(model: Any, segments: Sequence[Sequence[str]]) -> list[bool]:
    """Which segments are longer than the encoder takes: a text alone, or all of them where the
    model reads them as one sequence."""
    encoder, together = model.encoder, "input_segments" in model.hparams
    lengths = [
        [len(ids) - 2 for ids in encoder.tokenizer(list(texts))["input_ids"]] for texts in segments
    ]
    most = encoder.max_positions
    return [
        max(one) > most - 4
        or (together and sum(one) > most - 1 - len(one) * encoder.size_separator)
        for one in lengths
    ]


if __name__ == "__main__":
    main()
