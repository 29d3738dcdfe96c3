"""`kdaudit finetune`: a distillation step's fine-tuning, without a recipe."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer


class Mode(StrEnum):
    """Which pairs a model is fine-tuned on."""

    adaptive = "adaptive"
    random = "random"
    recovered = "recovered"


if TYPE_CHECKING:
    from kdaudit.recipe.finetune import FinetuneRequest

Teacher = Annotated[
    Path,
    typer.Argument(
        metavar="TEACHER", help="A fairseq checkpoint, with dict.LANGUAGE.txt beside it."
    ),
]
ChosenMode = Annotated[
    Mode, typer.Option(help="Pairs of high quality; as many random ones; or memorized ones, cured.")
]
Source = Annotated[Path, typer.Option(help="The training corpus's sources, one a line.")]
Target = Annotated[Path, typer.Option(help="Its targets, aligned.")]
Subwords = Annotated[Path, typer.Option(help="The SentencePiece model of the checkpoint.")]
Output = Annotated[
    Path | None, typer.Option(help="Also copy the new checkpoint, with dictionaries, here.")
]
ValidSource = Annotated[Path | None, typer.Option(help="Validation sources.")]
ValidTarget = Annotated[Path | None, typer.Option(help="Validation targets.")]
Above = Annotated[
    list[str] | None,
    typer.Option(
        metavar="COLUMN=NUMBER",
        help="adaptive, random: a threshold, such as quality.chrf=85; may be repeated.",
    ),
]
MinSourceWords = Annotated[int | None, typer.Option(help="adaptive, random.")]
Replicated = Annotated[
    bool | None,
    typer.Option(help="adaptive, random: whether pairs that TEACHER replicates may be chosen."),
]
Most = Annotated[int | None, typer.Option(help="adaptive, random: pairs at most.")]
Fewest = Annotated[int | None, typer.Option(help="Fewer pairs are an error.")]
Ids = Annotated[
    Path | None, typer.Option(help="A file of line numbers from 0: these pairs, no others.")
]
Epochs = Annotated[int | None, typer.Option(help="Of the fine-tuning; 1 by default.")]
LearningRate = Annotated[
    float | None, typer.Option(help="Constant; 3.266e-5 by default, the published one.")
]
BatchTokens = Annotated[int | None, typer.Option(help="Per gradient step.")]
Seed = Annotated[int, typer.Option(min=0, help="Of draws and of training.")]
Cores = Annotated[
    int | None, typer.Option(min=1, help="Processors to use; by default all that may be.")
]
RunDir = Annotated[
    Path | None, typer.Option(help="Where it all lives; runs/finetune-MODE by default.")
]


def command(
    teacher: Teacher,
    mode: ChosenMode,
    source: Source,
    target: Target,
    subwords: Subwords,
    output: Output = None,
    valid_source: ValidSource = None,
    valid_target: ValidTarget = None,
    above: Above = None,
    min_source_words: MinSourceWords = None,
    replicated: Replicated = None,
    most: Most = None,
    fewest: Fewest = None,
    ids: Ids = None,
    epochs: Epochs = None,
    learning_rate: LearningRate = None,
    batch_tokens: BatchTokens = None,
    seed: Seed = 1,
    cores: Cores = None,
    run_dir: RunDir = None,
) -> None:
    """Fine-tune a model on chosen pairs of its corpus, and audit it before and after.

    The new checkpoint is one that fairseq loads. A run that was stopped goes on where it was.

    Example: `kdaudit finetune model/checkpoint.pt --mode adaptive --source train.en --target
    train.de --subwords spm.model --above quality.chrf=70`
    """
    from kdaudit.recipe.finetune import FinetuneRequest
    from kdaudit.training.deliver import check_folder

    valid = _validation(valid_source, valid_target)
    if output is not None:
        check_folder(output, teacher)
    choice = {
        "above": _thresholds(above) if above else None,
        "min_source_words": min_source_words,
        "replicated": replicated,
        "most": most,
    }
    common = {"fewest": fewest, "epochs": epochs, "learning_rate": learning_rate}
    request = FinetuneRequest(
        name=f"finetune-{mode.value}",
        checkpoint=teacher.absolute(),
        mode=mode.value,
        source=source.absolute(),
        target=target.absolute(),
        subwords=subwords.absolute(),
        valid=valid,
        ids=ids.absolute() if ids else None,
        settings=_given({**_of_mode(mode, choice, seed), **common}),
        trainer={} if batch_tokens is None else {"batch_tokens": batch_tokens},
        seed=seed,
    )
    _finetuned(request, run_dir or Path("runs") / request.name, cores, output)


def _validation(source: Path | None, target: Path | None) -> tuple[Path, Path] | None:
    """Both sides of the validation set, or none; RecipeError for one alone."""
    from kdaudit.errors import RecipeError

    if (source is None) != (target is None):
        raise RecipeError("--valid-source and --valid-target go together")
    return (source.absolute(), target.absolute()) if source and target else None


def _finetuned(
    request: FinetuneRequest, run_dir: Path, cores: int | None, output: Path | None
) -> None:
    """Run it, show the comparison, deliver the checkpoint, and say where everything is."""
    from kdaudit.artifacts import RunDirectory
    from kdaudit.cli import compare
    from kdaudit.processors import usable_processors
    from kdaudit.recipe.finetune import ADAPTED, finetune_recipe
    from kdaudit.training.deliver import deliver
    from kdaudit.workflow import runner

    directory = RunDirectory(run_dir)
    runner.run(directory, finetune_recipe(request), cores or usable_processors())
    compare.show_run(directory)
    print(f"kdaudit: chosen pairs: {directory.selected(ADAPTED)}", file=sys.stderr)
    home = directory.model(ADAPTED)
    place = home if output is None else deliver(home, output)
    print(f"kdaudit: fine-tuned checkpoint: {place / 'checkpoint.pt'}", file=sys.stderr)
    print(f"kdaudit: report: {directory.report / 'index.html'}", file=sys.stderr)


def _of_mode(mode: Mode, choice: dict[str, Any], seed: int) -> dict[str, Any]:
    """The settings that the step of a mode has; RecipeError where one is given that it lacks."""
    from kdaudit.errors import RecipeError

    if mode is not Mode.recovered:
        return {**choice, "seed": seed}
    for name in _given(choice):
        option = "--" + name.replace("_", "-")
        raise RecipeError(f"{option} is for the modes adaptive and random")
    return {}


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _thresholds(given: list[str]) -> dict[str, float]:
    from kdaudit.errors import RecipeError

    found = {}
    for one in given:
        name, _, number = one.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError as error:
            raise RecipeError(f"--above: expected COLUMN=NUMBER, got '{one}'") from error
        if not name.strip():
            raise RecipeError(f"--above: expected COLUMN=NUMBER, got '{one}'")
    return found
