"""fairseq's own generator on a checkpoint: what the project's inference is measured against.

Reads a model's `checkpoint.pt` and dictionaries; writes nothing.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kdaudit.corpus.subwords import Subwords
from kdaudit.training.checkpoints import allow_fairseq_checkpoints

BATCH_TOKENS = 4000
"""Source pieces of a batch, padding included."""


@dataclass(frozen=True)
class Generated:
    """A translation, and the log-probability of each piece, end of sentence included."""

    text: str
    log_probabilities: tuple[float, ...]


class FairseqGenerator:
    """Translates with `fairseq`'s `SequenceGenerator`, in batches by length, best first."""

    def __init__(self, home: Path, subwords: Subwords, threads: int, device: str = "cpu"):
        import torch
        from fairseq import checkpoint_utils

        logging.getLogger("fairseq").setLevel(logging.WARNING)
        warnings.filterwarnings("ignore", message=".*pin_memory.*")  # fairseq always asks for it
        allow_fairseq_checkpoints()
        torch.set_num_threads(threads)
        models, _, self._task = checkpoint_utils.load_model_ensemble_and_task(
            [str(home / "checkpoint.pt")], arg_overrides={"data": str(home)}
        )
        self._models = [model.eval().to(device) for model in models]
        for model in self._models:
            model.make_generation_fast_(beamable_mm_beam_size=None, need_attn=False)
        self._subwords = subwords
        self._device = device

    def translate(
        self, sources: Sequence[str], beam: int = 1, longest: int = 256
    ) -> list[Generated]:
        """The best hypothesis for each source, in order; sources with pieces only."""
        from fairseq import utils
        from fairseq.dataclass.configs import GenerationConfig

        settings = GenerationConfig(beam=beam, max_len_a=0, max_len_b=longest)
        generator = self._task.build_generator(self._models, settings)
        dictionary = self._task.source_dictionary
        encoded = [
            dictionary.encode_line(" ".join(pieces), add_if_not_exist=False).long()
            for pieces in self._subwords.encode(sources)
        ]
        batches = self._task.get_batch_iterator(
            self._task.build_dataset_for_inference(encoded, [len(row) for row in encoded]),
            max_tokens=BATCH_TOKENS,
            max_positions=(1024, 1024),
        ).next_epoch_itr(shuffle=False)
        found: dict[int, Any] = {}
        for batch in batches:
            moved = utils.move_to_cuda(batch) if self._device == "cuda" else batch
            hypotheses = self._task.inference_step(generator, self._models, moved)
            for row, best in zip(batch["id"].tolist(), hypotheses, strict=True):
                found[row] = best[0]
        best = [found[row] for row in range(len(sources))]
        symbols = self._task.target_dictionary
        end = symbols.eos()
        pieces = [
            [symbols[number] for number in one["tokens"].tolist() if number != end] for one in best
        ]
        return [
            Generated(text, tuple(one["positional_scores"].tolist()))
            for text, one in zip(self._subwords.decode(pieces), best, strict=True)
        ]
