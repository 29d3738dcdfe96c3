"""fairseq: settings to command lines (pure), one process runner, checkpoints."""

from kdaudit.training.command import Command, training_commands
from kdaudit.training.process import run_commands
from kdaudit.training.settings import TrainerSettings

__all__ = ["Command", "TrainerSettings", "run_commands", "training_commands"]
