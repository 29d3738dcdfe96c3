"""What Snakemake is told of the resources of a job; reads and writes nothing.

Without a cluster none of it limits anything, apart from the processors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kdaudit.recipe import Recipe
from kdaudit.recipe.resources import ResourceSettings, resources_of
from kdaudit.training.settings import TrainerSettings

Resources = dict[str, Any]


def processors(recipe: Recipe, stage: str, usual: int = 1) -> int:
    """The processors of a stage's jobs: the recipe's word, or what the stage can use."""
    return resources_of(recipe.resources, stage).processors or usual


def training_processors(recipe: Recipe, model: str) -> int:
    """The processors of a training, on each of its nodes."""
    trainer = recipe.models[model].trainer
    return processors(recipe, "train", trainer.threads * trainer.processes)


def of_stage(
    recipe: Recipe, stage: str, translates: Callable[[Any], bool] = lambda wildcards: False
) -> Resources:
    """The resources of a stage's jobs, by Snakemake's names. `translates`: which of them ask a
    model, which has a GPU where the recipe says that it is to have one."""
    chosen = resources_of(recipe.resources, stage)
    on_gpu = recipe.inference.device == "cuda"

    def gpus(wildcards: Any) -> str:
        return _gpus(chosen, int(on_gpu and translates(wildcards)))

    return _named(chosen) | {"gres": gpus}


def of_training(recipe: Recipe) -> Resources:
    """The same for trainings, of each model by its own settings."""
    chosen = resources_of(recipe.resources, "train")

    def told(of_trainer: Callable[[TrainerSettings], Any]) -> Callable[[Any], Any]:
        return lambda wildcards: of_trainer(recipe.models[wildcards.model].trainer)

    def gpus(trainer: TrainerSettings) -> str:
        return _gpus(chosen, trainer.processes if trainer.device == "cuda" else 0)

    found = _named(chosen) | {"gres": told(gpus)}
    if any(model.trainer.nodes > 1 for model in recipe.models.values()):
        nodes = told(lambda trainer: trainer.nodes)
        # A task for each node, in which torchrun starts the processes; none by the GPU.
        found |= {"nodes": nodes, "tasks": nodes, "tasks_per_gpu": 0}
    return found


def _named(chosen: ResourceSettings) -> Resources:
    memory = chosen.memory_mb
    assert memory is not None, "every stage has a usual one"
    found: Resources = {
        "mem_mb": lambda wildcards, attempt: memory * attempt,
        "runtime": chosen.minutes,
    }
    return found | ({"slurm_partition": chosen.partition} if chosen.partition else {})


def _gpus(chosen: ResourceSettings, usual: int) -> str:
    """GPUs of each node, in Slurm's words; nothing where there is none."""
    count = usual if chosen.gpus is None else chosen.gpus
    return f"gpu:{count}" if count else ""
