"""From settings to the command lines of fairseq and CTranslate2; pure, reads and writes nothing."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from kdaudit.training.settings import TrainerSettings

DATA = "data"
CHECKPOINTS = "checkpoints"
CONVERTED = "ctranslate2"
CHECKPOINT = "checkpoint.pt"
STAGE = "KDAUDIT_STAGE"
"""The environment variable with the number of the process that waits for the engine."""


@dataclass(frozen=True)
class Command:
    """One program of the training engine with its arguments."""

    program: str
    arguments: tuple[str, ...]
    processes: int = 1
    nodes: int = 1

    @property
    def is_distributed(self) -> bool:
        return self.processes * self.nodes > 1

    def __str__(self) -> str:
        shown = shlex.join((self.program, *self.arguments))
        if not self.is_distributed:
            return shown
        if self.nodes == 1:
            return f"torchrun --nproc-per-node {self.processes} {shown}"
        torchrun = f"torchrun --nnodes {self.nodes} --nproc-per-node {self.processes}"
        return shlex.join(("srun", *steps(self.nodes))) + f" {torchrun} {shown}"


def steps(nodes: int) -> tuple[str, ...]:
    """The options of `srun` that start one process on each node of a job, beside the stage."""
    return ("--overlap", "--nodes", str(nodes), "--ntasks", str(nodes), "--ntasks-per-node", "1")


def training_commands(
    settings: TrainerSettings,
    source_language: str,
    target_language: str,
    cuda: bool,
    start: str | None = None,
) -> list[Command]:
    """Binarise, train, convert, slim the checkpoint; paths are relative to the work directory.

    The directory holds `train` and `valid` in pieces, and `dict`, one file per language.
    `start`: the checkpoint whose weights, and nothing else of it, are trained on.
    """
    return [
        Command("fairseq-preprocess", _preprocess(source_language, target_language)),
        Command(
            "fairseq-train",
            _train(settings, source_language, target_language, cuda, start),
            settings.processes,
            settings.nodes,
        ),
        conversion(f"{CHECKPOINTS}/checkpoint_last.pt", DATA, source_language, target_language),
        Command("slim-checkpoint", (f"{CHECKPOINTS}/checkpoint_last.pt", CHECKPOINT)),
    ]


def check_command(training: Command, checkpoint: str) -> Command:
    """Refuse to go on from `checkpoint` where it is not of this fairseq-train command."""
    return Command("check-checkpoint", (checkpoint, *training.arguments))


def _preprocess(source_language: str, target_language: str) -> tuple[str, ...]:
    return (
        *("--source-lang", source_language, "--target-lang", target_language),
        *("--trainpref", "train", "--validpref", "valid", "--destdir", DATA),
        *("--srcdict", f"dict.{source_language}.txt", "--tgtdict", f"dict.{target_language}.txt"),
    )


def _train(
    settings: TrainerSettings,
    source_language: str,
    target_language: str,
    cuda: bool,
    start: str | None,
) -> tuple[str, ...]:
    arguments = [DATA, "--task", "translation"]
    arguments += ["--source-lang", source_language, "--target-lang", target_language]
    arguments += [*_architecture(settings), *_optimization(settings), *_bookkeeping(settings)]
    arguments += ["--finetune-from-model", start] if start else []
    precision = {"float16": ["--fp16"], "bfloat16": ["--bf16"]}.get(settings.precision, [])
    arguments += precision if cuda else ["--cpu"]
    if settings.processes * settings.nodes > 1:
        arguments += ["--distributed-world-size", str(settings.processes * settings.nodes)]
        if not cuda:  # torch's own DDP, fairseq's default, is given a GPU's number
            arguments += ["--distributed-backend", "gloo", "--ddp-backend", "legacy_ddp"]
    for name, value in settings.options.items():
        flag = "--" + name.lstrip("-").replace("_", "-")
        if value is not False:
            arguments += [flag] if value is True or value is None else [flag, str(value)]
    return tuple(arguments)


def _architecture(settings: TrainerSettings) -> list[str]:
    arguments = ["--arch", "transformer"]
    shared = {"shared": "--share-all-embeddings", "decoder": "--share-decoder-input-output-embed"}
    arguments += [shared[settings.embeddings]] if settings.embeddings in shared else []
    for side in ("encoder", "decoder"):
        arguments += [f"--{side}-layers", str(settings.layers)]
        arguments += [f"--{side}-embed-dim", str(settings.width)]
        arguments += [f"--{side}-ffn-embed-dim", str(settings.feed_forward)]
        arguments += [f"--{side}-attention-heads", str(settings.heads)]
        arguments += [f"--{side}-normalize-before"] * settings.normalize_before
    return arguments


def _optimization(settings: TrainerSettings) -> list[str]:
    arguments = ["--criterion", "label_smoothed_cross_entropy"]
    arguments += ["--label-smoothing", str(settings.label_smoothing)]
    arguments += ["--dropout", str(settings.dropout), "--clip-norm", str(settings.clip_norm)]
    arguments += ["--optimizer", "adam", "--adam-betas", "(0.9, 0.98)"]
    arguments += ["--lr", str(settings.learning_rate)]
    if settings.schedule == "linear":
        arguments += ["--lr-scheduler", "polynomial_decay"]
        arguments += ["--total-num-update", str(settings.updates)]
    else:
        scheduler = "fixed" if settings.schedule == "constant" else "inverse_sqrt"
        arguments += ["--lr-scheduler", scheduler]
    arguments += ["--warmup-updates", str(settings.warmup_updates)]
    arguments += ["--max-tokens", str(settings.batch_tokens)]
    arguments += ["--update-freq", str(settings.accumulate), "--seed", str(settings.seed)]
    if settings.epochs is not None:
        arguments += ["--max-epoch", str(settings.epochs)]
    if settings.updates is not None:
        arguments += ["--max-update", str(settings.updates)]
    return arguments


def _bookkeeping(settings: TrainerSettings) -> list[str]:
    # Two rolling checkpoints, last and best, rewritten one after the other: whichever is being
    # written when the process is killed, the other one is whole.
    arguments = ["--save-dir", CHECKPOINTS, "--no-epoch-checkpoints"]
    if settings.save_updates:
        arguments += ["--save-interval-updates", str(settings.save_updates)]
        arguments += ["--keep-interval-updates", "1"]
    arguments += ["--log-format", "json", "--log-interval", str(settings.log_updates)]
    # Batches are made anew for each epoch: fairseq draws them from the epoch at which a process
    # begins, so that a resumed training would otherwise see other ones.
    return [*arguments, "--update-epoch-batch-itr", "True", "--num-workers", "0"]


def conversion(
    checkpoint: str, dictionaries: str, source_language: str, target_language: str
) -> Command:
    """Convert a checkpoint for CTranslate2; `dictionaries`: the folder of its `dict` files."""
    arguments = (
        *("--model_path", checkpoint, "--data_dir", dictionaries),
        *("--source_lang", source_language, "--target_lang", target_language),
        *("--output_dir", CONVERTED, "--force"),
    )
    return Command("ct2-fairseq-converter", arguments)
